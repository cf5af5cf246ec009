#!/bin/bash
# A private MariaDB under one folder, reachable through its socket only. For the sample systems and
# the tests.
#
#   deploy/lib/mariadb.sh start  DIR     prints the socket; the superuser is root, no password
#   deploy/lib/mariadb.sh stop   DIR
#   deploy/lib/mariadb.sh remove DIR     stops and deletes
#   deploy/lib/mariadb.sh status DIR     0 when it runs
#
# start makes the data folder when there is none, and is idempotent. The socket's folder is closed
# to everybody but the owner (and root). As root the server runs as the system user
# mysql when there is one, else as root itself. Sourced, the file offers the same as functions.

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mariadb_user() { if is_root && id -u mysql >/dev/null 2>&1; then echo mysql; else id -un; fi; }

# Sets MARIADB_HOME, MARIADB_SOCKET and MARIADB_RUN_AS for the folder DIR.
mariadb_paths() {
  local dir
  mkdir -p "$1"
  dir=$(cd "$1" && pwd -P)
  MARIADB_RUN_AS=$(mariadb_user)
  MARIADB_HOME=$(place_for "$MARIADB_RUN_AS" "$dir")/mariadb
  MARIADB_SOCKET=$(socket_dir "$MARIADB_HOME/socket")/mariadb.sock
}

# Where the ODBC driver is, whatever the machine.
mariadb_driver() { printf '%s\n' /usr/lib/*/odbc/libmaodbc.so | head -1; }

# Small and quick: the samples are seeded again whenever they are lost.
mariadb_settings() {
  printf '%s\n' --no-defaults "--datadir=$MARIADB_HOME/data" "--user=$MARIADB_RUN_AS" \
    --innodb-log-file-size=4M --innodb-buffer-pool-size=16M --innodb-flush-method=nosync \
    --innodb-flush-log-at-trx-commit=2 --performance-schema=off --character-set-server=utf8mb4 \
    --skip-log-bin
}

mariadb_init() {
  local settings
  private_dir "$MARIADB_RUN_AS" "$MARIADB_HOME"
  private_dir "$MARIADB_RUN_AS" "$(dirname "$MARIADB_SOCKET")"
  if [ -f "$MARIADB_HOME/ready" ]; then return 0; fi
  rm -rf "$MARIADB_HOME/data"
  mapfile -t settings < <(mariadb_settings)
  as_user "$MARIADB_RUN_AS" /usr/bin/mariadb-install-db "${settings[@]}" --skip-test-db \
    --auth-root-authentication-method=normal >"$MARIADB_HOME.init" 2>&1 ||
    { cat "$MARIADB_HOME.init" >&2; die "mariadb-install-db failed"; }
  rm -f "$MARIADB_HOME.init"
  as_user "$MARIADB_RUN_AS" touch "$MARIADB_HOME/ready"
}

# mariadb_sql DIR [client arguments…]: the superuser's client, statements on standard input.
mariadb_sql() {
  mariadb_paths "$1"
  shift
  /usr/bin/mariadb --no-defaults --socket="$MARIADB_SOCKET" --user=root \
    --default-character-set=utf8mb4 --batch --skip-column-names "$@"
}

mariadb_status() { mariadb_sql "$1" -e 'SELECT 1' >/dev/null 2>&1; }

mariadb_start() {
  local dir=$1 settings tries=0
  [ -x /usr/sbin/mariadbd ] || die "MariaDB is not installed (Debian: mariadb-server-core)"
  if ! mariadb_status "$dir"; then
    mariadb_init
    mapfile -t settings < <(mariadb_settings)
    # In a session of its own, so that it outlives the caller.
    as_user "$MARIADB_RUN_AS" setsid /usr/sbin/mariadbd "${settings[@]}" --skip-networking \
      "--socket=$MARIADB_SOCKET" "--pid-file=$MARIADB_HOME/pid" \
      "--log-error=$MARIADB_HOME/server.log" >/dev/null 2>&1 </dev/null &
    until mariadb_status "$dir"; do
      tries=$((tries + 1))
      [ $tries -lt 600 ] || {
        tail -20 "$MARIADB_HOME/server.log" >&2
        die "MariaDB does not start"
      }
      sleep 0.05
    done
  fi
  printf '%s\n' "$MARIADB_SOCKET"
}

mariadb_stop() {
  mariadb_paths "$1"
  stop_pid_file "$MARIADB_HOME/pid" "$MARIADB_HOME/data"
}

mariadb_remove() {
  mariadb_stop "$1"
  rm -rf "$MARIADB_HOME" "$(dirname "$MARIADB_SOCKET")"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  [ $# -ge 2 ] || { sed -n '2,14p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2; }
  verb=$1
  shift
  case $verb in
    start | stop | remove | status) "mariadb_$verb" "$@" ;;
    *) say "unknown verb $verb"; exit 2 ;;
  esac
fi
