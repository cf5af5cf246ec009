// RecordConsent: one choice of a person for one purpose. Giving, refusing and withdrawing are the
// same call, so that none is harder (Art. 7(3)); only giving has conditions. Pure.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/consent/domain/recorded_consent.h"

namespace varsam::consent {

inline constexpr size_t kTextBytesMax = 256;  // each free text of a choice
inline constexpr size_t kConsentsBatchMax = 100;
inline constexpr absl::Duration kSnapshotLife = absl::Hours(24);
// The evidence of a choice that the browser's signal took part in.
inline constexpr std::string_view kGpcEvidence = "Sec-GPC: 1";

struct RecordConsent {
  SubjectId subject;
  PurposeId purpose;
  ConsentEventType choice = ConsentEventType::kRequested;
  Actor actor = Actor::kSubject;
  bool verified = false;
  std::string mechanism;
  NoticeRef notice;
  std::string recipient, channel, evidence_reference;
  std::optional<absl::Time> at;  // now when absent
  // Of a snapshot token; says which text was shown, in place of `notice`.
  std::optional<ShownNotice> shown;
  std::string ui_sha256;
  // The browser's own signal: stops direct marketing against a banner's choice (Art. 21(5)).
  bool gpc = false;
  // Double opt-in: the request must be such that a click can make it a consent.
  bool confirmation_wanted = false;
};

// Pointers live as long as `alive`.
struct RecordConsentFacts {
  std::shared_ptr<const void> alive;
  const Purpose* purpose = nullptr;     // as in force; null: no such purpose
  const ConsentTerms* terms = nullptr;  // with the purpose
  std::span<const Notice> notices;      // all that were ever published
};

struct RecordConsentOutcome {
  std::shared_ptr<const void> alive;
  RecordedConsent event;
  const ConsentTerms* terms = nullptr;
};

// NOT_FOUND PURPOSE_UNKNOWN, NOTICE_UNKNOWN; INVALID_ARGUMENT PURPOSE_NOT_CONSENT_BASED,
// MECHANISM_NOT_CONSENT, NOTICE_MISMATCH, SNAPSHOT_FOREIGN, INVALID_FIELD; FAILED_PRECONDITION
// NOTICE_STALE, SNAPSHOT_EXPIRED.
//
// Without a snapshot token only the version in force can be given consent on. With one it is the
// version that was served, unless a material change has taken effect since.
absl::StatusOr<RecordConsentOutcome> Decide(const RecordConsent& ask,
                                            const RecordConsentFacts& facts, absl::Time now,
                                            Uuid fresh);

// All or none: the first refusal refuses the batch, naming the place ("consents[3]").
struct BatchRecordConsents {
  std::vector<RecordConsent> consents;
  // The first choice of a browser that nobody has registered: it is introduced with it.
  std::optional<SubjectId> introduces;
};
struct BatchRecordConsentsFacts {
  std::vector<RecordConsentFacts> each;
};
struct BatchRecordConsentsOutcome {
  std::vector<RecordConsentOutcome> each;
  std::optional<SubjectId> introduces;
};
absl::StatusOr<BatchRecordConsentsOutcome> Decide(const BatchRecordConsents& ask,
                                                  const BatchRecordConsentsFacts& facts,
                                                  absl::Time now, std::span<const Uuid> fresh);

}  // namespace varsam::consent
