// Objections (Art. 21) and the writes about them: RecordObjection, DecideObjection, Unsubscribe.
// Pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"

namespace varsam::consent {

inline constexpr size_t kObjectionPurposesMax = 100;
inline constexpr size_t kReasonsBytesMax = 8192;

struct Objection {
  Uuid id;
  SubjectId subject;
  std::string marketing_scope;        // all, email, phone; empty for Art. 21(1)
  std::vector<std::string> purposes;  // Art. 21(1): purposes, or the one word "all"
  absl::Time at;
  std::string outcome;  // upheld, rejected; empty while it is assessed
  std::optional<absl::Time> decided_at;
  std::string channel;
  uint64_t ledger_index = 0;  // of its latest entry
  bool operator==(const Objection&) const = default;
};

struct RecordObjection {
  SubjectId subject;
  std::string marketing_scope;
  std::vector<std::string> purposes;
  std::optional<absl::Time> at;  // now when absent
  std::string channel;
};
struct RecordObjectionFacts {
  std::vector<bool> purpose_known;  // one for each purpose of the ask
};
struct ObjectionOutcome {
  Objection objection;
  bool append = true;
  std::string sealed_reasons;  // of DecideObjection
};
// NOT_FOUND PURPOSE_UNKNOWN; INVALID_FIELD.
absl::StatusOr<ObjectionOutcome> Decide(const RecordObjection& ask,
                                        const RecordObjectionFacts& facts, absl::Time now,
                                        Uuid fresh);

// The outcome of the balancing under Art. 21(1). Rejecting needs compelling grounds in writing,
// which come sealed.
struct DecideObjection {
  Uuid objection;
  bool upheld = false;
  std::string sealed_reasons;
};
struct DecideObjectionFacts {
  std::optional<Objection> objection;
};
// NOT_FOUND OBJECTION_UNKNOWN; FAILED_PRECONDITION OBJECTION_NOT_ASSESSED (a marketing objection is
// absolute), OBJECTION_DECIDED; INVALID_FIELD.
absl::StatusOr<ObjectionOutcome> Decide(const DecideObjection& ask,
                                        const DecideObjectionFacts& facts, absl::Time now);

// A click in a mail: an objection to marketing by e-mail, or by every channel. A second click
// changes nothing, unless the person has consented in between.
struct Unsubscribe {
  SubjectId subject;
  bool every_channel = false;
};
struct UnsubscribeFacts {
  std::optional<Objection> latest;                // of that scope or wider
  std::optional<absl::Time> latest_consent_given;  // for any purpose
};
ObjectionOutcome Decide(const Unsubscribe& ask, const UnsubscribeFacts& facts, absl::Time now,
                        Uuid fresh);

}  // namespace varsam::consent
