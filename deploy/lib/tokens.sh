# A development issuer of bearer tokens (OIDC access tokens, RS256), for deploy/up and the tests.
# Production configuration of the gateway refuses it. Sourced after common.sh.
#
#   tokens_issuer DIR          makes DIR/issuer.key and DIR/jwks.json when they are missing
#   tokens_make DIR OUT SECONDS SUBJECT ROLE…    a token of SUBJECT with these roles, in OUT (0600)
#   tokens_all DIR OUT SECONDS                   one file per role of the gateway's table

base64url() { openssl base64 -A | tr '+/' '-_' | tr -d '='; }

tokens_issuer() {
  local dir=$1 kid modulus
  mkdir -p -m 0700 "$dir"
  if [ -s "$dir/issuer.key" ] && [ -s "$dir/jwks.json" ]; then return 0; fi
  (umask 077 && openssl genrsa -out "$dir/issuer.key" 2048 2>/dev/null)
  modulus=$(openssl rsa -in "$dir/issuer.key" -noout -modulus | cut -d= -f2 | hex_bytes | base64url)
  kid=$(openssl rsa -in "$dir/issuer.key" -pubout 2>/dev/null | sha256sum | cut -c1-16)
  printf '%s\n' "$kid" >"$dir/kid"
  printf '{"keys":[{"kty":"RSA","use":"sig","alg":"RS256","kid":"%s","n":"%s","e":"AQAB"}]}\n' \
    "$kid" "$modulus" >"$dir/jwks.json"
}

# Hexadecimal digits to bytes.
hex_bytes() {
  local hex
  read -r hex
  # shellcheck disable=SC2059
  printf "$(printf '%s' "$hex" | sed 's/../\\x&/g')"
}

tokens_make() {
  local dir=$1 out=$2 seconds=$3 subject=$4 now roles='' role client='' head body
  shift 4
  now=$(date +%s)
  for role in "$@"; do roles="$roles${roles:+,}\"$role\""; done
  # A client that acts for itself is its own subject.
  case " $* " in *" system "*) client=",\"client_id\":\"$subject\"" ;; esac
  head=$(printf '{"alg":"RS256","typ":"at+jwt","kid":"%s"}' "$(cat "$dir/kid")" | base64url)
  # Valid from long ago: a clock that scenarios drive may stand in the past.
  body=$(printf '{"iss":"varsam-development","aud":"varsam","sub":"%s"%s,"roles":[%s],%s}' \
    "$subject" "$client" "$roles" \
    "$(printf '"nbf":1577836800,"iat":%d,"exp":%d' "$now" $((now + seconds)))" | base64url)
  (
    umask 077
    printf '%s.%s.%s\n' "$head" "$body" "$(printf '%s.%s' "$head" "$body" |
      openssl dgst -sha256 -sign "$dir/issuer.key" -binary | base64url)" >"$out.new"
  )
  mv "$out.new" "$out"
}

tokens_all() {
  local dir=$1 out=$2 seconds=$3 role
  mkdir -p -m 0700 "$out"
  for role in operator privacy_officer case_officer marketing auditor; do
    tokens_make "$dir" "$out/$role" "$seconds" "dev-$role" "$role"
  done
  # Some decisions need two people.
  tokens_make "$dir" "$out/privacy_officer_2" "$seconds" dev-privacy_officer_2 privacy_officer
  tokens_make "$dir" "$out/system" "$seconds" dev-system system
}
