#include "services/gateway/config.h"

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace varsam::gateway {
namespace {

struct Target {
  const char* service;
  const char* variable;
  int offset;
};
constexpr Target kTargets[] = {
    {"consent", "VARSAM_CONSENT_ADDRESS", 10},
    {"subject-registry", "VARSAM_SUBJECT_REGISTRY_ADDRESS", 20},
    {"request-workflow", "VARSAM_REQUEST_WORKFLOW_ADDRESS", 30},
    {"retention", "VARSAM_RETENTION_ADDRESS", 40},
};

class Reader {
 public:
  Reader(const rpc::Lookup& lookup, Config& config)
      : lookup_(lookup),
        config_(config),
        production_(config.process.environment == rpc::Environment::kProduction) {}

  absl::Status Run() {
    config_.http.bind = config_.process.bind;
    config_.http.port = config_.process.port;
    Https();
    Targets();
    Oidc();
    DevelopmentIssuer();
    config_.caller_signing_key_file = Text("VARSAM_CALLER_SIGNING_KEY");
    if (production_ && config_.caller_signing_key_file.empty()) {
      Wrong("VARSAM_CALLER_SIGNING_KEY", "missing; production needs it");
    }
    config_.promises_file = Text("VARSAM_PROMISES_FILE");
    if (config_.promises_file.empty()) config_.promises_file = "deploy/policy/promises.yaml";
    config_.http.threads = static_cast<int>(Number("VARSAM_HTTP_THREADS", 2, 64));
    config_.http.connections_max = Number("VARSAM_CONNECTIONS_MAX", 12'000, 1'000'000);
    config_.http.connections_per_address_max =
        Number("VARSAM_CONNECTIONS_PER_ADDRESS_MAX", 512, 1'000'000);
    config_.public_calls_per_second =
        static_cast<double>(Number("VARSAM_PUBLIC_CALLS_PER_SECOND_MAX", 5, 1'000'000));
    return wrong_.empty() ? absl::OkStatus() : InvalidFields(std::move(wrong_));
  }

 private:
  std::string Text(const char* name) const { return lookup_(name).value_or(""); }
  void Wrong(const char* name, std::string what) { wrong_.push_back({name, std::move(what)}); }

  size_t Number(const char* name, size_t fallback, size_t max) {
    const std::string text = Text(name);
    if (text.empty()) return fallback;
    size_t value = 0;
    if (!absl::SimpleAtoi(text, &value) || value < 1 || value > max) {
      Wrong(name, absl::StrCat("no number of 1..", max));
    }
    return value;
  }

  void Https() {
    config_.http.tls_cert_file = Text("VARSAM_HTTPS_CERT");
    config_.http.tls_key_file = Text("VARSAM_HTTPS_KEY");
    const bool cert = !config_.http.tls_cert_file.empty();
    if (cert == config_.http.tls_key_file.empty()) {
      Wrong(cert ? "VARSAM_HTTPS_KEY" : "VARSAM_HTTPS_CERT", "missing; both or neither");
    }
    if (production_ && !cert && Text("VARSAM_HTTPS_IN_FRONT") != "1") {
      Wrong("VARSAM_HTTPS_CERT", "missing; production needs it, or VARSAM_HTTPS_IN_FRONT=1");
    }
  }

  void Targets() {
    for (const Target& target : kTargets) {
      const std::string address = Text(target.variable);
      if (address.empty()) {
        config_.targets[target.service] =
            absl::StrCat("ipv4:127.0.0.1:", config_.process.port + target.offset);
      } else if (absl::StrContains(address, ":") && !absl::StrContains(address, "/")) {
        config_.targets[target.service] = absl::StrCat("dns:///", address);
      } else {
        Wrong(target.variable, "not host:port");
      }
    }
  }

  void Oidc() {
    const std::string issuer = Text("VARSAM_OIDC_ISSUER"), audience = Text("VARSAM_OIDC_AUDIENCE"),
                      jwks = Text("VARSAM_OIDC_JWKS"), claim = Text("VARSAM_OIDC_ROLES_CLAIM");
    const int given = !issuer.empty() + !audience.empty() + !jwks.empty();
    if (given == 0 && !production_) return;
    if (issuer.empty()) Wrong("VARSAM_OIDC_ISSUER", "missing");
    if (audience.empty()) Wrong("VARSAM_OIDC_AUDIENCE", "missing");
    if (jwks.empty()) Wrong("VARSAM_OIDC_JWKS", "missing");
    if (issuer == kDevelopmentIssuer) Wrong("VARSAM_OIDC_ISSUER", "reserved for development");
    if (absl::StartsWith(jwks, "http://") && production_) {
      Wrong("VARSAM_OIDC_JWKS", "http; production needs https");
    }
    config_.issuers.push_back({issuer, audience, claim.empty() ? "roles" : claim});
    config_.jwks.push_back({issuer, jwks, !production_});
  }

  void DevelopmentIssuer() {
    const std::string file = Text("VARSAM_DEV_ISSUER_JWKS");
    if (file.empty()) return;
    if (production_) {
      Wrong("VARSAM_DEV_ISSUER_JWKS", "a development issuer; production refuses it");
      return;
    }
    config_.issuers.push_back({kDevelopmentIssuer, kDevelopmentAudience, "roles"});
    config_.jwks.push_back({kDevelopmentIssuer, file, false});
  }

  const rpc::Lookup& lookup_;
  Config& config_;
  const bool production_;
  std::vector<FieldViolation> wrong_;
};

}  // namespace

absl::StatusOr<Config> ConfigFromLookup(const rpc::Lookup& lookup) {
  Config config;
  ASSIGN_OR_RETURN(config.process, rpc::ServerConfigFromLookup(lookup, "gateway", 0));
  RETURN_IF_ERROR(Reader(lookup, config).Run());
  return config;
}

absl::StatusOr<Config> ConfigFromEnvironment() {
  return ConfigFromLookup([](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  });
}

}  // namespace varsam::gateway
