#include "libs/rpc/server_config.h"

#include <arpa/inet.h>

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/strings.h"

namespace varsam::rpc {
namespace {

// Reads one variable after the other and gathers what is wrong, so that an operator sees it all.
class Reader {
 public:
  explicit Reader(const Lookup& lookup) : lookup_(lookup) {}

  std::string Text(std::string_view name, std::string fallback = "") {
    std::optional<std::string> value = lookup_(name);
    return value && !value->empty() ? *std::move(value) : std::move(fallback);
  }

  int64_t Number(std::string_view name, int64_t low, int64_t high, int64_t fallback) {
    const std::string text = Text(name);
    if (text.empty()) return fallback;
    int64_t value = 0;
    if (!absl::SimpleAtoi(text, &value) || value < low || value > high) {
      Wrong(name, absl::StrCat(text, ", want ", low, "..", high));
      return fallback;
    }
    return value;
  }

  void Wrong(std::string_view name, std::string description) {
    violations_.push_back({std::string(name), std::move(description)});
  }

  absl::Status Result() const {
    return violations_.empty() ? absl::OkStatus() : InvalidFields(violations_);
  }

 private:
  const Lookup& lookup_;
  std::vector<FieldViolation> violations_;
};

bool IsIpAddress(const std::string& text) {
  in6_addr address;
  return inet_pton(AF_INET, text.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

void ReadPlace(Reader& read, uint16_t port_offset, ServerConfig& config) {
  const std::string environment = read.Text("VARSAM_ENVIRONMENT");
  if (environment == "production") {
    config.environment = Environment::kProduction;
  } else if (environment != "development") {
    read.Wrong("VARSAM_ENVIRONMENT",
               absl::StrCat("'", environment, "', want development|production"));
  }
  config.bind = read.Text("VARSAM_BIND", config.bind);
  if (!IsIpAddress(config.bind)) {
    read.Wrong("VARSAM_BIND", absl::StrCat("'", config.bind, "', want an IP address"));
  }
  const int64_t base = read.Number("VARSAM_PORT_BASE", 1024, 65000, 7400);
  config.port = static_cast<uint16_t>(base + port_offset);
  config.health_port = static_cast<uint16_t>(config.port + 1);
  config.admin_port = static_cast<uint16_t>(config.port + 2);
  const std::string level = read.Text("VARSAM_LOG_LEVEL", "info");
  if (!obs::ParseLevel(level, &config.log_level)) {
    read.Wrong("VARSAM_LOG_LEVEL", absl::StrCat("'", level, "', want debug|info|warn|error"));
  }
}

void ReadTls(Reader& read, ServerConfig& config) {
  const TlsFiles files{read.Text("VARSAM_TLS_CA"), read.Text("VARSAM_TLS_CERT"),
                       read.Text("VARSAM_TLS_KEY")};
  const int given = !files.ca.empty() + !files.cert.empty() + !files.key.empty();
  if (given == 3) config.tls = files;
  if (given == 1 || given == 2) {
    read.Wrong("VARSAM_TLS_CA", "VARSAM_TLS_CA, _CERT and _KEY are given together");
  }
  config.caller_keys_file = read.Text("VARSAM_CALLER_KEYS");
  config.clock_file = read.Text("VARSAM_CLOCK_FILE");
  if (config.environment != Environment::kProduction) return;
  if (given == 0) read.Wrong("VARSAM_TLS_CA", "missing, production needs TLS");
  if (!config.clock_file.empty()) {
    read.Wrong("VARSAM_CLOCK_FILE", "set, but production runs on real time only");
  }
}

}  // namespace

absl::StatusOr<ServerConfig> ServerConfigFromLookup(const Lookup& lookup, std::string service,
                                                    uint16_t port_offset) {
  ServerConfig config;
  config.service = std::move(service);
  Reader read(lookup);
  ReadPlace(read, port_offset, config);
  ReadTls(read, config);
  config.deadline_max =
      absl::Milliseconds(read.Number("VARSAM_DEADLINE_MS_MAX", 1, 600'000, 30'000));
  config.drain_max = absl::Milliseconds(read.Number("VARSAM_DRAIN_MS_MAX", 0, 300'000, 10'000));
  config.drain_notice = absl::Milliseconds(read.Number("VARSAM_DRAIN_NOTICE_MS", 0, 60'000, 0));
  if (absl::Status status = read.Result(); !status.ok()) return status;
  return config;
}

}  // namespace varsam::rpc
