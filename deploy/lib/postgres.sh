#!/bin/bash
# A private PostgreSQL under one folder, reachable through its socket only. One implementation for
# deploy/up, the sample systems and the tests.
#
#   deploy/lib/postgres.sh start  DIR [setting=value …]   prints the conninfo of the superuser
#   deploy/lib/postgres.sh stop   DIR [fast|immediate]
#   deploy/lib/postgres.sh remove DIR                     stops and deletes
#   deploy/lib/postgres.sh status DIR                     0 when it runs
#   deploy/lib/postgres.sh pid    DIR                     the postmaster
#
# start makes the cluster when there is none, and is idempotent. Everything is durable unless the
# caller says otherwise (tests that kill nothing may pass fsync=off). The superuser is `postgres`;
# the socket folder is closed to everybody but the owner (and root), so inside it the server trusts.
# As root the server runs as the system user postgres. Sourced, the file offers the same as
# functions: pg_start, pg_stop … Exit codes: 0 done, 1 failed (the server log follows on stderr), 2
# usage.

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

pg_bin() {
  local dir
  dir=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -1)
  [ -x "$dir/postgres" ] || die "PostgreSQL is not installed (Debian: postgresql-15)"
  printf '%s\n' "$dir"
}

pg_user() { if is_root; then echo postgres; else id -un; fi; }

# Sets PG_HOME (data, log, socket), PG_SOCKET and PG_RUN_AS for the folder DIR.
pg_paths() {
  local dir
  mkdir -p "$1"
  dir=$(cd "$1" && pwd -P)
  PG_RUN_AS=$(pg_user)
  PG_HOME=$(place_for "$PG_RUN_AS" "$dir")/postgres
  PG_SOCKET=$(socket_dir "$PG_HOME/socket")
}

pg_conninfo() { printf 'host=%s user=postgres dbname=%s\n' "$PG_SOCKET" "${1:-postgres}"; }

pg_init() {
  private_dir "$PG_RUN_AS" "$PG_HOME"
  private_dir "$PG_RUN_AS" "$PG_SOCKET"
  if [ -f "$PG_HOME/data/PG_VERSION" ] && [ -f "$PG_HOME/ready" ]; then return 0; fi
  rm -rf "$PG_HOME/data"
  as_user "$PG_RUN_AS" "$(pg_bin)/initdb" --no-sync --username=postgres --encoding=UTF8 \
    --locale=C.UTF-8 --auth=trust --data-checksums -D "$PG_HOME/data" >"$PG_HOME.init" 2>&1 ||
    { cat "$PG_HOME.init" >&2; die "initdb failed"; }
  mv "$PG_HOME.init" "$PG_HOME/init.log"
  as_user "$PG_RUN_AS" tee -a "$PG_HOME/data/postgresql.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_directories = '$PG_SOCKET'
unix_socket_permissions = 0700
max_connections = 300
max_prepared_transactions = 0
timezone = 'UTC'
log_timezone = 'UTC'
log_min_duration_statement = -1
log_parameter_max_length_on_error = 0
CONF
  as_user "$PG_RUN_AS" touch "$PG_HOME/ready"
}

# A postmaster that was killed can stay behind as a zombie where nothing reaps it (containers
# without an init). Its lock file then names a process that will never answer: it is removed.
pg_drop_stale_lock() {
  local pid
  [ -f "$PG_HOME/data/postmaster.pid" ] || return 0
  pid=$(head -1 "$PG_HOME/data/postmaster.pid")
  if ! grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$pid/status"; then
    rm -f "$PG_HOME/data/postmaster.pid"
  fi
}

pg_status() {
  pg_paths "$1"
  pg_drop_stale_lock
  as_user "$PG_RUN_AS" "$(pg_bin)/pg_ctl" status -s -D "$PG_HOME/data" >/dev/null 2>&1
}

pg_ready() { "$(pg_bin)/pg_isready" -q -t 1 -h "$PG_SOCKET" -U postgres; }

# A postmaster that was killed holds its lock for an instant, its children hold the shared memory a
# little longer: ask again until the server answers.
pg_start() {
  local dir=$1 setting options="" tries=0
  shift
  for setting in "$@"; do options="$options -c $setting"; done
  pg_paths "$dir"
  pg_init
  until pg_ready; do
    if ! pg_status "$dir"; then
      as_user "$PG_RUN_AS" "$(pg_bin)/pg_ctl" start -s -w -t 60 -D "$PG_HOME/data" \
        -l "$PG_HOME/server.log" -o "$options" >/dev/null 2>"$PG_HOME/start.err" </dev/null && break
    fi
    tries=$((tries + 1))
    if [ $tries -ge 100 ]; then
      cat "$PG_HOME/start.err" >&2
      tail -20 "$PG_HOME/server.log" >&2
      die "PostgreSQL in $PG_HOME does not start"
    fi
    sleep 0.1
  done
  pg_conninfo
}

pg_stop() {
  local tries=0
  while pg_status "$1"; do
    as_user "$PG_RUN_AS" "$(pg_bin)/pg_ctl" stop -s -w -t 5 -m "${2:-fast}" -D "$PG_HOME/data" \
      2>/dev/null && return 0
    tries=$((tries + 1))
    [ $tries -lt 12 ] || die "PostgreSQL in $PG_HOME does not stop"
  done
}

pg_remove() {
  pg_stop "$1" immediate
  rm -rf "$PG_HOME" "$PG_SOCKET"
}

pg_pid() {
  pg_paths "$1"
  head -1 "$PG_HOME/data/postmaster.pid"
}

# pg_psql DIR DATABASE [psql arguments…]: quiet, stops at the first error, reads no ~/.psqlrc.
pg_psql() {
  local dir=$1 database=$2
  shift 2
  pg_paths "$dir"
  as_user "$PG_RUN_AS" "$(pg_bin)/psql" -X -q -v ON_ERROR_STOP=1 \
    -h "$PG_SOCKET" -U postgres -d "$database" "$@"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  [ $# -ge 2 ] || { sed -n '2,18p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2; }
  verb=$1
  shift
  case $verb in
    start | stop | remove | status | pid) "pg_$verb" "$@" ;;
    *) say "unknown verb $verb"; exit 2 ;;
  esac
fi
