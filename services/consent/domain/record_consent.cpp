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
      {"mechanism", &ask.mechanism},
      {"notice.notice_id", &ask.notice.id},
      {"notice.language", &ask.notice.language},
      {"notice.text_sha256", &ask.notice.text_sha256}};
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
  const bool binds = Gives(ask.choice) || ask.confirmation_wanted;
  if (!binds || CanGiveConsent(*mechanism)) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "MECHANISM_NOT_CONSENT",
                         "mechanism: no clear act of the person, so no consent");
}

// A text of a time before this platform: its address, no version of ours.
bool IsForeign(const RecordConsent& ask, const NoticeRef& notice) {
  return ask.actor == Actor::kImport && notice.version == 0 && notice.id.starts_with("https://");
}

bool IsSha256(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

absl::Status CheckShown(const RecordConsent& ask, absl::Time at, absl::Time now) {
  if (!ask.ui_sha256.empty() && !IsSha256(ask.ui_sha256)) {
    return InvalidField("ui_sha256", "want 64 hexadecimal digits in lower case");
  }
  if (!ask.shown) return absl::OkStatus();
  const ShownNotice& shown = *ask.shown;
  if (!shown.subject.IsNil() && shown.subject != ask.subject) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "SNAPSHOT_FOREIGN",
                           "snapshot_token: served to somebody else");
  }
  if (now > shown.valid_until) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_EXPIRED",
                           "snapshot_token: too old; show the text again");
  }
  if (ask.at && at < shown.shown_at) return InvalidField("at", "before the text was shown");
  if (!ask.notice.id.empty() && ask.notice != shown.notice) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "NOTICE_MISMATCH",
                           "notice: not the text that was served");
  }
  return absl::OkStatus();
}

// Has a material change of the text, or of what follows it, taken effect since it was served?
bool MateriallyChanged(const NoticeRef& shown, std::span<const Notice> notices, absl::Time at) {
  return std::any_of(notices.begin(), notices.end(), [&](const Notice& notice) {
    return notice.ref.id == shown.id && notice.ref.version > shown.version && notice.material &&
           notice.effective_at <= at;
  });
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

absl::Status CheckNotice(const RecordConsent& ask, std::span<const Notice> notices, absl::Time at) {
  const NoticeRef& shown = ask.shown ? ask.shown->notice : ask.notice;
  const bool binds = Gives(ask.choice) || ask.confirmation_wanted;
  if (shown.id.empty()) {
    // A stop needs no text; what others bring without one is kept and never proves a consent.
    if (!binds || ask.actor == Actor::kImport) return absl::OkStatus();
    return InvalidField("notice", "missing, want the text that was shown");
  }
  if (IsForeign(ask, shown)) return absl::OkStatus();
  const auto found = std::find_if(notices.begin(), notices.end(), [&](const Notice& notice) {
    return notice.ref.id == shown.id && notice.ref.version == shown.version &&
           notice.ref.language == shown.language;
  });
  if (found == notices.end()) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "NOTICE_UNKNOWN",
                           "notice: no such text, version and language");
  }
  if (found->ref.text_sha256 != shown.text_sha256) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "NOTICE_MISMATCH",
                           "notice.text_sha256: not the hash of that text");
  }
  if (std::find(found->purposes.begin(), found->purposes.end(), ask.purpose.value()) ==
      found->purposes.end()) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "NOTICE_MISMATCH",
                           "notice: the text is not about this purpose");
  }
  const bool stale =
      ask.shown ? MateriallyChanged(shown, notices, at) : InForce(shown, notices, at) != &*found;
  if (binds && stale) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "NOTICE_STALE",
                           "notice: another version is in force; show that one");
  }
  return absl::OkStatus();
}

// A banner's "accept all" does not speak against what the browser tells every site for the person.
ConsentEventType TypeOf(const RecordConsent& ask, const Purpose& purpose) {
  const bool stopped =
      ask.gpc && purpose.direct_marketing && Gives(ask.choice) && ask.mechanism == "banner_choice";
  return stopped ? ConsentEventType::kRefused : ask.choice;
}

}  // namespace

absl::StatusOr<RecordConsentOutcome> Decide(const RecordConsent& ask,
                                            const RecordConsentFacts& facts, absl::Time now,
                                            Uuid fresh) {
  const absl::Time at = ask.at.value_or(now);
  if (at > now) return InvalidField("at", "in the future");
  RETURN_IF_ERROR(CheckTexts(ask));
  RETURN_IF_ERROR(CheckShown(ask, at, now));
  RETURN_IF_ERROR(CheckPurpose(ask, facts.purpose));
  RETURN_IF_ERROR(CheckMechanism(ask));
  if (ask.choice == ConsentEventType::kInvalidated && ask.actor == Actor::kSubject) {
    return InvalidField("actor", "only the controller invalidates a consent");
  }
  if (ask.confirmation_wanted &&
      (ask.choice != ConsentEventType::kRequested || ask.actor != Actor::kSubject)) {
    return InvalidField("confirmation_wanted", "only a person's own request can be confirmed");
  }
  RETURN_IF_ERROR(CheckNotice(ask, facts.notices, at));
  RecordConsentOutcome outcome;
  outcome.alive = facts.alive;
  outcome.terms = facts.terms;
  outcome.event = {.id = fresh,
                   .subject = ask.subject,
                   .purpose = ask.purpose,
                   .type = TypeOf(ask, *facts.purpose),
                   .at = at,
                   .recorded_at = now,
                   .actor = ask.actor,
                   .verified = ask.verified,
                   .mechanism = ask.mechanism,
                   .notice = ask.shown ? ask.shown->notice : ask.notice,
                   .recipient = ask.recipient,
                   .channel = ask.channel,
                   .evidence_reference = ask.evidence_reference,
                   .ui_sha256 = ask.shown ? ask.shown->ui_sha256 : ask.ui_sha256,
                   .gpc = ask.gpc};
  if (ask.shown) outcome.event.shown_at = ask.shown->shown_at;
  if (ask.gpc && ask.evidence_reference.empty()) {
    outcome.event.evidence_reference = std::string(kGpcEvidence);
  }
  if (Gives(outcome.event.type) && facts.purpose->valid) {
    outcome.event.expires_at = calendar::AddPeriod(at, *facts.purpose->valid);
  }
  return outcome;
}

absl::StatusOr<BatchRecordConsentsOutcome> Decide(const BatchRecordConsents& ask,
                                                  const BatchRecordConsentsFacts& facts,
                                                  absl::Time now, std::span<const Uuid> fresh) {
  VARSAM_CHECK(facts.each.size() == ask.consents.size() && fresh.size() == ask.consents.size());
  BatchRecordConsentsOutcome outcome{.each = {}, .introduces = ask.introduces};
  for (size_t i = 0; i < ask.consents.size(); ++i) {
    absl::StatusOr<RecordConsentOutcome> one =
        Decide(ask.consents[i], facts.each[i], now, fresh[i]);
    if (!one.ok()) {
      absl::Status refused =
          ErrorWithReason(one.status().code(), varsam::ReasonOf(one.status()),
                          absl::StrCat("consents[", i, "]: ", one.status().message()));
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
