#include "services/consent/domain/recorded_consent.h"

#include <utility>

namespace varsam::consent {

std::optional<Mechanism> MechanismOf(std::string_view name) {
  static constexpr std::pair<std::string_view, Mechanism> kNames[] = {
      {"unticked_box", Mechanism::kUntickedBox},
      {"button", Mechanism::kButton},
      {"banner_choice", Mechanism::kBannerChoice},
      {"portal_switch", Mechanism::kPortalSwitch},
      {"signed_form", Mechanism::kSignedForm},
      {"continued_use", Mechanism::kContinuedUse},
      {"scroll", Mechanism::kScroll},
      {"silence", Mechanism::kSilence},
      {"preticked", Mechanism::kPreticked},
      {"email_received", Mechanism::kEmailReceived},
      {"browser_setting", Mechanism::kBrowserSetting},
      {"bundled_terms", Mechanism::kBundledTerms},
      {"condition_of_service", Mechanism::kConditionOfService},
      {"", Mechanism::kUnstated},
  };
  for (const auto& [text, mechanism] : kNames) {
    if (text == name) return mechanism;
  }
  return std::nullopt;
}

}  // namespace varsam::consent
