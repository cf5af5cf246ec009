#include "services/consent/domain/banner.h"

#include "libs/calendar/stockholm.h"

namespace varsam::consent {

ConsentEventType ChoiceInBanner(const Standing& before, std::optional<bool> granted) {
  if (!granted) return ConsentEventType::kRequested;
  if (*granted) return before.given ? ConsentEventType::kRenewed : ConsentEventType::kGiven;
  return before.reason == Reason::kAllowConsent ? ConsentEventType::kWithdrawn
                                                : ConsentEventType::kRefused;
}

AskAgain WhenToAsk(const Purpose& purpose, const Standing& standing, bool gpc,
                   calendar::Period after_refusal, absl::Time now) {
  if (standing.reason == Reason::kAllowConsent) return {false, standing.expires_at};
  if (gpc && purpose.direct_marketing) return {false, std::nullopt};
  const bool said_no = standing.reason == Reason::kConsentRefused ||
                       standing.reason == Reason::kConsentWithdrawn;
  if (!said_no || !standing.decided_at) return {};
  const absl::Time again = calendar::AddPeriod(*standing.decided_at, after_refusal);
  return {now >= again, again};
}

}  // namespace varsam::consent
