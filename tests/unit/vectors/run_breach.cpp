// breach.json: the 72-hour clock.
#include <stdexcept>

#include "services/request_workflow/domain/breach_clock.h"
#include "tests/unit/vectors/vectors.h"

namespace varsam::vectors {
namespace {

using nlohmann::json;

requests::NotificationKind KindOf(const json& value) {
  if (value == "partial") return requests::NotificationKind::kPartial;
  if (value == "full") return requests::NotificationKind::kFull;
  throw std::runtime_error("unknown kind " + value.dump());
}

json Answer(const json& facts, const json& ask) {
  requests::BreachFacts breach{TimeOf(facts.at("aware_at")), {}};
  for (const json& notification : facts.at("notifications")) {
    breach.notifications.push_back(
        {KindOf(notification.at("kind")), TimeOf(notification.at("at"))});
  }
  const std::optional<absl::Time> as_of = OrNull(ask.at("as_of"), TimeOf);
  if (!as_of && breach.notifications.empty()) {
    throw std::runtime_error("as_of is null and there is no notification");
  }
  const requests::BreachClock clock =
      requests::ComputeBreachClock(breach, as_of.value_or(breach.aware_at));
  return {{"notify_by", ToJson(clock.notify_by)},
          {"late", clock.late},
          {"reasons_required", clock.reasons_required}};
}

}  // namespace

Tally RunBreach(const json& cases, std::ostream& out) { return RunCases(cases, Answer, out); }

}  // namespace varsam::vectors
