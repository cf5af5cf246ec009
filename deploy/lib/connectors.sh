# The connectors beside the sample systems, one process each. Sourced after suite.sh.
#
#   connectors_start      starts all, after each has told registry and retention once whom its
#                         system knows
#   connectors_stop [NAME…]

connector_env() {
  local system=${1#connector-} folder=$SUITE_STATE/connectors/${1#connector-}
  mkdir -p -m 0700 "$folder"
  cat <<ENV
VARSAM_CONNECTOR_NAME=$system
VARSAM_CONNECTOR_STATE=$folder
VARSAM_CONNECTOR_POLL_MS=200
VARSAM_CONNECTOR_ADMIN_PORT=0
ENV
  case $system in
    email) connector_env_email ;;
    hr) connector_env_hr ;;
    *) connector_env_sql "$system" ;;
  esac
}

connector_env_sql() {
  local upper=${1^^} database
  database=VARSAM_SAMPLE_${upper}_DATABASE
  cat <<ENV
VARSAM_MAPPING_FILES=$SUITE_SOURCE/deploy/samples/mapping/$1.yaml
VARSAM_MAPPING_DATABASE_$upper=${!database}
ENV
  case $1 in ops | website) echo "VARSAM_CONNECTOR_SYNC_S=0" ;; esac
}

# The archive, the operations system and the website are no registers of people: nobody is read out
# of them.
connector_env_hr() {
  cat <<ENV
VARSAM_FILES_RULES=$SUITE_SOURCE/deploy/samples/files/hr.yaml
VARSAM_FILES_ROOT=$VARSAM_SAMPLE_HR_ROOT
VARSAM_CONNECTOR_SYNC_S=0
ENV
}

connector_env_email() {
  cat <<ENV
VARSAM_IMAP_URL=imap://$VARSAM_MAIL_IMAP
VARSAM_IMAP_MAILBOXES=anna.ekdahl@lexium.se,johan.brandt@lexium.se,eva.holm@lexium.se
VARSAM_IMAP_PASSWORD=$VARSAM_MAIL_PASSWORD
VARSAM_IMAP_MASTER=$VARSAM_MAIL_MASTER
VARSAM_IMAP_PLAINTEXT=yes
ENV
}

# The policy reaches retention by its feed a moment after it was applied: ask again for a while.
connector_sync() {
  local tries=0
  until (suite_run "$1" "$(suite_binary "$1")" sync-once); do
    tries=$((tries + 1))
    [ $tries -lt 20 ] || return 1
    sleep 0.5
  done
}

# One after the other: two systems that tell of one new person at the same instant hold a row back
# until the next sync.
connectors_sync() {
  local system name
  for system in "${SUITE_CONNECTORS[@]}"; do
    name=connector-$system
    case $system in ops | hr | website) continue ;; esac
    if [ -e "$SUITE_STATE/run/$name.synced" ]; then continue; fi
    connector_sync "$name" >"$SUITE_STATE/log/$name.sync.log" 2>&1 </dev/null || {
      tail -5 "$SUITE_STATE/log/$name.sync.log" >&2
      die "$name cannot tell whom its system knows"
    }
    touch "$SUITE_STATE/run/$name.synced"
  done
}

connectors_start() {
  local system
  # shellcheck disable=SC1091
  . "$SUITE_STATE/samples/samples.env"
  for system in "${SUITE_CONNECTORS[@]}"; do
    suite_write_env "connector-$system" suite_env_common connector_env
  done
  connectors_sync
  for system in "${SUITE_CONNECTORS[@]}"; do suite_start_service "connector-$system"; done
}
