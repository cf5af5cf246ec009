#include "services/connector/config.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/connector/adapters/files/rules.h"
#include "services/connector/adapters/sql/mapping.h"

namespace varsam::connector {
namespace {

constexpr uint16_t kPortOffset = 50;

class Reader {
 public:
  explicit Reader(const rpc::Lookup& lookup) : lookup_(lookup) {}

  std::string Optional(std::string_view name) { return lookup_(name).value_or(""); }
  std::string Required(std::string_view name) {
    std::string value = Optional(name);
    if (value.empty()) violations_.push_back({std::string(name), "missing"});
    return value;
  }
  int Number(std::string_view name, int fallback, int min, int max) {
    const std::string text = Optional(name);
    int value = fallback;
    if (!text.empty() && (!absl::SimpleAtoi(text, &value) || value < min || value > max)) {
      violations_.push_back({std::string(name), absl::StrCat("want ", min, "..", max)});
    }
    return value;
  }
  void Wrong(std::string name, std::string what) {
    violations_.push_back({std::move(name), std::move(what)});
  }
  void Add(const absl::Status& status) {
    for (FieldViolation& one : FieldViolationsOf(status)) violations_.push_back(std::move(one));
  }
  absl::Status ToStatus() {
    return violations_.empty() ? absl::OkStatus() : InvalidFields(std::move(violations_));
  }

 private:
  const rpc::Lookup& lookup_;
  std::vector<FieldViolation> violations_;
};

std::vector<std::string> Parts(const std::string& text, char separator) {
  return absl::StrSplit(text, separator, absl::SkipWhitespace());
}

std::string FaultsOf(const absl::Status& status) {
  std::string what;
  for (const FieldViolation& one : FieldViolationsOf(status)) {
    absl::StrAppend(&what, what.empty() ? "" : "; ", one.field, ": ", one.description);
  }
  return what.empty() ? std::string(status.message()) : what;
}

void ReadMappings(Reader& reader, Config& config) {
  for (const std::string& file : Parts(reader.Optional("VARSAM_MAPPING_FILES"), ':')) {
    const auto mapping = sql::LoadMapping(file);
    if (!mapping.ok()) {
      reader.Wrong("VARSAM_MAPPING_FILES", absl::StrCat(file, ": ", FaultsOf(mapping.status())));
      continue;
    }
    const std::string variable =
        absl::StrCat("VARSAM_MAPPING_DATABASE_", absl::AsciiStrToUpper(mapping->system));
    config.mapped.push_back({file, mapping->system, reader.Required(variable)});
  }
}

std::string FirstLine(const std::string& path) {
  std::ifstream stream(path);
  std::string line;
  std::getline(stream, line);
  return line;
}

void ReadSecret(Reader& reader, imap::MailboxConfig& mailbox) {
  const std::string review = reader.Optional("VARSAM_IMAP_REVIEW");
  mailbox.review_mentions = review == "mentions";
  if (!review.empty() && !mailbox.review_mentions) {
    reader.Wrong("VARSAM_IMAP_REVIEW", "want mentions");
  }
  mailbox.server.token_file = reader.Optional("VARSAM_IMAP_TOKEN_FILE");
  if (!mailbox.server.token_file.empty()) {
    if (FirstLine(mailbox.server.token_file).empty()) {
      reader.Wrong("VARSAM_IMAP_TOKEN_FILE", "its first line is empty or cannot be read");
    }
    return;
  }
  const std::string file = reader.Optional("VARSAM_IMAP_PASSWORD_FILE");
  mailbox.server.password =
      file.empty() ? reader.Required("VARSAM_IMAP_PASSWORD") : FirstLine(file);
  if (!file.empty() && mailbox.server.password.empty()) {
    reader.Wrong("VARSAM_IMAP_PASSWORD_FILE", "its first line is empty or cannot be read");
  }
}

// The name of the tree's system; empty: no tree.
std::string ReadFiles(Reader& reader, Config& config) {
  config.files_rules = reader.Optional("VARSAM_FILES_RULES");
  if (config.files_rules.empty()) return "";
  config.files_root = reader.Required("VARSAM_FILES_ROOT");
  const auto rules = files::LoadRules(config.files_rules);
  if (rules.ok()) return rules->system;
  reader.Wrong("VARSAM_FILES_RULES", FaultsOf(rules.status()));
  return "";
}

void ReadGate(Reader& reader, const std::string& system, Config& config) {
  const std::string upper = absl::AsciiStrToUpper(system);
  SystemGate gate;
  for (const std::string& window :
       Parts(reader.Optional(absl::StrCat("VARSAM_CONNECTOR_CLOSED_", upper)), ';')) {
    gate.closed.emplace_back(absl::StripAsciiWhitespace(window));
  }
  gate.tasks_per_hour_max = static_cast<uint32_t>(
      reader.Number(absl::StrCat("VARSAM_CONNECTOR_TASKS_PER_HOUR_MAX_", upper), 0, 1, 100'000));
  config.gates[system] = std::move(gate);
}

void ReadMailbox(Reader& reader, Config& config) {
  imap::MailboxConfig mailbox;
  mailbox.server.url = reader.Optional("VARSAM_IMAP_URL");
  if (mailbox.server.url.empty()) return;
  mailbox.mailboxes = Parts(reader.Required("VARSAM_IMAP_MAILBOXES"), ',');
  mailbox.master = reader.Optional("VARSAM_IMAP_MASTER");
  if (const std::string system = reader.Optional("VARSAM_IMAP_SYSTEM"); !system.empty()) {
    mailbox.system = system;
  }
  ReadSecret(reader, mailbox);
  mailbox.server.allow_plaintext = reader.Optional("VARSAM_IMAP_PLAINTEXT") == "yes";
  if (mailbox.server.allow_plaintext &&
      config.process.environment == rpc::Environment::kProduction) {
    reader.Wrong("VARSAM_IMAP_PLAINTEXT", "yes, but production wants TLS");
  }
  const bool good =
      mailbox.server.url.starts_with("imaps://") || mailbox.server.url.starts_with("imap://");
  if (!good) reader.Wrong("VARSAM_IMAP_URL", "want imaps://host:port or imap://host:port");
  mailbox.spool_folder = config.state_folder;
  config.mailbox = std::move(mailbox);
}

}  // namespace

absl::StatusOr<Config> LoadConfig(const rpc::Lookup& lookup) {
  Reader reader(lookup);
  Config config;
  config.name = reader.Required("VARSAM_CONNECTOR_NAME");
  auto process =
      rpc::ServerConfigFromLookup(lookup, absl::StrCat("connector-", config.name), kPortOffset);
  if (process.ok()) {
    config.process = *std::move(process);
  } else {
    reader.Add(process.status());
  }
  config.state_folder = reader.Required("VARSAM_CONNECTOR_STATE");
  config.request_workflow = reader.Optional("VARSAM_REQUEST_WORKFLOW_ADDRESS");
  config.subject_registry = reader.Optional("VARSAM_SUBJECT_REGISTRY_ADDRESS");
  config.retention = reader.Optional("VARSAM_RETENTION_ADDRESS");
  ReadMappings(reader, config);
  ReadMailbox(reader, config);
  const std::string tree = ReadFiles(reader, config);
  if (config.mapped.empty() && !config.mailbox && tree.empty()) {
    reader.Wrong("VARSAM_MAPPING_FILES", "neither a mapping file, a mailbox nor a tree is given");
  }
  for (const MappedSystem& mapped : config.mapped) ReadGate(reader, mapped.system, config);
  if (config.mailbox) ReadGate(reader, config.mailbox->system, config);
  if (!tree.empty()) ReadGate(reader, tree, config);
  config.poll = absl::Milliseconds(reader.Number("VARSAM_CONNECTOR_POLL_MS", 500, 50, 60'000));
  config.erasures_per_hour_max =
      reader.Number("VARSAM_CONNECTOR_ERASURES_PER_HOUR_MAX", 200, 1, 100'000);
  config.sync_every = absl::Seconds(reader.Number("VARSAM_CONNECTOR_SYNC_S", 3600, 0, 604'800));
  config.admin_port =
      static_cast<uint16_t>(reader.Number("VARSAM_CONNECTOR_ADMIN_PORT", 0, 0, 65'535));
  RETURN_IF_ERROR(reader.ToStatus());
  return config;
}

rpc::Lookup Environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

}  // namespace varsam::connector
