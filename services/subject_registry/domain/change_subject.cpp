#include "services/subject_registry/domain/change_subject.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/subject_registry/domain/assessments.h"

namespace varsam::registry {
namespace {

// Lower is more protective: a person who may be private is treated as private.
int Exposure(Capacity capacity) { return capacity == Capacity::kLegalPersonRepresentative ? 1 : 0; }

template <typename T, typename Same>
void Join(std::vector<T>& to, const std::vector<T>& from, Same same) {
  for (const T& one : from) {
    if (std::none_of(to.begin(), to.end(), [&](const T& other) { return same(one, other); })) {
      to.push_back(one);
    }
  }
}

absl::Status CheckCategories(const std::vector<std::string>& categories,
                             const PolicyModel& policy) {
  if (categories.empty()) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "UNCLASSIFIED_SUBJECT",
                           "subject.categories: empty, want at least one");
  }
  for (const std::string& category : categories) {
    if (FindById(policy.subject_categories, SubjectCategoryId(category)) == nullptr) {
      return InvalidField("subject.categories",
                          absl::StrCat(category, " is not in the policy model"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status NeedsLiving(const std::optional<Subject>& subject) {
  if (subject && !subject->erased_at && !subject->merged_into) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kNotFound, "SUBJECT_UNKNOWN", "no such subject");
}

absl::StatusOr<UpdateSubjectOutcome> Decide(const UpdateSubject& ask, const SubjectFacts& facts,
                                            absl::Time now) {
  RETURN_IF_ERROR(NeedsPolicy(facts.policy));
  RETURN_IF_ERROR(NeedsLiving(facts.subject));
  if (ask.revision != facts.subject->revision) {
    return ErrorWithReason(absl::StatusCode::kAborted, "ETAG_MISMATCH",
                           "subject.etag: the subject has changed since it was read");
  }
  UpdateSubjectOutcome outcome{*facts.subject, now};
  if (ask.categories) {
    RETURN_IF_ERROR(CheckCategories(*ask.categories, *facts.policy));
    outcome.subject.categories = *ask.categories;
  }
  if (ask.capacity) outcome.subject.capacity = *ask.capacity;
  if (ask.soft_opt_in) outcome.subject.soft_opt_in = *ask.soft_opt_in;
  if (ask.language) outcome.subject.language = *ask.language;
  ++outcome.subject.revision;
  return outcome;
}

absl::StatusOr<RecordRelationshipOutcome> Decide(const RecordRelationship& ask,
                                                 const SubjectFacts& facts, absl::Time now,
                                                 Uuid fresh) {
  RETURN_IF_ERROR(NeedsPolicy(facts.policy));
  RETURN_IF_ERROR(NeedsLiving(facts.subject));
  if (ask.relationship.to && *ask.relationship.to < ask.relationship.from) {
    return InvalidField("relationship.to", "before relationship.from");
  }
  for (const std::string& purpose : ask.relationship.purposes) {
    if (FindById(facts.policy->purposes, PurposeId(purpose)) == nullptr) {
      return InvalidField("relationship.purposes",
                          absl::StrCat(purpose, " is not in the policy model"));
    }
  }
  RecordRelationshipOutcome outcome{*facts.subject, ask.relationship, now};
  ++outcome.subject.revision;
  if (ask.relationship.id.IsNil()) {
    outcome.relationship.id = RelationshipId(fresh);
    outcome.subject.relationships.push_back(outcome.relationship);
    return outcome;
  }
  for (Relationship& known : outcome.subject.relationships) {
    if (known.id != ask.relationship.id) continue;
    known = ask.relationship;
    return outcome;
  }
  return ErrorWithReason(absl::StatusCode::kNotFound, "RELATIONSHIP_UNKNOWN",
                         "relationship.id: the subject has no such relationship");
}

absl::StatusOr<MergeSubjectsOutcome> Decide(const MergeSubjects& ask, const SubjectFacts& facts,
                                            absl::Time now) {
  RETURN_IF_ERROR(NeedsLiving(facts.subject));
  RETURN_IF_ERROR(NeedsLiving(facts.other));
  if (ask.survivor == ask.merged) {
    return InvalidField("merged_subject_id", "the same person as subject_id");
  }
  MergeSubjectsOutcome outcome{*facts.subject, *facts.other, now};
  Subject& stays = outcome.survivor;
  Subject& goes = outcome.merged;
  Join(stays.categories, goes.categories, std::equal_to<std::string>());
  if (Exposure(goes.capacity) < Exposure(stays.capacity)) stays.capacity = goes.capacity;
  stays.soft_opt_in.obtained_in_sale &= goes.soft_opt_in.obtained_in_sale;
  stays.soft_opt_in.own_similar_services &= goes.soft_opt_in.own_similar_services;
  stays.soft_opt_in.opt_out_offered_each_time &= goes.soft_opt_in.opt_out_offered_each_time;
  Join(stays.sources, goes.sources,
       [](const SubjectSource& a, const SubjectSource& b) { return a.source == b.source; });
  Join(stays.relationships, goes.relationships,
       [](const Relationship& a, const Relationship& b) { return a.id == b.id; });
  goes.merged_into = stays.id;
  goes.relationships.clear();
  goes.sources.clear();
  ++stays.revision;
  ++goes.revision;
  return outcome;
}

absl::StatusOr<RecordDisclosureOutcome> Decide(const RecordDisclosure& ask,
                                               const SubjectFacts& facts, absl::Time now,
                                               Uuid fresh) {
  RETURN_IF_ERROR(NeedsLiving(facts.subject));
  RecordDisclosureOutcome outcome{ask.disclosure};
  if (ask.disclosure.recipient.empty()) return InvalidField("disclosure.recipient", "empty");
  if (ask.disclosure.at > now) return InvalidField("disclosure.disclosed_at", "in the future");
  if (ask.disclosure.at == absl::InfinitePast()) outcome.disclosure.at = now;
  outcome.disclosure.id = DisclosureId(fresh);
  return outcome;
}

absl::StatusOr<EraseSubjectOutcome> Decide(const EraseSubject& ask, const SubjectFacts& facts,
                                           absl::Time now) {
  if (!facts.subject) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "SUBJECT_UNKNOWN", "no such subject");
  }
  EraseSubjectOutcome outcome{*facts.subject, {}, ask.case_id};
  if (facts.subject->erased_at) return outcome;
  outcome.append = true;
  outcome.subject.erased_at = now;
  outcome.subject.sealed_name.clear();
  outcome.suppressed = std::exchange(outcome.subject.identifiers, {});
  outcome.subject.sources.clear();
  outcome.subject.relationships.clear();
  ++outcome.subject.revision;
  return outcome;
}

}  // namespace varsam::registry
