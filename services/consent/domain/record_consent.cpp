#include "services/consent/domain/record_consent.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/calendar/stockholm.h"

namespace varsam::consent {
namespace {

bool Gives(ConsentEventType choice) {
  return choice == ConsentEventType::kGiven || choice == ConsentEventType::kRenewed;
}

absl::Status CheckTexts(const RecordConsent& ask) {
  const std::pair<const char*, const std::string*> texts[] = {
      {"recipient", &ask.recipient},
      {"channel", &ask.channel},
      {"evidence_reference", &ask.evidence_reference},
      {"notice.notice_id", &ask.notice.id}};
  for (const auto& [field, text] : texts) {
    if (text->size() > kTextBytesMax) {
      return InvalidField(field,
                          absl::StrCat(text->size(), " bytes, want at most ", kTextBytesMax));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPurpose(const RecordConsent& ask, const Purpose* purpose) {
  if (purpose == nullptr) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "PURPOSE_UNKNOWN",
                           "purpose: not in the policy in force");
  }
  if (purpose->basis != Basis::kConsent && !purpose->email_marketing) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "PURPOSE_NOT_CONSENT_BASED",
                           "purpose: does not rest on consent");
  }
  if (!purpose->per_recipient && !ask.recipient.empty()) {
    return InvalidField("recipient", "the purpose takes no consent by recipient");
  }
  if (purpose->per_recipient && ask.recipient.empty() && Gives(ask.choice)) {
    return InvalidField("recipient", "missing, the purpose needs one consent for each recipient");
  }
  return absl::OkStatus();
}

absl::Status CheckMechanism(const RecordConsent& ask) {
  const std::optional<Mechanism> mechanism = MechanismOf(ask.mechanism);
  if (!mechanism) return InvalidField("mechanism", "not a known one");
  if (!Gives(ask.choice) || CanGiveConsent(*mechanism)) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "MECHANISM_NOT_CONSENT",
                         "mechanism: no clear act of the person, so no consent");
}

const Notice* InForce(const NoticeRef& ref, std::span<const Notice> notices, absl::Time at) {
  const Notice* latest = nullptr;
  for (const Notice& notice : notices) {
    if (notice.ref.id != ref.id || notice.ref.language != ref.language) continue;
    if (notice.effective_at > at) continue;
    if (latest == nullptr || notice.ref.version > latest->ref.version) latest = &notice;
  }
  return latest;
}

absl::Status CheckNotice(const RecordConsent& ask, std::span<const Notice> notices,
                         absl::Time at) {
  if (ask.notice.id.empty()) {
    // A stop needs no text; what others bring without one is kept and never proves a consent.
    if (!Gives(ask.choice) || ask.actor == Actor::kImport) return absl::OkStatus();
    return InvalidField("notice", "missing, want the text that was shown");
  }
  const auto found = std::find_if(notices.begin(), notices.end(), [&](const Notice& notice) {
    return notice.ref.id == ask.notice.id && notice.ref.version == ask.notice.version &&
           notice.ref.language == ask.notice.language;
  });
  if (found == notices.end()) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "NOTICE_UNKNOWN",
                           "notice: no such text, version and language");
  }
  if (found->ref.text_sha256 != ask.notice.text_sha256) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "NOTICE_MISMATCH",
                           "notice.text_sha256: not the hash of that text");
  }
  if (std::find(found->purposes.begin(), found->purposes.end(), ask.purpose.value()) ==
      found->purposes.end()) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "NOTICE_MISMATCH",
                           "notice: the text is not about this purpose");
  }
  if (Gives(ask.choice) && InForce(ask.notice, notices, at) != &*found) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "NOTICE_STALE",
                           "notice: another version is in force; show that one");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RecordConsentOutcome> Decide(const RecordConsent& ask,
                                            const RecordConsentFacts& facts, absl::Time now,
                                            Uuid fresh) {
  const absl::Time at = ask.at.value_or(now);
  if (at > now) return InvalidField("at", "in the future");
  RETURN_IF_ERROR(CheckTexts(ask));
  RETURN_IF_ERROR(CheckPurpose(ask, facts.purpose));
  RETURN_IF_ERROR(CheckMechanism(ask));
  if (ask.choice == ConsentEventType::kInvalidated && ask.actor == Actor::kSubject) {
    return InvalidField("actor", "only the controller invalidates a consent");
  }
  RETURN_IF_ERROR(CheckNotice(ask, facts.notices, at));
  RecordConsentOutcome outcome;
  outcome.alive = facts.alive;
  outcome.terms = facts.terms;
  outcome.event = {.id = fresh,
                   .subject = ask.subject,
                   .purpose = ask.purpose,
                   .type = ask.choice,
                   .at = at,
                   .recorded_at = now,
                   .actor = ask.actor,
                   .verified = ask.verified,
                   .mechanism = ask.mechanism,
                   .notice = ask.notice,
                   .recipient = ask.recipient,
                   .channel = ask.channel,
                   .evidence_reference = ask.evidence_reference};
  if (Gives(ask.choice) && facts.purpose->valid) {
    outcome.event.expires_at = calendar::AddPeriod(at, *facts.purpose->valid);
  }
  return outcome;
}

absl::StatusOr<BatchRecordConsentsOutcome> Decide(const BatchRecordConsents& ask,
                                                  const BatchRecordConsentsFacts& facts,
                                                  absl::Time now, std::span<const Uuid> fresh) {
  VARSAM_CHECK(facts.each.size() == ask.consents.size() && fresh.size() == ask.consents.size());
  BatchRecordConsentsOutcome outcome;
  for (size_t i = 0; i < ask.consents.size(); ++i) {
    absl::StatusOr<RecordConsentOutcome> one =
        Decide(ask.consents[i], facts.each[i], now, fresh[i]);
    if (!one.ok()) {
      absl::Status refused = ErrorWithReason(one.status().code(), varsam::ReasonOf(one.status()),
                                             absl::StrCat("consents[", i, "]: ",
                                                          one.status().message()));
      std::vector<FieldViolation> fields = FieldViolationsOf(one.status());
      for (FieldViolation& field : fields) {
        field.field = absl::StrCat("consents[", i, "].", field.field);
      }
      if (!fields.empty()) SetFieldViolations(refused, fields);
      return refused;
    }
    outcome.each.push_back(*std::move(one));
  }
  return outcome;
}

}  // namespace varsam::consent
