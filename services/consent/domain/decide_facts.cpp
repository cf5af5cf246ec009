#include "services/consent/domain/decide_facts.h"

namespace varsam::consent {
namespace {

constexpr std::string_view kNames[kFactCount] = {
    "purpose_window", "dpia",          "erased_at",         "restrictions",  "retention",
    "holds",          "objections",    "topic_choices",     "party_to_contract", "li_objections",
    "source",         "consent_events", "notice_changes",   "contacts",      "soft_opt_in",
    "lia",            "contract",      "vendor",
};

}  // namespace

std::string_view NameOf(Fact fact) { return kNames[static_cast<int>(fact)]; }

std::optional<Fact> FactOf(std::string_view name) {
  for (int i = 0; i < kFactCount; ++i) {
    if (kNames[i] == name) return static_cast<Fact>(i);
  }
  return std::nullopt;
}

bool CanGiveConsent(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::kUntickedBox:
    case Mechanism::kButton:
    case Mechanism::kBannerChoice:
    case Mechanism::kPortalSwitch:
    case Mechanism::kSignedForm:
      return true;
    case Mechanism::kContinuedUse:
    case Mechanism::kScroll:
    case Mechanism::kSilence:
    case Mechanism::kPreticked:
    case Mechanism::kEmailReceived:
    case Mechanism::kBrowserSetting:
    case Mechanism::kBundledTerms:
    case Mechanism::kConditionOfService:
    case Mechanism::kUnstated:
      return false;
  }
  return false;
}

}  // namespace varsam::consent
