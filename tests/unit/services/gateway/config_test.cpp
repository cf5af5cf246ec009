#include "services/gateway/config.h"

#include <map>

#include "catch2/catch.hpp"
#include "libs/base/error.h"

namespace varsam::gateway {
namespace {

using Values = std::map<std::string, std::string>;

absl::StatusOr<Config> Read(const Values& values) {
  return ConfigFromLookup([&values](std::string_view name) -> std::optional<std::string> {
    const auto it = values.find(std::string(name));
    if (it == values.end()) return std::nullopt;
    return it->second;
  });
}

std::string Fault(Values values) {
  const auto config = Read(values);
  if (config.ok()) return "";
  std::string fields;
  for (const auto& violation : FieldViolationsOf(config.status())) fields += violation.field + " ";
  return fields;
}

const Values kDevelopment = {{"VARSAM_ENVIRONMENT", "development"}};
const Values kProduction = {{"VARSAM_ENVIRONMENT", "production"},
                            {"VARSAM_TLS_CA", "ca"},
                            {"VARSAM_TLS_CERT", "cert"},
                            {"VARSAM_TLS_KEY", "key"},
                            {"VARSAM_HTTPS_CERT", "cert"},
                            {"VARSAM_HTTPS_KEY", "key"},
                            {"VARSAM_CALLER_SIGNING_KEY", "signing"},
                            {"VARSAM_OIDC_ISSUER", "https://issuer.test"},
                            {"VARSAM_OIDC_AUDIENCE", "varsam"},
                            {"VARSAM_OIDC_JWKS", "https://issuer.test/jwks"}};

Values With(Values values, const std::string& name, const std::string& value) {
  values[name] = value;
  return values;
}
Values Without(Values values, const std::string& name) {
  values.erase(name);
  return values;
}

TEST_CASE("defaults of development") {
  const auto config = Read(kDevelopment);
  REQUIRE(config.ok());
  CHECK(config->http.port == 7400);
  CHECK(config->targets.at("retention") == "ipv4:127.0.0.1:7440");
  CHECK(config->issuers.empty());
  const auto named = Read(With(kDevelopment, "VARSAM_CONSENT_ADDRESS", "consent:7410"));
  CHECK(named->targets.at("consent") == "dns:///consent:7410");
}

TEST_CASE("half a sign-in is refused") {
  CHECK(Fault(With(kDevelopment, "VARSAM_OIDC_ISSUER", "x")) ==
        "VARSAM_OIDC_AUDIENCE VARSAM_OIDC_JWKS ");
  CHECK(Fault(With(kDevelopment, "VARSAM_OIDC_JWKS", "x")) ==
        "VARSAM_OIDC_ISSUER VARSAM_OIDC_AUDIENCE ");
  CHECK(Fault(With(kDevelopment, "VARSAM_HTTPS_CERT", "x")) == "VARSAM_HTTPS_KEY ");
  CHECK(Fault(With(kDevelopment, "VARSAM_CONNECTIONS_MAX", "0")) == "VARSAM_CONNECTIONS_MAX ");
  CHECK(Fault(With(kDevelopment, "VARSAM_CONSENT_ADDRESS", "x")) == "VARSAM_CONSENT_ADDRESS ");
}

TEST_CASE("production takes no development issuer and nothing half") {
  CHECK(Fault(kProduction).empty());
  CHECK(Fault(With(kProduction, "VARSAM_DEV_ISSUER_JWKS", "x")) == "VARSAM_DEV_ISSUER_JWKS ");
  CHECK(Read(With(kDevelopment, "VARSAM_DEV_ISSUER_JWKS", "x")).ok());
  CHECK(Fault(With(kProduction, "VARSAM_OIDC_ISSUER", kDevelopmentIssuer)) ==
        "VARSAM_OIDC_ISSUER ");
  CHECK(Fault(With(kProduction, "VARSAM_OIDC_JWKS", "http://issuer.test/jwks")) ==
        "VARSAM_OIDC_JWKS ");
  for (const char* name : {"VARSAM_CALLER_SIGNING_KEY", "VARSAM_OIDC_ISSUER",
                           "VARSAM_OIDC_AUDIENCE", "VARSAM_OIDC_JWKS"}) {
    CHECK(Fault(Without(kProduction, name)) == std::string(name) + " ");
  }
  Values no_https = Without(Without(kProduction, "VARSAM_HTTPS_CERT"), "VARSAM_HTTPS_KEY");
  CHECK(Fault(no_https) == "VARSAM_HTTPS_CERT ");
  CHECK(Fault(With(no_https, "VARSAM_HTTPS_IN_FRONT", "1")).empty());
}

}  // namespace
}  // namespace varsam::gateway
