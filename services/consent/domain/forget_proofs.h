// The service's own records, under the policy's rule for proofs of consent (consent_proof): so long
// after a consent has ended its whole history of that purpose goes. Only where nothing is lost by
// it: of a purpose that rests on consent alone, since there no record denies as a "no" does, and an
// old "no" to what rests on something else stays. Pure.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/calendar/period.h"
#include "services/consent/domain/purpose.h"

namespace varsam::consent {

inline constexpr int kProofsPerTickMax = 200;

// The last lawful day is included.
bool ProofIsDue(absl::Time ended, calendar::Period keep, absl::Time now);
// May the proofs of this purpose go at all?
bool ProofsMayGo(const Purpose& purpose);

// All choices of one person for one purpose, none of them at or after `before`.
struct ProofHistory {
  SubjectId subject;
  std::string purpose;
  absl::Time ended;
};
// A place in the order in which choices end.
struct ProofPlace {
  absl::Time ends = absl::InfinitePast();
  Uuid consent;
  bool operator<(const ProofPlace& other) const {
    return std::tie(ends, consent) < std::tie(other.ends, other.consent);
  }
};
struct ForgetProofs {
  std::vector<ProofHistory> histories;
  absl::Time before;
};
struct ForgetProofsFacts {
  struct Found {
    std::vector<Uuid> consents;
    std::vector<uint64_t> ledger_indexes;
    bool newer = false;  // the person has acted since
  };
  std::vector<Found> each;  // one for each history
};
struct ForgetProofsOutcome {
  std::vector<ProofHistory> histories;
  absl::Time before;
  std::vector<Uuid> consents;
  std::vector<uint64_t> ledger_indexes;
};
ForgetProofsOutcome Decide(const ForgetProofs& ask, const ForgetProofsFacts& facts);

}  // namespace varsam::consent
