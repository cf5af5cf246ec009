#!/bin/bash
# A development certificate authority. Never for production: its key lies beside what it signs.
#
#   deploy/lib/dev_ca.sh DIR NAME…            identity certificates: one SAN, URI spiffe://varsam/NAME
#   deploy/lib/dev_ca.sh DIR NAME@SAN,SAN…    a certificate for these SANs (DNS:localhost,IP:127.0.0.1)
#
# DIR/ca.crt, DIR/ca.key; DIR/NAME/{ca.crt,tls.crt,tls.key}, the file names Kubernetes uses. Idempotent: what
# is valid for another 30 days is left alone. EC P-256, a year; keys are readable by their owner only.
set -euo pipefail
# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
[ $# -ge 2 ] || { sed -n '2,9p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2; }
umask 077
dir=$1
shift
mkdir -p "$dir"
chmod 0755 "$dir"

fresh() { [ -f "$1" ] && openssl x509 -in "$1" -noout -checkend 2592000 >/dev/null 2>&1; }

make_ca() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days 3650 \
    -subj "/CN=Varsam development CA" -keyout "$dir/ca.key" -out "$dir/ca.crt" \
    -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
  chmod 0644 "$dir/ca.crt"
}

make_leaf() {
  local name=$1 sans=$2 home=$dir/$1
  mkdir -p "$home"
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -subj "/CN=$name" \
    -keyout "$home/tls.key.new" -out "$home/csr" 2>/dev/null
  openssl x509 -req -in "$home/csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -sha256 -days 365 \
    -set_serial "0x$(openssl rand -hex 16)" -out "$home/tls.crt.new" -extfile /dev/stdin 2>/dev/null <<EXT
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = $sans
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
EXT
  rm "$home/csr"
  cp "$dir/ca.crt" "$home/ca.crt"
  mv "$home/tls.key.new" "$home/tls.key"
  mv "$home/tls.crt.new" "$home/tls.crt"
  chmod 0755 "$home"
  chmod 0644 "$home/tls.crt" "$home/ca.crt"
}

if ! fresh "$dir/ca.crt"; then make_ca; fi
for wanted in "$@"; do
  name=${wanted%%@*}
  sans=URI:spiffe://varsam/$name
  if [ "$name" != "$wanted" ]; then sans=${wanted#*@}; fi
  if fresh "$dir/$name/tls.crt" &&
    openssl verify -CAfile "$dir/ca.crt" "$dir/$name/tls.crt" >/dev/null 2>&1; then continue; fi
  make_leaf "$name" "$sans"
done
