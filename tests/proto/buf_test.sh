#!/bin/bash
# The contract keeps its style and breaks nobody: buf lint, and buf breaking against the last commit
# on main.
#   tests/proto/buf_test.sh lint|breaking
# buf comes from npm, pinned, into .cache. Exit code 77 (skipped) only when npm cannot be had.
set -euo pipefail
cd "$(dirname "$0")/../.."
. deploy/lib/common.sh

VERSION=1.75.0
home=$PWD/.cache/buf-$VERSION

# Two tests may want it at the same time: installed beside, moved into place.
install_buf() {
  local fresh
  if [ -d "$home" ]; then return 0; fi
  command -v npm >/dev/null || { say "skipped: needs npm (Debian: npm)"; exit 77; }
  mkdir -p .cache
  fresh=$(mktemp -d .cache/buf.XXXXXX)
  if ! npm install --prefix "$fresh" --no-save --ignore-scripts --no-audit --no-fund \
    --loglevel=error "@bufbuild/buf@$VERSION" >"$fresh/npm.log" 2>&1 </dev/null; then
    cat "$fresh/npm.log" >&2
    rm -rf "$fresh"
    say "skipped: npm could not install @bufbuild/buf@$VERSION"
    exit 77
  fi
  mv -T "$fresh" "$home" 2>/dev/null || rm -rf "$fresh"
}

main_commit() {
  git rev-parse -q --verify refs/heads/main || git rev-parse -q --verify refs/remotes/origin/main
}

# Each check has its negative control: a tree with one mistake, which the tool must refuse.
bad_style() {
  sed -i '0,/^message /s/^message [A-Za-z]*/message bad_name/' "$1/varsam/common/v1/common.proto"
}

# A field gone without a reservation breaks every reader.
bad_change() { sed -i '0,/ = 1;/{/ = 1;/d}' "$1/varsam/common/v1/common.proto"; }

install_buf
# The program itself: npm's wrapper would start node first.
buf=$(find "$home/node_modules/@bufbuild" -path '*/bin/buf' -perm -u+x ! -path '*/buf/bin/*')
[ -n "$buf" ] || buf=$home/node_modules/.bin/buf
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
case ${1:-} in
  lint)
    "$buf" lint proto
    cp -r proto "$scratch/broken"
    bad_style "$scratch/broken"
    if "$buf" lint "$scratch/broken" >/dev/null 2>&1; then die "buf lint accepted a broken tree"; fi
    ;;
  breaking)
    commit=$(main_commit) || { say "skipped: no branch main to compare with"; exit 77; }
    git archive "$commit" proto | tar -x -C "$scratch"
    "$buf" breaking proto --against "$scratch/proto"
    cp -r "$scratch/proto" "$scratch/broken"
    bad_change "$scratch/broken"
    if "$buf" breaking "$scratch/broken" --against "$scratch/proto" >/dev/null 2>&1; then
      die "buf breaking accepted a removed field"
    fi
    ;;
  *) say "lint or breaking?"; exit 2 ;;
esac
