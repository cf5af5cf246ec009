#include "libs/rpc/server_config.h"

#include <map>

#include <catch2/catch.hpp>

#include "libs/base/error.h"

namespace varsam::rpc {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

absl::StatusOr<ServerConfig> Read(const Values& values) {
  return ServerConfigFromLookup(
      [&](std::string_view name) -> std::optional<std::string> {
        const auto found = values.find(name);
        if (found == values.end()) return std::nullopt;
        return found->second;
      },
      "consent", 10);
}

std::string WrongField(const Values& values) {
  const auto config = Read(values);
  if (config.ok()) return "";
  const auto violations = FieldViolationsOf(config.status());
  return violations.size() == 1 ? violations[0].field : "several";
}

Values Production() {
  return {{"VARSAM_ENVIRONMENT", "production"},
          {"VARSAM_TLS_CA", "ca"},
          {"VARSAM_TLS_CERT", "cert"},
          {"VARSAM_TLS_KEY", "key"}};
}

}  // namespace

TEST_CASE("defaults and ports of a service in development") {
  const auto config = Read({{"VARSAM_ENVIRONMENT", "development"}});
  REQUIRE(config.ok());
  CHECK(config->service == "consent");
  CHECK(config->bind == "127.0.0.1");
  CHECK(config->port == 7410);
  CHECK(config->health_port == 7411);
  CHECK(config->admin_port == 7412);
  CHECK_FALSE(config->tls);
  CHECK(config->deadline_max == absl::Seconds(30));
  CHECK(config->insecure_peer.empty());  // never from the environment
}

TEST_CASE("production is read") {
  Values values = Production();
  values["VARSAM_PORT_BASE"] = "9000";
  values["VARSAM_DEADLINE_MS_MAX"] = "1500";
  values["VARSAM_BIND"] = "::";
  const auto config = Read(values);
  REQUIRE(config.ok());
  CHECK(config->environment == Environment::kProduction);
  CHECK(config->port == 9010);
  CHECK(config->tls == TlsFiles{"ca", "cert", "key"});
  CHECK(config->deadline_max == absl::Milliseconds(1500));
}

TEST_CASE("production without TLS, or with a scenario clock, is refused") {
  CHECK(WrongField({{"VARSAM_ENVIRONMENT", "production"}}) == "VARSAM_TLS_CA");
  Values values = Production();
  values["VARSAM_CLOCK_FILE"] = "/clock";
  CHECK(WrongField(values) == "VARSAM_CLOCK_FILE");
  values["VARSAM_ENVIRONMENT"] = "development";
  CHECK(WrongField(values).empty());
}

TEST_CASE("a wrong value names its variable") {
  const auto with = [](std::string name, std::string value) {
    Values values = Production();
    values[std::move(name)] = std::move(value);
    return values;
  };
  CHECK(WrongField({}) == "VARSAM_ENVIRONMENT");  // no default: nobody runs by accident
  CHECK(WrongField(with("VARSAM_ENVIRONMENT", "prod")) == "VARSAM_ENVIRONMENT");
  CHECK(WrongField(with("VARSAM_BIND", "localhost")) == "VARSAM_BIND");
  CHECK(WrongField(with("VARSAM_PORT_BASE", "80")) == "VARSAM_PORT_BASE");
  CHECK(WrongField(with("VARSAM_PORT_BASE", "7400x")) == "VARSAM_PORT_BASE");
  CHECK(WrongField(with("VARSAM_LOG_LEVEL", "loud")) == "VARSAM_LOG_LEVEL");
  CHECK(WrongField(with("VARSAM_DEADLINE_MS_MAX", "0")) == "VARSAM_DEADLINE_MS_MAX");
  CHECK(WrongField(with("VARSAM_DRAIN_MS_MAX", "300001")) == "VARSAM_DRAIN_MS_MAX");
  CHECK(WrongField(with("VARSAM_TLS_KEY", "")) == "VARSAM_TLS_CA");
  const auto bound = Read(with("VARSAM_PORT_BASE", "99999"));
  CHECK(bound.status().message() == "VARSAM_PORT_BASE: 99999, want 1024..65000");
  Values values = with("VARSAM_PORT_BASE", "99999");
  values["VARSAM_BIND"] = "nowhere";
  CHECK(WrongField(values) == "several");  // all of them are named at once
}

}  // namespace varsam::rpc
