// The connector's configuration, all of it from the environment.
//
//   VARSAM_CONNECTOR_NAME            required; its certificate carries connector-<name>
//   VARSAM_CONNECTOR_STATE           required; a folder of its own, for what it remembers of tasks
//   VARSAM_REQUEST_WORKFLOW_ADDRESS  host:port, required for run
//   VARSAM_SUBJECT_REGISTRY_ADDRESS, VARSAM_RETENTION_ADDRESS   host:port, required to sync
//   VARSAM_MAPPING_FILES             paths, colon separated; may be empty when there is a mailbox
//   VARSAM_MAPPING_DATABASE_<SYSTEM> each mapping's database, required for each: a conninfo of
//                                    libpq, or "Driver=…;…" for ODBC (MariaDB)
//   VARSAM_IMAP_URL                  imaps://host:993; with it the mailbox system is served
//   VARSAM_IMAP_MAILBOXES            addresses, comma separated
//   VARSAM_IMAP_PASSWORD_FILE, VARSAM_IMAP_PASSWORD, or
//   VARSAM_IMAP_TOKEN_FILE           a file with an OAuth 2 access token (SASL XOAUTH2), read again
//                                    at every sign-in
//   VARSAM_IMAP_MASTER               signs in as <address>*<master>; empty: as the address
//   VARSAM_IMAP_SYSTEM               default email
//   VARSAM_IMAP_REVIEW               mentions: a message that only mentions the person is flagged
//                                    for review instead of erased
//   VARSAM_FILES_RULES, VARSAM_FILES_ROOT   a rules file and the tree it is about
//   VARSAM_CONNECTOR_CLOSED_<SYSTEM> when the system is left alone, by Stockholm's clock:
//                                    "mon-fri 07:00-09:00; day 23-25 00:00-24:00"
//   VARSAM_CONNECTOR_TASKS_PER_HOUR_MAX_<SYSTEM>   1..100000; none: no bound
//   VARSAM_IMAP_PLAINTEXT            yes: without TLS, in development only
//   VARSAM_CONNECTOR_POLL_MS         50..60000, default 500
//   VARSAM_CONNECTOR_ERASURES_PER_HOUR_MAX   1..100000, default 200
//   VARSAM_CONNECTOR_SYNC_S          0..604800, default 3600; 0 = no inventory sync
//   VARSAM_CONNECTOR_ADMIN_PORT      0..65535, default 0 = any
// and those of libs/rpc/server_config.h for environment, TLS, clock and log.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/rpc/server_config.h"
#include "services/connector/adapters/imap/imap_adapter.h"
#include "services/connector/system_gate.h"

namespace varsam::connector {

struct MappedSystem {
  std::string file;
  std::string system;
  std::string database;  // conninfo, or what SQLDriverConnect takes
};

struct Config {
  std::string name;
  rpc::ServerConfig process;  // environment, TLS, clock, log; no port is opened but admin
  std::string state_folder;
  std::string request_workflow, subject_registry, retention;  // host:port
  std::vector<MappedSystem> mapped;
  std::optional<imap::MailboxConfig> mailbox;
  std::string files_rules, files_root;      // both or none
  std::map<std::string, SystemGate> gates;  // by system
  absl::Duration poll;
  int erasures_per_hour_max = 0;
  absl::Duration sync_every;
  uint16_t admin_port = 0;
};

// INVALID_ARGUMENT naming every variable that is wrong, and its bound. Mapping files are read for
// their system's name.
absl::StatusOr<Config> LoadConfig(const rpc::Lookup& lookup);
// The process environment, as a look-up.
rpc::Lookup Environment();

}  // namespace varsam::connector
