# Shell helpers shared by deploy/up, deploy/samples/*, tests/run. Source it; it changes nothing by
# itself.
#
#   say TEXT            one line for a person, on stderr
#   die TEXT            the same, then exit 1
#   phase_start NAME / phase_end     prints the seconds a phase took
#   as_user USER CMD…   runs CMD as USER when we are root, else as ourselves
#   place_for USER DIR  DIR, or a place that USER can reach when DIR lies behind a closed door
#                       (/root)
#   socket_dir DIR      DIR, or a short private folder when a socket path in DIR would be too long
#   port_owner PORT     who listens on 127.0.0.1:PORT ("" = nobody)
#   require_ports PORT… dies with "port N is used by …"
#   wait_for_port PORT SECONDS [PID]   0 when something listens, 1 when time is up or PID has gone

if [ -n "${VARSAM_COMMON_SH:-}" ]; then return 0; fi
VARSAM_COMMON_SH=1

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }
is_root() { [ "$(id -u)" -eq 0 ]; }
now_ms() { date +%s%3N; }

phase_start() { VARSAM_PHASE=$1; VARSAM_PHASE_AT=$(now_ms); }
phase_end() {
  local ms=$(( $(now_ms) - VARSAM_PHASE_AT ))
  printf '%-28s %4d.%01d s\n' "$VARSAM_PHASE" $((ms / 1000)) $((ms % 1000 / 100)) >&2
}

# Daemons that refuse root (PostgreSQL, a private Dovecot) step down to a system user of the
# package.
as_user() {
  local user=$1
  shift
  if is_root && [ "$user" != root ]; then
    (cd / && exec setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups \
      env HOME=/nonexistent USER="$user" LOGNAME="$user" "$@")
  else
    "$@"
  fi
}

# A short, stable name for a folder: two state folders never share one place.
dir_tag() { printf '%s' "$1" | sha256sum | cut -c1-12; }

place_for() {
  local user=$1 dir=$2
  mkdir -p "$dir"
  if ! is_root || as_user "$user" test -x "$dir"; then
    printf '%s\n' "$dir"
  else
    mkdir -p -m 0755 /var/lib/varsam
    printf '%s\n' "/var/lib/varsam/$(dir_tag "$dir")"
  fi
}

# sun_path holds 108 bytes; 30 are left for the longest socket name in use.
socket_dir() {
  local dir=$1
  if [ ${#dir} -le 75 ]; then
    printf '%s\n' "$dir"
  else
    printf '%s\n' "/tmp/varsam-$(id -u)-$(dir_tag "$dir")"
  fi
}

# Makes a folder that belongs to USER alone. Refuses a folder somebody else has put there.
private_dir() {
  local user=$1 dir=$2
  mkdir -p "$(dirname "$dir")"
  if mkdir -m 0700 "$dir" 2>/dev/null; then
    if is_root; then chown "$user:$(id -g "$user")" "$dir"; fi
  fi
  [ -d "$dir" ] && [ ! -L "$dir" ] || die "$dir is no folder"
  local owner
  owner=$(stat -c %U "$dir")
  if is_root; then
    [ "$owner" = "$user" ] || die "$dir belongs to $owner, not to $user"
  else
    [ -O "$dir" ] || die "$dir belongs to $owner"
  fi
}

port_owner() {
  ss -Hltnp "( sport = :$1 )" 2>/dev/null |
    awk '{ who = "another user'"'"'s process"
           if (match($0, /users:\(\("[^"]*",pid=[0-9]+/)) {
             who = substr($0, RSTART + 9, RLENGTH - 9)
             sub(/",pid=/, " (pid ", who)
             who = who ")" }
           print who; exit }'
}

require_ports() {
  local port owner
  for port in "$@"; do
    owner=$(port_owner "$port")
    [ -z "$owner" ] || die "port $port is used by $owner; choose another VARSAM_PORT_BASE"
  done
}

wait_for_port() {
  local port=$1 seconds=$2 pid=${3:-} until
  until=$(( $(now_ms) + seconds * 1000 ))
  while ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do
    if [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null; then return 1; fi
    if [ "$(now_ms)" -ge "$until" ]; then return 1; fi
    sleep 0.05
  done
}

# Stops the process of a pid file if it is still the one that was started (its command line holds
# WORD), waits up to ten seconds, and then insists.
stop_pid_file() {
  local file=$1 word=$2 pid tries=0
  [ -f "$file" ] || return 0
  pid=$(cat "$file")
  if [ -r "/proc/$pid/cmdline" ] && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "$word"; then
    kill "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null && [ $tries -lt 200 ]; do
      sleep 0.05
      tries=$((tries + 1))
    done
    kill -9 "$pid" 2>/dev/null || true
  fi
  rm -f "$file"
}
