// The cookie dialog: what a choice in it becomes, and when a browser may be asked again. Pure.
#pragma once

#include <optional>

#include "services/consent/domain/decision.h"

namespace varsam::consent {

// How a consent stands: the reason (kAllowConsent when valid), and what it rests on.
struct Standing {
  Reason reason = Reason::kNoConsent;
  std::optional<absl::Time> decided_at, expires_at;
  bool given = false;  // the deciding choice gave consent, whatever became of it
  Uuid deciding;       // nil: none
};

// A yes after an earlier yes renews it; a no to a standing yes takes it back; no answer is a
// request.
ConsentEventType ChoiceInBanner(const Standing& before, std::optional<bool> granted);

struct AskAgain {
  bool ask = true;
  std::optional<absl::Time> at;  // not before then, where that is known
};
// `gpc`: the browser's signal has answered for direct marketing.
AskAgain WhenToAsk(const Purpose& purpose, const Standing& standing, bool gpc,
                   calendar::Period after_refusal, absl::Time now);

}  // namespace varsam::consent
