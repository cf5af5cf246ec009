#include "services/cli/demo/demo.h"

#include <cstdio>
#include <ostream>

#include "libs/base/clock.h"
#include "services/cli/demo/steps.h"

namespace varsam::cli {
namespace {

struct Step {
  const char* title;
  absl::Status (*play)(Stage&);
};

constexpr Step kSteps[kDemoSteps] = {
    {"the policy is put into force", PutPolicyIntoForce},
    {"a candidate applies, and ticks the talent pool box", CandidateApplies},
    {"she asks by mail what we hold, and gets it", CandidateAsksWhatWeHold},
    {"she withdraws her consent", CandidateWithdraws},
    {"a customer's contact asks to be erased", ContactAsksForErasure},
    {"a retention run disposes of what is due", DisposeOfWhatIsDue},
    {"the four ledgers verify", VerifyTheLedgers},
};

}  // namespace

int RunDemo(const ApiConfig& config, const DemoOptions& options, std::ostream& out,
            std::ostream& err) {
  absl::StatusOr<std::unique_ptr<Stage>> stage = Stage::Open(config, options, out);
  if (!stage.ok()) {
    err << "demo: " << stage.status().message() << "\n";
    return 1;
  }
  for (int i = 0; i < options.last_step; ++i) {
    const absl::Duration began = MonotonicNow();
    const absl::Status status = kSteps[i].play(**stage);
    char line[160];
    std::snprintf(line, sizeof(line), "%d/%d %-4s %-54s %6.1f s", i + 1, kDemoSteps,
                  status.ok() ? "ok" : "FAIL", kSteps[i].title,
                  absl::ToDoubleSeconds(MonotonicNow() - began));
    out << line << std::endl;
    if (!status.ok()) {
      err << "demo: step " << i + 1 << ": " << status.message() << "\n";
      return 1;
    }
  }
  return 0;
}

}  // namespace varsam::cli
