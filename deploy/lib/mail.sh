#!/bin/bash
# A private mail ground under one folder: Dovecot (IMAP to read, LMTP to deliver) and an SMTP sink
# that keeps what is sent. It runs without root's rights on 127.0.0.1.
#
#   deploy/lib/mail.sh start DIR IMAP_PORT LMTP_PORT SMTP_PORT ADDRESS…
#   deploy/lib/mail.sh stop DIR      deploy/lib/mail.sh remove DIR     deploy/lib/mail.sh status DIR
#   deploy/lib/mail.sh deliver DIR FROM TO <message     LMTP, as a mail server would
#
# start prints (and writes to DIR/mail/mail.env):
#   VARSAM_MAIL_IMAP=127.0.0.1:PORT  _LMTP=  _SMTP=  VARSAM_MAIL_PASSWORD=
#                                    VARSAM_MAIL_MASTER=connector
#   VARSAM_MAIL_BOXES=folder   one Maildir per address: BOXES/<address>/Maildir
#   VARSAM_MAIL_SENT=folder    Maildir of everything that was sent through the sink
# Every address signs in with the one password; `<address>*connector` with the same password opens
# that mailbox as the connector's own account does. As root the daemons run as the system user mail.
# Exit codes: 0 done, 1 failed, 2 usage.

# shellcheck source=common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

mail_user() { if is_root; then echo mail; else id -un; fi; }

mail_paths() {
  local dir
  mkdir -p "$1"
  dir=$(cd "$1" && pwd -P)
  MAIL_RUN_AS=$(mail_user)
  MAIL_HOME=$(place_for "$MAIL_RUN_AS" "$dir")/mail
  MAIL_RUN=$(socket_dir "$MAIL_HOME/run")
}

mail_config() {
  local imap=$1 lmtp=$2 group
  group=$(id -gn "$MAIL_RUN_AS")
  cat <<CONF
protocols = imap lmtp
listen = 127.0.0.1
base_dir = $MAIL_RUN
state_dir = $MAIL_HOME/state
instance_name = varsam-$(dir_tag "$MAIL_HOME")
default_internal_user = $MAIL_RUN_AS
default_internal_group = $group
default_login_user = $MAIL_RUN_AS
log_path = $MAIL_HOME/dovecot.log
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_master_user_separator = *
auth_username_format = %Lu
mail_location = maildir:%h/Maildir
first_valid_uid = 1
mail_fsync = optimized
postmaster_address = postmaster@lexium.example
passdb {
  driver = oauth2
  mechanisms = xoauth2
  args = $MAIL_HOME/oauth2.conf
}
passdb {
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN $MAIL_HOME/masters
  master = yes
  result_success = continue
}
passdb {
  driver = passwd-file
  mechanisms = plain login
  args = scheme=PLAIN username_format=%u $MAIL_HOME/users
}
userdb {
  driver = passwd-file
  args = username_format=%u $MAIL_HOME/users
}
namespace inbox {
  inbox = yes
  mailbox Sent {
    auto = create
    special_use = \\Sent
  }
  mailbox Trash {
    auto = create
    special_use = \\Trash
  }
}
service imap-login {
  chroot =
  process_min_avail = 0
  inet_listener imap {
    address = 127.0.0.1
    port = $imap
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $lmtp
  }
}
service anvil {
  chroot =
}
service stats {
  chroot =
}
CONF
}

mail_write() {
  local password=$1 address
  shift
  local uid gid
  uid=$(id -u "$MAIL_RUN_AS")
  gid=$(id -g "$MAIL_RUN_AS")
  for address in "$@"; do
    printf '%s:%s:%s:%s::%s::\n' "$address" "$password" "$uid" "$gid" "$MAIL_HOME/boxes/$address"
  done | as_user "$MAIL_RUN_AS" tee "$MAIL_HOME/users" >/dev/null
  # Access tokens (SASL XOAUTH2) are JSON Web Tokens that the server checks by itself: HS256 under
  # the password.
  as_user "$MAIL_RUN_AS" mkdir -p "$MAIL_HOME/oauth2/default/HS256"
  printf '%s' "$password" | base64 -w0 |
    as_user "$MAIL_RUN_AS" tee "$MAIL_HOME/oauth2/default/HS256/default" >/dev/null
  as_user "$MAIL_RUN_AS" tee "$MAIL_HOME/oauth2.conf" >/dev/null <<CONF
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=$MAIL_HOME/oauth2/
username_attribute = email
CONF
  printf 'connector:%s\n' "$password" | as_user "$MAIL_RUN_AS" tee "$MAIL_HOME/masters" >/dev/null
  as_user "$MAIL_RUN_AS" chmod 0600 "$MAIL_HOME/users" "$MAIL_HOME/masters" \
    "$MAIL_HOME/oauth2.conf" "$MAIL_HOME/oauth2/default/HS256/default"
}

mail_status() {
  mail_paths "$1"
  [ -f "$MAIL_HOME/mail.env" ] && [ -f "$MAIL_HOME/sink.pid" ] &&
    mail_alive "$MAIL_RUN/master.pid" dovecot && mail_alive "$MAIL_HOME/sink.pid" aiosmtpd
}

mail_alive() {
  local pid
  pid=$(cat "$1" 2>/dev/null) && grep -qsF "$2" "/proc/$pid/cmdline"
}

mail_env() {
  cat <<ENV
VARSAM_MAIL_IMAP=127.0.0.1:$1
VARSAM_MAIL_LMTP=127.0.0.1:$2
VARSAM_MAIL_SMTP=127.0.0.1:$3
VARSAM_MAIL_MASTER=connector
VARSAM_MAIL_PASSWORD=$4
VARSAM_MAIL_BOXES=$MAIL_HOME/boxes
VARSAM_MAIL_SENT=$MAIL_HOME/sent
ENV
}

mail_start() {
  local dir=$1 imap=$2 lmtp=$3 smtp=$4 password
  shift 4
  if mail_status "$dir"; then
    cat "$MAIL_HOME/mail.env"
    return 0
  fi
  require_ports "$imap" "$lmtp" "$smtp"
  command -v dovecot >/dev/null || [ -x /usr/sbin/dovecot ] ||
    die "Dovecot is not installed (Debian: dovecot-imapd dovecot-lmtpd)"
  private_dir "$MAIL_RUN_AS" "$MAIL_HOME"
  private_dir "$MAIL_RUN_AS" "$MAIL_RUN"
  as_user "$MAIL_RUN_AS" chmod 0755 "$MAIL_RUN"  # as Dovecot wants it; the folder above is closed
  as_user "$MAIL_RUN_AS" mkdir -p "$MAIL_HOME/state" "$MAIL_HOME/boxes"
  if [ ! -f "$MAIL_HOME/masters" ]; then
    password=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  else
    password=$(cut -d: -f2 "$MAIL_HOME/masters")
  fi
  mail_write "$password" "$@"
  mail_config "$imap" "$lmtp" | as_user "$MAIL_RUN_AS" tee "$MAIL_HOME/dovecot.conf" >/dev/null
  # Nothing of the caller stays open in the daemons: a caller that reads our output would wait.
  as_user "$MAIL_RUN_AS" /usr/sbin/dovecot -c "$MAIL_HOME/dovecot.conf" </dev/null \
    >"$MAIL_HOME/start.log" 2>&1 ||
    { tail -5 "$MAIL_HOME/start.log" >&2; die "Dovecot does not start"; }
  # The Debian interpreter by its path: another python3 earlier in PATH lacks Debian's modules.
  as_user "$MAIL_RUN_AS" setsid /usr/bin/python3 -m aiosmtpd -n -l "127.0.0.1:$smtp" \
    -c aiosmtpd.handlers.Mailbox "$MAIL_HOME/sent" </dev/null >>"$MAIL_HOME/sink.log" 2>&1 &
  mail_find_sink "$smtp"
  wait_for_port "$imap" 15 && wait_for_port "$lmtp" 15 ||
    { tail -5 "$MAIL_HOME/dovecot.log" >&2; die "Dovecot does not listen"; }
  mail_env "$imap" "$lmtp" "$smtp" "$password" |
    as_user "$MAIL_RUN_AS" tee "$MAIL_HOME/mail.env"
  as_user "$MAIL_RUN_AS" chmod 0600 "$MAIL_HOME/mail.env"
}

# setsid and setpriv change the process id between us and the sink, so it is asked for by its
# command line.
mail_find_sink() {
  local pid
  wait_for_port "$1" 15 ||
    { tail -5 "$MAIL_HOME/sink.log" >&2; die "the SMTP sink does not start"; }
  for pid in /proc/[0-9]*; do
    if grep -qsF aiosmtpd "$pid/cmdline" && grep -qsF "$MAIL_HOME/sent" "$pid/cmdline" &&
      grep -qsF python3 "$pid/comm"; then
      printf '%s\n' "${pid#/proc/}" | as_user "$MAIL_RUN_AS" tee "$MAIL_HOME/sink.pid" >/dev/null
      return 0
    fi
  done
  die "the SMTP sink is not to be found"
}

mail_stop() {
  mail_paths "$1"
  stop_pid_file "$MAIL_HOME/sink.pid" "$MAIL_HOME/sent"
  stop_pid_file "$MAIL_RUN/master.pid" "$MAIL_HOME/dovecot.conf"
}

mail_remove() {
  mail_stop "$1"
  rm -rf "$MAIL_HOME" "$MAIL_RUN"
}

mail_deliver() {
  local dir=$1 from=$2 to=$3
  mail_paths "$dir"
  /usr/bin/python3 -c '
import smtplib, sys
host, port = sys.argv[1].split(":")
with smtplib.LMTP(host, int(port)) as lmtp:
    lmtp.sendmail(sys.argv[2], [sys.argv[3]], sys.stdin.buffer.read())
' "$(sed -n 's/^VARSAM_MAIL_LMTP=//p' "$MAIL_HOME/mail.env")" "$from" "$to"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  set -euo pipefail
  [ $# -ge 2 ] || { sed -n '2,16p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2; }
  verb=$1
  shift
  case $verb in
    start) [ $# -ge 5 ] || { say "start DIR IMAP LMTP SMTP ADDRESS…"; exit 2; } ;;
    deliver) [ $# -eq 3 ] || { say "deliver DIR FROM TO"; exit 2; } ;;
    stop | remove | status) ;;
    *) say "unknown verb $verb"; exit 2 ;;
  esac
  "mail_$verb" "$@"
fi
