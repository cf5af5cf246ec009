#include "services/consent/domain/objection.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace varsam::consent {

absl::StatusOr<ObjectionOutcome> Decide(const RecordObjection& ask,
                                        const RecordObjectionFacts& facts, absl::Time now,
                                        Uuid fresh) {
  const absl::Time at = ask.at.value_or(now);
  if (at > now) return InvalidField("at", "in the future");
  if (ask.marketing_scope.empty() == ask.purposes.empty()) {
    return InvalidField("marketing_scope", "want either a marketing scope or purposes");
  }
  if (!ask.marketing_scope.empty() && ask.marketing_scope != "all" &&
      ask.marketing_scope != "email" && ask.marketing_scope != "phone") {
    return InvalidField("marketing_scope", "want all, email or phone");
  }
  if (ask.purposes.size() > kObjectionPurposesMax) {
    return InvalidField("purposes", absl::StrCat(ask.purposes.size(), ", want at most ",
                                                 kObjectionPurposesMax));
  }
  if (ask.channel.size() > 64) return InvalidField("channel", "longer than 64 bytes");
  for (size_t i = 0; i < ask.purposes.size(); ++i) {
    if (ask.purposes[i] == "all" || facts.purpose_known[i]) continue;
    return ErrorWithReason(absl::StatusCode::kNotFound, "PURPOSE_UNKNOWN",
                           absl::StrCat("purposes[", i, "]: not in the policy"));
  }
  return ObjectionOutcome{{.id = fresh,
                           .subject = ask.subject,
                           .marketing_scope = ask.marketing_scope,
                           .purposes = ask.purposes,
                           .at = at,
                           .channel = ask.channel}};
}

absl::StatusOr<ObjectionOutcome> Decide(const DecideObjection& ask,
                                        const DecideObjectionFacts& facts, absl::Time now) {
  if (!facts.objection) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "OBJECTION_UNKNOWN",
                           "objection_id: no such objection");
  }
  if (!facts.objection->marketing_scope.empty()) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "OBJECTION_NOT_ASSESSED",
                           "an objection to direct marketing is absolute");
  }
  if (!facts.objection->outcome.empty()) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "OBJECTION_DECIDED",
                           absl::StrCat("the objection is already ", facts.objection->outcome));
  }
  if (!ask.upheld && ask.sealed_reasons.empty()) {
    return InvalidField("reasons", "missing, rejecting needs compelling grounds");
  }
  ObjectionOutcome outcome{*facts.objection};
  outcome.objection.outcome = ask.upheld ? "upheld" : "rejected";
  outcome.objection.decided_at = now;
  outcome.sealed_reasons = ask.sealed_reasons;
  return outcome;
}

ObjectionOutcome Decide(const Unsubscribe& ask, const UnsubscribeFacts& facts, absl::Time now,
                        Uuid fresh) {
  const bool consented_since =
      facts.latest && facts.latest_consent_given && *facts.latest_consent_given > facts.latest->at;
  if (facts.latest && !consented_since) return {*facts.latest, false};
  return {{.id = fresh,
           .subject = ask.subject,
           .marketing_scope = ask.every_channel ? "all" : "email",
           .at = now,
           .channel = "unsubscribe_link"}};
}

}  // namespace varsam::consent
