#include "services/request_workflow/domain/record_breach.h"

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/request_workflow/domain/breach_clock.h"

namespace varsam::requests {
namespace {

bool IsNotification(BreachState state) {
  return state == BreachState::kNotifiedPartial || state == BreachState::kNotified;
}

absl::Status MayNotify(const RecordBreach& ask, const Breach& breach, absl::Time now) {
  if (!ask.effects_told) {
    return InvalidField("breach.effects", "a notification tells effects and action, Art. 33(3)");
  }
  const bool late = now > breach.aware_at + absl::Hours(kBreachNotifyHours);
  if (breach.notified_at.empty() && late && !ask.reasons_given) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "REASONS_MISSING",
                           "more than 72 hours after awareness: the reasons must be stated");
  }
  return absl::OkStatus();
}

}  // namespace

bool MayFollow(BreachState from, BreachState to) {
  if (from == to) return from != BreachState::kClosed;
  switch (from) {
    case BreachState::kDetected:
      return to == BreachState::kAssessing || to == BreachState::kNotifying;
    case BreachState::kAssessing:
      return to == BreachState::kNotNotifiable || to == BreachState::kNotifying ||
             IsNotification(to);
    case BreachState::kNotNotifiable:  // the assessment may prove wrong
      return to == BreachState::kAssessing || to == BreachState::kClosed;
    case BreachState::kNotifying:
      return IsNotification(to);
    case BreachState::kNotifiedPartial:
      return to == BreachState::kNotified;
    case BreachState::kNotified:
      return to == BreachState::kSubjectsInformed || to == BreachState::kClosed;
    case BreachState::kSubjectsInformed:
      return to == BreachState::kClosed;
    case BreachState::kClosed:
      return false;
  }
  return false;
}

absl::StatusOr<Changes> Decide(const RecordBreach& ask, const std::optional<Breach>& known,
                               absl::Time now) {
  Breach breach = ask.breach;
  const auto to = static_cast<BreachState>(breach.state);
  if (known) {
    if (!MayFollow(static_cast<BreachState>(known->state), to)) {
      return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "WRONG_STATE",
                             "that phase does not follow this one");
    }
    breach.aware_at = known->aware_at;
    breach.notified_at = known->notified_at;
    breach.partial = known->partial;
    breach.version = known->version;
  } else if (to != BreachState::kDetected && to != BreachState::kAssessing) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "WRONG_STATE",
                           "a breach begins detected or assessing");
  }
  const bool part = to == BreachState::kNotifiedPartial;
  if (IsNotification(to) && (!known || known->state != breach.state || part)) {
    RETURN_IF_ERROR(MayNotify(ask, breach, now));
    breach.notified_at.push_back(now);
    breach.partial.push_back(part ? 1 : 0);
  }
  ++breach.version;
  Changes changes;
  changes.notes.push_back(NoteBreachChanged{breach.id, breach.state, breach.aware_at});
  changes.reply = breach.id.ToString();
  changes.breach = std::move(breach);
  return changes;
}

}  // namespace varsam::requests
