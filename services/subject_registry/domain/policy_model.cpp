#include "services/subject_registry/domain/policy_model.h"

namespace varsam::registry {

bool RetentionRule::IsTerminator() const { return keep && keep->count == 0; }

const char* NameOf(Basis basis) {
  switch (basis) {
    case Basis::kConsent: return "consent";
    case Basis::kContract: return "contract";
    case Basis::kLegalObligation: return "legal_obligation";
    case Basis::kLegitimateInterest: return "legitimate_interest";
    case Basis::kStrictlyNecessary: return "strictly_necessary";
  }
  return "";
}

const char* NameOf(Sensitivity sensitivity) {
  switch (sensitivity) {
    case Sensitivity::kNormal: return "normal";
    case Sensitivity::kHigh: return "high";
    case Sensitivity::kNationalId: return "national_id";
    case Sensitivity::kLocation: return "location";
    case Sensitivity::kSpecialRisk: return "special_risk";
  }
  return "";
}

const char* NameOf(Origin origin) {
  switch (origin) {
    case Origin::kUnstated: return "";
    case Origin::kPolicy: return "P";
    case Origin::kLaw: return "L";
    case Origin::kDefault: return "D";
  }
  return "";
}

const char* NameOf(RuleKind kind) { return kind == RuleKind::kMay ? "may" : "must"; }

}  // namespace varsam::registry
