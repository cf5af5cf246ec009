#include "services/request_workflow/flow/lease_desk.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_split.h"
#include "libs/base/strings.h"

namespace varsam::requests {
namespace {

constexpr size_t kAsksAtOnce = 64;
constexpr int32_t kOffersMax = 256;  // of each system

// What the decision said: a line for each task, "<number of the ask> <task>".
std::vector<absl::StatusOr<std::vector<TaskId>>> Sorted(const std::string& reply, size_t asks) {
  std::vector<absl::StatusOr<std::vector<TaskId>>> granted(asks, std::vector<TaskId>());
  for (absl::string_view line : absl::StrSplit(ToAbsl(reply), '\n', absl::SkipEmpty())) {
    const size_t space = line.find(' ');
    const std::optional<TaskId> id = TaskId::Parse(ToStd(line.substr(space + 1)));
    const size_t ask = std::stoul(std::string(line.substr(0, space)));
    if (id) granted[ask]->push_back(*id);
  }
  return granted;
}

}  // namespace

LeaseDesk::LeaseDesk(Writer& writer, const Clock& clock)
    : writer_(writer),
      clock_(clock),
      desk_(kAsksAtOnce, [this](std::vector<LeaseTasks> asks) { return Grant(std::move(asks)); }) {}

std::vector<LeaseDesk::Granted> LeaseDesk::Grant(std::vector<LeaseTasks> asks) {
  WriteAsk write;
  std::set<std::string> systems;
  for (const LeaseTasks& ask : asks) {
    systems.insert(ask.systems.begin(), ask.systems.end());
    write.want.lease_max =
        std::min(write.want.lease_max + static_cast<int32_t>(ask.tasks_max), kOffersMax);
  }
  write.want.lease_systems.assign(systems.begin(), systems.end());
  write.want.lease_at = clock_.Now();
  write.decide = [asks](const Facts& facts, const journal::Frozen& frozen) {
    return absl::StatusOr<Changes>(DecideLeases(asks, facts.offered, facts.holds, frozen.now));
  };
  const absl::StatusOr<std::string> reply = writer_.Write(std::move(write), "lease");
  if (!reply.ok()) return std::vector<Granted>(asks.size(), reply.status());
  return Sorted(*reply, asks.size());
}

}  // namespace varsam::requests
