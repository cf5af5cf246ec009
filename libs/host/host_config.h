// What every service needs to know to run: its server, its two databases, its root key. Read once,
// judged whole; a service's config.* hands the environment in as a look-up.
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "libs/rpc/server_config.h"

namespace varsam::host {

inline constexpr int kReadConnectionsDefault = 8;
inline constexpr int kReadConnectionsMax = 64;

struct HostConfig {
  rpc::ServerConfig server;
  std::string database;      // libpq conninfo of the service's role
  std::string key_database;  // the vault's database, backed up apart and shorter
  // The owner's conninfo, for `migrate` only; empty: the same as above.
  std::string migrate_database, migrate_key_database;
  std::string service_role;  // who is granted what; empty: the migrating role serves as well
  std::string root_key_file;
  // Folder of the replay lists, outside the backups of the databases; empty: none is kept.
  std::string replay_list;
  std::string replay_key_file;
  int read_connections = kReadConnectionsDefault;
};

// Besides the variables of libs/rpc/server_config.h:
//   VARSAM_DATABASE, VARSAM_KEY_DATABASE   required
//   VARSAM_MIGRATE_DATABASE, VARSAM_MIGRATE_KEY_DATABASE, VARSAM_SERVICE_ROLE
//   VARSAM_ROOT_KEY_FILE                   required; 32 bytes, readable by the owner only
//   VARSAM_REPLAY_LIST, VARSAM_REPLAY_KEY_FILE   both or neither; the key: 32 bytes, as above
//   VARSAM_READ_CONNECTIONS                1..64, default 8
// INVALID_ARGUMENT naming every variable that is wrong, and its bound.
absl::StatusOr<HostConfig> HostConfigFromLookup(const rpc::Lookup& lookup, std::string service,
                                                uint16_t port_offset);

// For config.*: the channel target of a peer service, from "host:port" in VARSAM_<PEER>_ADDRESS.
absl::StatusOr<std::string> AddressFromLookup(const rpc::Lookup& lookup, std::string_view variable);

}  // namespace varsam::host
