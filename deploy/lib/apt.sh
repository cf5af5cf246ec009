# Installs what is missing of deploy/apt-packages.txt. Sourced after common.sh.
#
#   apt_packages SECTION…    the packages of these sections, one a line, comments removed
#   apt_missing PACKAGE…     those of them that are not installed
#   apt_ensure SECTION…      installs what is missing; silent and quick when nothing is

apt_list_file() { printf '%s\n' "$(dirname "${BASH_SOURCE[0]}")/../apt-packages.txt"; }

apt_packages() {
  awk -v wanted=" $* " '
    /^#/ || /^[[:space:]]*$/ { next }
    /^\[.*\]$/ { section = substr($0, 2, length($0) - 2); next }
    index(wanted, " " section " ") && !seen[$1]++ { print $1 }' "$(apt_list_file)"
}

# One listed name may be satisfied by another program of the same job (a newer node).
apt_satisfied_otherwise() {
  case $1 in
    nodejs) command -v node >/dev/null ;;
    npm) command -v npm >/dev/null ;;
    *) false ;;
  esac
}

apt_missing() {
  local installed package
  installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' 2>/dev/null |
    awk '$1 == "installed" { print $2 }')
  for package in "$@"; do
    grep -qxF -- "$package" <<<"$installed" && continue
    apt_satisfied_otherwise "$package" && continue
    printf '%s\n' "$package"
  done
}

apt_root() {
  if is_root; then "$@"; else sudo "$@"; fi
}

apt_ensure() {
  local listed missing
  mapfile -t listed < <(apt_packages "$@")
  mapfile -t missing < <(apt_missing "${listed[@]}")
  [ ${#missing[@]} -gt 0 ] || return 0
  command -v apt-get >/dev/null || die "these packages are missing: ${missing[*]}"
  is_root || command -v sudo >/dev/null ||
    die "no sudo here; as root run: apt-get install ${missing[*]}"
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  # Debian would start a server of its own on port 5432; ours is private.
  if printf '%s\n' "${missing[@]}" | grep -q '^postgresql-' &&
    [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    apt_root mkdir -p /etc/postgresql-common
    echo 'create_main_cluster = false' |
      apt_root tee /etc/postgresql-common/createcluster.conf >/dev/null
  fi
  apt_get_install "${missing[@]}"
}

# Debian would start the daemons it installs (Dovecot, Prometheus); ours are private, so a policy
# forbids that while the packages are set up. A policy the system has already is left alone.
apt_get_install() {
  local log policy=/usr/sbin/policy-rc.d ours='' failed=''
  log=$(mktemp)
  if [ ! -e "$policy" ]; then
    ours=1
    printf '#!/bin/sh\nexit 101\n' | apt_root tee "$policy" >/dev/null
    apt_root chmod 0755 "$policy"
  fi
  apt_get update >"$log" 2>&1 || failed=1
  apt_get install -y --no-install-recommends "$@" >>"$log" 2>&1 || failed=1
  if [ -n "$ours" ]; then apt_root rm -f "$policy"; fi
  if [ -n "$failed" ]; then tail -30 "$log" >&2; fi
  rm -f "$log"
  [ -z "$failed" ] || die "apt-get could not install them"
}

apt_get() {
  apt_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 \
    -o DPkg::Lock::Timeout=120 "$@" </dev/null
}
