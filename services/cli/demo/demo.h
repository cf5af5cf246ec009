// The main job, played on the sample systems through the gateway, mail and varsam-verify only. Each
// step checks what it claims and stops at the first thing that is not so.
#pragma once

#include <iosfwd>
#include <string>

#include "services/cli/api_client.h"

namespace varsam::cli {

inline constexpr int kDemoSteps = 7;

struct DemoOptions {
  std::string state_dir = ".varsam";  // of deploy/up: samples/, tokens/, demo/
  std::string policy_file = "deploy/policy/lexium.yaml";
  int last_step = kDemoSteps;
};

// One line per step with its time. 0 when every step held, else 1 and what was expected.
int RunDemo(const ApiConfig& config, const DemoOptions& options, std::ostream& out,
            std::ostream& err);

}  // namespace varsam::cli
