// The two registers that gate purposes and processors: balancing tests and impact assessments (Art.
// 6(1)(f), 35), and processor agreements with what covers transfers (Art. 28, Chapter V).
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "services/subject_registry/domain/policy_model.h"

namespace varsam::registry {

// The numbers are those of varsam.registry.v1.AssessmentKind.
enum class AssessmentKind { kLegitimateInterest = 1, kImpact };

struct Assessment {
  AssessmentKind kind = AssessmentKind::kLegitimateInterest;
  std::string id;
  absl::Time approved_at;
  std::optional<absl::CivilDay> review_by;  // inclusive
  std::string approver, summary;
  bool operator==(const Assessment&) const = default;
};

struct RecordAssessment {
  Assessment assessment;
};
struct RecordAssessmentOutcome {
  Assessment assessment;
};
// NOT_FOUND UNKNOWN_ASSESSMENT unless the model names it; INVALID_FIELD for an approval in the
// future, one without approver, or a balancing test without review day.
absl::StatusOr<RecordAssessmentOutcome> Decide(const RecordAssessment& ask,
                                               const PolicyModel* policy, absl::Time now);

struct ProcessorAgreement {
  std::string processor;
  std::string status = "missing";  // missing, draft, signed
  std::optional<absl::CivilDay> signed_on, expires_on;
  std::string region = "eea";      // eea, third_country
  std::string transfer_mechanism;  // adequacy, scc, bcr, or empty
  std::optional<absl::CivilDay> transfer_valid_to;
  bool operator==(const ProcessorAgreement&) const = default;
};

struct RecordProcessorAgreement {
  ProcessorAgreement agreement;
};
struct RecordProcessorAgreementOutcome {
  ProcessorAgreement agreement;
};
// NOT_FOUND UNKNOWN_PROCESSOR; INVALID_FIELD.
absl::StatusOr<RecordProcessorAgreementOutcome> Decide(const RecordProcessorAgreement& ask,
                                                       const PolicyModel* policy);

// FAILED_PRECONDITION POLICY_MISSING when there is none.
absl::Status NeedsPolicy(const PolicyModel* policy);

}  // namespace varsam::registry
