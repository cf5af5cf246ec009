#!/bin/bash
# Scrape config and alert rules are valid, and each alert fires when it should (deploy/prometheus).
set -euo pipefail
cd "$(dirname "$0")/../../.."
command -v promtool >/dev/null || { echo "skipped: needs promtool (Debian: prometheus)"; exit 77; }
promtool check config deploy/prometheus/prometheus.yml
promtool check rules deploy/prometheus/rules/varsam.yml
promtool test rules tests/unit/deploy/alerts_test.yml
# Negative control: with a rule that never fires the same tests must fail.
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
rules=deploy/prometheus/rules/varsam.yml
sed 's/up{job="varsam"} == 0/up{job="varsam"} == 7/' "$rules" >"$scratch/varsam.yml"
sed "s,\.\./\.\./\.\./$rules,$scratch/varsam.yml," tests/unit/deploy/alerts_test.yml \
  >"$scratch/test.yml"
if promtool test rules "$scratch/test.yml" >/dev/null 2>&1; then
  echo "negative control: a dead alert passed its test"
  exit 1
fi
