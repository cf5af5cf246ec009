#!/bin/bash
# Signs in at a real OpenID provider (npm oidc-provider, pinned) and calls the gateway's own binary
# with its tokens. Exit code 77 (skipped) only when npm cannot be had.
#   oidc_test.sh BINARY
set -euo pipefail
binary=$(realpath "$1")
cd "$(dirname "$0")/../../../.."
. deploy/lib/common.sh

VERSION=8.8.1
home=$PWD/.cache/oidc-provider-$VERSION
if [ ! -d "$home" ]; then
  command -v npm >/dev/null || { say "skipped: needs npm (Debian: npm)"; exit 77; }
  mkdir -p .cache
  fresh=$(mktemp -d .cache/oidc.XXXXXX)
  if ! npm install --prefix "$fresh" --no-save --ignore-scripts --no-audit --no-fund \
    --loglevel=error "oidc-provider@$VERSION" >"$fresh/npm.log" 2>&1 </dev/null; then
    cat "$fresh/npm.log" >&2
    rm -rf "$fresh"
    say "skipped: npm could not install oidc-provider@$VERSION"
    exit 77
  fi
  mv -T "$fresh" "$home" 2>/dev/null || rm -rf "$fresh"
fi

scratch=$(mktemp -d)
gateway=
finish() {
  exec 7>&- || true
  [ -z "$gateway" ] || { kill "$gateway" 2>/dev/null || true; wait "$gateway" 2>/dev/null || true; }
  rm -rf "$scratch"
}
trap finish EXIT

fail() {
  say "FAILED: $*"
  cat "$scratch/provider.log" "$scratch/gateway.log" >&2 || true
  exit 1
}

# The provider, ended by the end of its standard input.
cp tests/integration/services/gateway/oidc_provider.mjs "$home/"
mkfifo "$scratch/in" "$scratch/out"
(cd "$home" && exec node oidc_provider.mjs) \
  <"$scratch/in" >"$scratch/out" 2>"$scratch/provider.log" &
exec 7>"$scratch/in"
read -r -t 30 issuer <"$scratch/out" || fail "the provider does not start"

# Three free ports in a row are wanted; the kernel's choice is tried until they are.
start_gateway() {
  local base
  for _ in 1 2 3 4 5; do
    base=$((20000 + RANDOM % 20000))
    VARSAM_ENVIRONMENT=development VARSAM_PORT_BASE=$base VARSAM_OIDC_ISSUER=$issuer \
      VARSAM_OIDC_AUDIENCE=https://varsam.test VARSAM_OIDC_JWKS=$issuer/jwks \
      "$binary" serve >"$scratch/gateway.log" 2>&1 &
    gateway=$!
    url=http://127.0.0.1:$base
    if curl -sf --retry 20 --retry-delay 1 --retry-connrefused -o /dev/null "$url/readyz"; then
      return 0
    fi
    wait "$gateway" 2>/dev/null || true
  done
  return 1
}
start_gateway || fail "the gateway does not start"

token() {  # SCOPE [RESOURCE]
  curl -sf -u webshop:secret-of-the-test -d grant_type=client_credentials -d "scope=$1" \
    ${2:+-d "resource=$2"} "$issuer/token" | sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p'
}

expect() {  # STATUS TOKEN WHAT
  local got
  got=$(curl -s -o "$scratch/body" -w '%{http_code}' ${2:+-H "Authorization: Bearer $2"} \
    "$url/v1/systems")
  [ "$got" = "$1" ] || fail "$3: $got, want $1: $(cat "$scratch/body")"
  say "ok: $3 ($1)"
}

good=$(token operator)
[ -n "$good" ] || fail "the provider gives no token"
# No registry runs here: a caller who is let in meets 503, never 401 or 403.
expect 503 "$good" "a token with the role is let in"
expect 403 "$(token none)" "a token without a role is not allowed"
expect 401 "" "no token"
expect 401 "$(token operator https://other.test)" "a token for another audience"
expect 401 "$(token operator https://varsam.test/rsa)" "a token for another audience, RS256"
expect 401 "${good%.*}.$(printf 'x%.0s' {1..86})" "a token with another signature"
none=$(printf '{"alg":"none"}' | base64 -w0 | tr -d =)
expect 401 "$none.${good#*.}" "a token with another header"
say "oidc: all passed"
