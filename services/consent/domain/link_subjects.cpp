#include "services/consent/domain/link_subjects.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/consent/domain/record_consent.h"

namespace varsam::consent {

absl::StatusOr<LinkOutcome> Decide(const LinkSubjects& ask, const LinkSubjectsFacts& facts,
                                   absl::Time now, Uuid fresh) {
  if (ask.subject == ask.browser) {
    return InvalidField("browser_subject_id", "the person itself, want its browser");
  }
  if (ask.evidence_reference.empty()) {
    return InvalidField("evidence_reference", "missing, want what shows that the two are one");
  }
  if (ask.channel.size() > kTextBytesMax) return InvalidField("channel", "too long");
  if (ask.evidence_reference.size() > kTextBytesMax) {
    return InvalidField("evidence_reference",
                        absl::StrCat("want at most ", kTextBytesMax, " bytes"));
  }
  if (facts.standing || facts.browser_is_person || facts.person_is_browser) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "LINK_EXISTS",
                           "one of the two is linked already; undo that link first");
  }
  return LinkOutcome{{.id = fresh,
                      .subject = ask.subject,
                      .browser = ask.browser,
                      .at = now,
                      .channel = ask.channel,
                      .evidence_reference = ask.evidence_reference}};
}

absl::StatusOr<LinkOutcome> Decide(const UndoLink&, const UndoLinkFacts& facts, absl::Time now) {
  if (!facts.link) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "LINK_UNKNOWN", "link_id: no such link");
  }
  if (facts.link->undone_at) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "LINK_UNDONE",
                           "the link was undone before");
  }
  LinkOutcome outcome{*facts.link};
  outcome.link.undone_at = now;
  return outcome;
}

}  // namespace varsam::consent
