#!/bin/bash
# The whole suite under one state folder: its PostgreSQL, keys, certificates, services. deploy/up
# and the tests use the same functions; this file installs and builds nothing.
#
#   deploy/lib/suite.sh start STATE BIN        databases, keys, migrations, every service, ready
#   deploy/lib/suite.sh stop STATE             every process, then PostgreSQL
#   deploy/lib/suite.sh remove STATE           the same, and deletes the folder
#   deploy/lib/suite.sh start-service STATE NAME      stop-service STATE NAME [SIGNAL]
#   deploy/lib/suite.sh pid STATE NAME         its process id
#
# Environment: VARSAM_PORT_BASE (7400), VARSAM_CLOCK_FILE (development only), VARSAM_KEYS_APART=1
# (the key databases in a cluster of their own, as they stand in production), SUITE_ENV_MORE (lines
# for the environment of every process). STATE afterwards:
#   postgres/ keystore/ replay/ keys/ pki/ oidc/ tokens/<role> log/<name>.log
#   run/<name>.{pid,env} suite.env
# Exit codes: 0 done, 1 failed (the log of what failed follows on stderr), 2 usage.

HERE_SUITE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=postgres.sh
. "$HERE_SUITE/postgres.sh"

# name:port offset. The four with a database come before the gateway.
SUITE_STORES=(subject-registry:20 consent:10 retention:40 request-workflow:30)
if [ -n "${VARSAM_SUITE_ONLY:-}" ]; then  # a slice: "subject-registry:20 consent:10"
  read -ra SUITE_STORES <<<"$VARSAM_SUITE_ONLY"
fi
SUITE_CONNECTORS=(crm payroll recruiting mailing website email ops hr)
SUITE_INTAKE=affarssupport@lexium.se
SUITE_TOKEN_HOURS=720
SUITE_READY_SECONDS=60

suite_paths() {
  mkdir -p "$1"
  SUITE_STATE=$(cd "$1" && pwd -P)
  SUITE_PORT=${VARSAM_PORT_BASE:-7400}
  SUITE_SOURCE=$(cd "$HERE_SUITE/../.." && pwd -P)
  mkdir -p "$SUITE_STATE"/{log,run,keys,replay}
  chmod 0700 "$SUITE_STATE/keys" "$SUITE_STATE/run" "$SUITE_STATE/replay"
  if [ -n "${VARSAM_KEYS_APART:-}" ]; then mkdir -p "$SUITE_STATE/keystore"; fi
  SUITE_KEY_HOME=$SUITE_STATE
  if [ -d "$SUITE_STATE/keystore" ]; then SUITE_KEY_HOME=$SUITE_STATE/keystore; fi
}

# Starts the clusters; SUITE_SOCKET and SUITE_KEY_SOCKET lead to them.
suite_clusters() {
  pg_start "$SUITE_KEY_HOME" >/dev/null
  SUITE_KEY_SOCKET=$PG_SOCKET
  pg_start "$SUITE_STATE" >/dev/null
  SUITE_SOCKET=$PG_SOCKET
}

suite_role() { printf 'varsam_%s' "${1//-/_}"; }

# Two databases and two roles per service: one owns the tables, one may only read and write rows.
suite_databases() {
  local service role
  suite_clusters
  for service in "${SUITE_STORES[@]}"; do
    role=$(suite_role "${service%:*}")
    if [ -n "$(pg_psql "$SUITE_KEY_HOME" postgres -At \
      -c "SELECT 1 FROM pg_database WHERE datname = '${role}_keys'")" ]; then continue; fi
    pg_psql "$SUITE_STATE" postgres >/dev/null <<SQL
SET client_min_messages = warning;
DROP DATABASE IF EXISTS $role;
DROP ROLE IF EXISTS ${role}_owner, $role;
CREATE ROLE ${role}_owner LOGIN;
CREATE ROLE $role LOGIN;
CREATE DATABASE $role OWNER ${role}_owner TEMPLATE template0;
REVOKE CONNECT ON DATABASE $role FROM PUBLIC;
GRANT CONNECT ON DATABASE $role TO $role;
SQL
    if [ "$SUITE_KEY_HOME" != "$SUITE_STATE" ]; then
      pg_psql "$SUITE_KEY_HOME" postgres >/dev/null <<SQL
CREATE ROLE ${role}_owner LOGIN;
CREATE ROLE $role LOGIN;
SQL
    fi
    pg_psql "$SUITE_KEY_HOME" postgres >/dev/null <<SQL
CREATE DATABASE ${role}_keys OWNER ${role}_owner TEMPLATE template0;
REVOKE CONNECT ON DATABASE ${role}_keys FROM PUBLIC;
GRANT CONNECT ON DATABASE ${role}_keys TO $role;
SQL
  done
}

suite_secrets() {
  local service key connectors=() name
  for name in "${SUITE_CONNECTORS[@]}"; do connectors+=("connector-$name"); done
  "$HERE_SUITE/../pki/make-dev-ca" "$SUITE_STATE/pki" "${connectors[@]}"
  for service in "${SUITE_STORES[@]}" replay; do
    key=$SUITE_STATE/keys/${service%:*}.root.key
    if [ -s "$key" ]; then continue; fi
    (umask 077 && head -c 32 /dev/urandom >"$key.new")
    mv "$key.new" "$key"
  done
  suite_tokens
}

# Fresh ones after a week, or when the issuer's key is newer than they are.
suite_tokens() {
  local issuer=$HERE_SUITE/../pki/dev-issuer oidc=$SUITE_STATE/oidc tokens=$SUITE_STATE/tokens
  "$issuer" keys "$oidc"
  # The last one that is written.
  if [ -z "$(find "$tokens/privacy_officer_2" -mtime -7 -newer "$oidc/dev-issuer.jwks" \
    2>/dev/null)" ]; then
    "$issuer" tokens "$oidc" "$tokens" "$SUITE_TOKEN_HOURS"
  fi
}

suite_env_common() {
  local name=$1 pki=$SUITE_STATE/pki
  cat <<ENV
VARSAM_ENVIRONMENT=development
VARSAM_PORT_BASE=$SUITE_PORT
VARSAM_LOG_LEVEL=${VARSAM_LOG_LEVEL:-info}
VARSAM_TLS_CA=$pki/ca.crt
VARSAM_TLS_CERT=$pki/$name.crt
VARSAM_TLS_KEY=$pki/$name.key
VARSAM_CALLER_KEYS=$pki/caller-signing.pub
VARSAM_CONSENT_ADDRESS=127.0.0.1:$((SUITE_PORT + 10))
VARSAM_SUBJECT_REGISTRY_ADDRESS=127.0.0.1:$((SUITE_PORT + 20))
VARSAM_REQUEST_WORKFLOW_ADDRESS=127.0.0.1:$((SUITE_PORT + 30))
VARSAM_RETENTION_ADDRESS=127.0.0.1:$((SUITE_PORT + 40))
ENV
  if [ -n "${VARSAM_CLOCK_FILE:-}" ]; then printf 'VARSAM_CLOCK_FILE=%s\n' "$VARSAM_CLOCK_FILE"; fi
  if [ -n "${SUITE_ENV_MORE:-}" ]; then printf '%s\n' "$SUITE_ENV_MORE"; fi
}

suite_env_store() {
  local name=$1 role database="host=$SUITE_SOCKET" keys="host=$SUITE_KEY_SOCKET"
  role=$(suite_role "$name")
  cat <<ENV
VARSAM_DATABASE=$database user=$role dbname=$role
VARSAM_KEY_DATABASE=$keys user=$role dbname=${role}_keys
VARSAM_MIGRATE_DATABASE=$database user=${role}_owner dbname=$role
VARSAM_MIGRATE_KEY_DATABASE=$keys user=${role}_owner dbname=${role}_keys
VARSAM_SERVICE_ROLE=$role
VARSAM_ROOT_KEY_FILE=$SUITE_STATE/keys/$name.root.key
VARSAM_REPLAY_LIST=$SUITE_STATE/replay
VARSAM_REPLAY_KEY_FILE=$SUITE_STATE/keys/replay.root.key
ENV
}

suite_env_gateway() {
  cat <<ENV
VARSAM_CALLER_SIGNING_KEY=$SUITE_STATE/pki/caller-signing.key
VARSAM_DEV_ISSUER_JWKS=$SUITE_STATE/oidc/dev-issuer.jwks
VARSAM_PROMISES_FILE=$SUITE_SOURCE/deploy/policy/promises.yaml
ENV
  if [ -n "${VARSAM_PUBLIC_CALLS_PER_SECOND_MAX:-}" ]; then
    printf 'VARSAM_PUBLIC_CALLS_PER_SECOND_MAX=%s\n' "$VARSAM_PUBLIC_CALLS_PER_SECOND_MAX"
  fi
}

# The whole environment of a process, kept so that it can be started again alone.
suite_write_env() {
  local name=$1
  shift
  (
    umask 077
    for part in "$@"; do "$part" "$name"; done >"$SUITE_STATE/run/$name.env"
  )
}

suite_run() {
  local name=$1 binary=$2 settings=()
  shift 2
  mapfile -t settings <"$SUITE_STATE/run/$name.env"
  exec env -i PATH="$PATH" HOME="${HOME:-/}" LANG=C.UTF-8 "${settings[@]}" "$binary" "$@"
}

suite_binary() {
  case $1 in
    connector-*) printf '%s/varsam-connector' "$SUITE_BIN" ;;
    *) printf '%s/varsam-%s' "$SUITE_BIN" "$1" ;;
  esac
}

suite_migrate() {
  local service name pids=() pid failed=''
  for service in "${SUITE_STORES[@]}"; do
    name=${service%:*}
    suite_write_env "$name" suite_env_common suite_env_store "suite_env_of_${name//-/_}"
    (suite_run "$name" "$(suite_binary "$name")" migrate) >"$SUITE_STATE/log/$name.migrate.log" \
      2>&1 </dev/null &
    pids+=("$!:$name")
  done
  for pid in "${pids[@]}"; do
    wait "${pid%:*}" || { failed=${pid#*:}; tail -5 "$SUITE_STATE/log/$failed.migrate.log" >&2; }
  done
  [ -z "$failed" ] || die "$failed cannot migrate"
}

# What a service needs beside the common settings.
suite_env_of_subject_registry() { :; }
suite_env_of_consent() { :; }
suite_env_of_retention() { :; }
# Mail goes through the sample systems' servers where they run; without them there is none.
suite_env_of_request_workflow() {
  printf 'VARSAM_PUBLIC_URL=http://127.0.0.1:%s\n' "$SUITE_PORT"
  if [ ! -f "$SUITE_STATE/samples/samples.env" ]; then return 0; fi
  (
    # shellcheck disable=SC1091
    . "$SUITE_STATE/samples/samples.env"
    umask 077
    printf '%s\n' "$VARSAM_MAIL_PASSWORD" >"$SUITE_STATE/keys/intake.password"
    cat <<ENV
VARSAM_SMTP_URL=smtp://$VARSAM_MAIL_SMTP
VARSAM_MAIL_FROM=$SUITE_INTAKE
VARSAM_IMAP_URL=imap://$VARSAM_MAIL_IMAP
VARSAM_IMAP_USER=$SUITE_INTAKE*$VARSAM_MAIL_MASTER
VARSAM_IMAP_PASSWORD_FILE=$SUITE_STATE/keys/intake.password
ENV
  )
}

suite_pid() {
  local pid
  pid=$(cat "$SUITE_STATE/run/$1.pid" 2>/dev/null) || return 1
  # Gone, or a zombie (its command line is empty), or a stranger with a used number.
  { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qF "varsam-" || return 1
  printf '%s\n' "$pid"
}

# Does the process run today's program with today's settings?
suite_is_current() {
  local pid_file=$SUITE_STATE/run/$1.pid
  [ ! "$(suite_binary "$1")" -nt "$pid_file" ] &&
    cmp -s "$SUITE_STATE/run/$1.env" "$SUITE_STATE/run/$1.env.started"
}

suite_start_service() {
  local name=$1 log verb=serve
  SUITE_BIN=$(cat "$SUITE_STATE/run/bin")
  if suite_pid "$name" >/dev/null; then
    suite_is_current "$name" && return 0
    suite_stop_service "$name"
  fi
  log=$SUITE_STATE/log/$name.log
  case $name in connector-*) verb=run ;; esac
  (suite_run "$name" setsid "$(suite_binary "$name")" "$verb") >>"$log" 2>&1 </dev/null &
  printf '%s\n' "$!" >"$SUITE_STATE/run/$name.pid"
  cp -p "$SUITE_STATE/run/$name.env" "$SUITE_STATE/run/$name.env.started"
}

suite_stop_service() {
  local name=$1 signal=${2:-TERM} pid tries=0
  if pid=$(suite_pid "$name"); then
    kill "-$signal" "$pid" 2>/dev/null || true  # a second TERM does no harm
    while suite_pid "$name" >/dev/null; do
      tries=$((tries + 1))
      if [ $tries -eq 300 ]; then kill -9 "$pid" 2>/dev/null || true; fi
      [ $tries -lt 400 ] || die "$name (pid $pid) does not end"
      sleep 0.05
    done
  fi
  rm -f "$SUITE_STATE/run/$name.pid"
}

# grpc.health.v1 on the plaintext health port: an empty request, answered 08 01 when SERVING.
suite_serving() {
  printf '\0\0\0\0\0' | curl -sS -m 3 --http2-prior-knowledge -H 'content-type: application/grpc' \
    -H 'te: trailers' -H 'grpc-timeout: 2S' --data-binary @- \
    "http://127.0.0.1:$1/grpc.health.v1.Health/Check" 2>/dev/null |
    od -An -tx1 | grep -q '02 08 01'
}

suite_gateway_ready() {
  curl -fsS -m 3 -o /dev/null "http://127.0.0.1:$SUITE_PORT/readyz" 2>/dev/null
}

# Waits until CHECK… succeeds; gives up when the process of NAME has ended.
suite_await() {
  local name=$1 until
  shift
  until=$(($(now_ms) + SUITE_READY_SECONDS * 1000))
  until "$@"; do
    if ! suite_pid "$name" >/dev/null || [ "$(now_ms)" -ge "$until" ]; then
      tail -5 "$SUITE_STATE/log/$name.log" >&2
      die "$name does not get ready; its log is $SUITE_STATE/log/$name.log"
    fi
    sleep 0.05
  done
}

suite_ports() {
  local service
  printf '%s %s ' "$SUITE_PORT" $((SUITE_PORT + 2))
  for service in "${SUITE_STORES[@]}"; do
    printf '%s %s %s ' $((SUITE_PORT + ${service#*:})) $((SUITE_PORT + ${service#*:} + 1)) \
      $((SUITE_PORT + ${service#*:} + 2))
  done
}

suite_services() {
  local service name
  if ! suite_pid gateway >/dev/null; then
    # shellcheck disable=SC2046
    suite_any_alive || require_ports $(suite_ports)
  fi
  suite_write_env gateway suite_env_common suite_env_gateway
  for service in "${SUITE_STORES[@]}"; do suite_start_service "${service%:*}"; done
  suite_start_service gateway
  for service in "${SUITE_STORES[@]}"; do
    suite_await "${service%:*}" suite_serving $((SUITE_PORT + ${service#*:} + 1))
  done
  suite_await gateway suite_gateway_ready
}

suite_any_alive() {
  local file
  for file in "$SUITE_STATE"/run/*.pid; do
    [ -e "$file" ] && suite_pid "$(basename "$file" .pid)" >/dev/null && return 0
  done
  return 1
}

suite_settings() {
  cat >"$SUITE_STATE/suite.env" <<ENV
VARSAM_URL=http://127.0.0.1:$SUITE_PORT
VARSAM_TOKEN_FILE=$SUITE_STATE/tokens/privacy_officer
ENV
}

# Prometheus with its files here; the container image has others.
suite_prometheus() {
  local service
  {
    printf 'global:\n  scrape_interval: 15s\n  evaluation_interval: 15s\nrule_files:\n'
    printf '  - %s/deploy/prometheus/rules/*.yml\nscrape_configs:\n' "$SUITE_SOURCE"
    printf '  - job_name: varsam\n    static_configs:\n'
    for service in gateway:0 "${SUITE_STORES[@]}"; do
      printf '      - targets: ["127.0.0.1:%d"]\n        labels: {service: %s}\n' \
        $((SUITE_PORT + ${service#*:} + 2)) "${service%:*}"
    done
  } >"$SUITE_STATE/prometheus.yml"
}

suite_start() {
  suite_paths "$1"
  SUITE_BIN=$2
  printf '%s\n' "$SUITE_BIN" >"$SUITE_STATE/run/bin"
  suite_databases
  suite_secrets
  suite_settings
  suite_prometheus
  suite_migrate
  suite_services
}

suite_stop() {
  local file name pid
  suite_paths "$1"
  # All at once: a service drains while its peers do.
  for file in "$SUITE_STATE"/run/*.pid; do
    if [ -e "$file" ] && pid=$(suite_pid "$(basename "$file" .pid)"); then
      kill "$pid" 2>/dev/null || true
    fi
  done
  for name in "${SUITE_CONNECTORS[@]}"; do suite_stop_service "connector-$name"; done
  suite_stop_service gateway
  for file in "${SUITE_STORES[@]}"; do suite_stop_service "${file%:*}"; done
  pg_stop "$SUITE_STATE"
  if [ "$SUITE_KEY_HOME" != "$SUITE_STATE" ]; then pg_stop "$SUITE_KEY_HOME"; fi
}

suite_remove() {
  suite_stop "$1"
  pg_remove "$SUITE_STATE"
  if [ "$SUITE_KEY_HOME" != "$SUITE_STATE" ]; then pg_remove "$SUITE_KEY_HOME"; fi
  rm -rf "$SUITE_STATE"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  [ $# -ge 2 ] || { sed -n '2,16p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2; }
  verb=$1
  state=$2
  shift 2
  case $verb in
    start | stop | remove) "suite_$verb" "$state" "$@" ;;
    start-service) suite_paths "$state"; suite_start_service "$@" ;;
    stop-service) suite_paths "$state"; suite_stop_service "$@" ;;
    pid) suite_paths "$state"; suite_pid "$@" ;;
    *) say "unknown verb $verb"; exit 2 ;;
  esac
fi
