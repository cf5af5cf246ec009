#include "services/subject_registry/domain/assessments.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::registry {
namespace {

bool OneOf(const std::string& value, std::initializer_list<const char*> allowed) {
  for (const char* one : allowed) {
    if (value == one) return true;
  }
  return false;
}

}  // namespace

absl::Status NeedsPolicy(const PolicyModel* policy) {
  if (policy != nullptr) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "POLICY_MISSING",
                         "no policy is in force");
}

absl::StatusOr<RecordAssessmentOutcome> Decide(const RecordAssessment& ask,
                                               const PolicyModel* policy, absl::Time now) {
  RETURN_IF_ERROR(NeedsPolicy(policy));
  const Assessment& one = ask.assessment;
  const bool balancing = one.kind == AssessmentKind::kLegitimateInterest;
  const bool named = balancing ? FindById(policy->lias, LiaId(one.id)) != nullptr
                               : FindById(policy->dpias, DpiaId(one.id)) != nullptr;
  if (!named) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "UNKNOWN_ASSESSMENT",
                           absl::StrCat("assessment.id: ", one.id, " is not in the policy model"));
  }
  if (one.approver.empty()) return InvalidField("assessment.approver", "empty, want who approved");
  if (one.approved_at > now) return InvalidField("assessment.approved_at", "in the future");
  if (balancing && !one.review_by) {
    return InvalidField("assessment.review_by", "missing, want the last day of validity");
  }
  return RecordAssessmentOutcome{one};
}

absl::StatusOr<RecordProcessorAgreementOutcome> Decide(const RecordProcessorAgreement& ask,
                                                       const PolicyModel* policy) {
  RETURN_IF_ERROR(NeedsPolicy(policy));
  const ProcessorAgreement& one = ask.agreement;
  if (FindById(policy->processors, ProcessorId(one.processor)) == nullptr) {
    return ErrorWithReason(
        absl::StatusCode::kNotFound, "UNKNOWN_PROCESSOR",
        absl::StrCat("agreement.processor: ", one.processor, " is not in the policy model"));
  }
  if (!OneOf(one.status, {"missing", "draft", "signed"})) {
    return InvalidField("agreement.status", "want missing, draft or signed");
  }
  if (one.status == "signed" && !one.signed_on) {
    return InvalidField("agreement.signed_on", "missing, want the day of a signed agreement");
  }
  if (!OneOf(one.region, {"eea", "third_country"})) {
    return InvalidField("agreement.region", "want eea or third_country");
  }
  if (!OneOf(one.transfer_mechanism, {"", "adequacy", "scc", "bcr"})) {
    return InvalidField("agreement.transfer_mechanism", "want adequacy, scc, bcr or nothing");
  }
  return RecordProcessorAgreementOutcome{one};
}

}  // namespace varsam::registry
