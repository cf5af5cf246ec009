#include "libs/host/host_config.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace varsam::host {
namespace {

class Reader {
 public:
  explicit Reader(const rpc::Lookup& lookup) : lookup_(lookup) {}

  std::string Required(std::string_view name) {
    std::optional<std::string> value = lookup_(name);
    if (!value || value->empty()) violations.push_back({std::string(name), "missing"});
    return value.value_or("");
  }
  std::string Optional(std::string_view name) { return lookup_(name).value_or(""); }
  int Integer(std::string_view name, int fallback, int min, int max) {
    std::optional<std::string> value = lookup_(name);
    if (!value || value->empty()) return fallback;
    int number = 0;
    if (absl::SimpleAtoi(*value, &number) && number >= min && number <= max) return number;
    violations.push_back({std::string(name), absl::StrCat("want ", min, "..", max)});
    return fallback;
  }

  std::vector<FieldViolation> violations;

 private:
  const rpc::Lookup& lookup_;
};

}  // namespace

absl::StatusOr<HostConfig> HostConfigFromLookup(const rpc::Lookup& lookup, std::string service,
                                                uint16_t port_offset) {
  HostConfig config;
  absl::StatusOr<rpc::ServerConfig> server =
      rpc::ServerConfigFromLookup(lookup, std::move(service), port_offset);
  Reader reader(lookup);
  config.database = reader.Required("VARSAM_DATABASE");
  config.key_database = reader.Required("VARSAM_KEY_DATABASE");
  config.migrate_database = reader.Optional("VARSAM_MIGRATE_DATABASE");
  config.migrate_key_database = reader.Optional("VARSAM_MIGRATE_KEY_DATABASE");
  config.service_role = reader.Optional("VARSAM_SERVICE_ROLE");
  config.root_key_file = reader.Required("VARSAM_ROOT_KEY_FILE");
  config.replay_list = reader.Optional("VARSAM_REPLAY_LIST");
  if (!config.replay_list.empty()) {
    config.replay_key_file = reader.Required("VARSAM_REPLAY_KEY_FILE");
  }
  config.read_connections =
      reader.Integer("VARSAM_READ_CONNECTIONS", kReadConnectionsDefault, 1, kReadConnectionsMax);
  if (config.migrate_database.empty()) config.migrate_database = config.database;
  if (config.migrate_key_database.empty()) config.migrate_key_database = config.key_database;
  std::vector<FieldViolation> violations = std::move(reader.violations);
  if (!server.ok()) {
    for (FieldViolation& one : FieldViolationsOf(server.status())) {
      violations.push_back(std::move(one));
    }
    if (violations.empty()) return server.status();
  }
  if (!violations.empty()) return InvalidFields(std::move(violations));
  config.server = *std::move(server);
  return config;
}

absl::StatusOr<std::string> AddressFromLookup(const rpc::Lookup& lookup,
                                              std::string_view variable) {
  const std::string value = lookup(variable).value_or("");
  const size_t colon = value.rfind(':');
  int port = 0;
  if (colon == std::string::npos || colon == 0 ||
      !absl::SimpleAtoi(value.substr(colon + 1), &port) || port < 1 || port > 65535) {
    return InvalidField(variable, "want host:port with a port of 1..65535");
  }
  return absl::StrCat("dns:///", value);
}

}  // namespace varsam::host
