// varsam-gateway serve | varsam-gateway --check-config
#include <signal.h>

#include <cstdio>
#include <string_view>

#include "curl/curl.h"
#include "libs/base/error.h"
#include "libs/obs/log.h"
#include "libs/rpc/server.h"
#include "services/gateway/app.h"

namespace {

using varsam::gateway::App;
using varsam::gateway::Config;

int Refuse(const absl::Status& status) {
  std::fprintf(stderr, "varsam-gateway: %s\n", std::string(status.message()).c_str());
  for (const auto& violation : varsam::FieldViolationsOf(status)) {
    std::fprintf(stderr, "  %s: %s\n", violation.field.c_str(), violation.description.c_str());
  }
  return 78;  // EX_CONFIG
}

int Serve(const Config& config) {
  auto app = App::Start(config);
  if (!app.ok()) return Refuse(app.status());
  varsam::obs::Log(varsam::obs::Level::kInfo, "serving",
                   {varsam::obs::F("port", static_cast<int>((*app)->port()))});
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  int signal = 0;
  while (sigwait(&ends, &signal) != 0) {
  }
  varsam::obs::Log(varsam::obs::Level::kInfo, "drain_started", {varsam::obs::F("signal", signal)});
  (*app)->Drain();
  varsam::obs::Log(varsam::obs::Level::kInfo, "drain_finished");
  varsam::obs::FlushLog();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view command = argc == 2 ? argv[1] : "";
  if (command != "serve" && command != "--check-config") {
    std::fprintf(stderr, "usage: varsam-gateway serve | --check-config\n");
    return 64;  // EX_USAGE
  }
  auto config = varsam::gateway::ConfigFromEnvironment();
  if (!config.ok()) return Refuse(config.status());
  if (const auto status = varsam::rpc::PrepareProcess(config->process); !status.ok()) {
    return Refuse(status);
  }
  curl_global_init(CURL_GLOBAL_DEFAULT);
  if (command == "serve") return Serve(*config);
  if (const auto status = varsam::gateway::CheckConfig(*config); !status.ok()) {
    return Refuse(status);
  }
  std::printf("configuration is sound\n");
  return 0;
}
