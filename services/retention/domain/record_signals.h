// What systems tell of their records. Duplicates and disorder are harmless: of two readings of a
// field the later one counts, of events the latest; what comes again after a disposal counts only
// when it was read after it. Pure.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "services/retention/domain/catalogue.h"
#include "services/retention/domain/heard.h"
#include "services/retention/domain/records.h"
#include "services/retention/domain/standing.h"

namespace varsam::retention {

struct Signal {
  SubjectId subject;
  std::string system, record_key;
  std::vector<std::string> data_categories, subject_categories;
  Flags flags;
  std::vector<HeldPurpose> purposes;
  // Absent: the system does not say; then since its first event or first reading.
  std::optional<absl::Time> collected_at;
  std::vector<SeenEvent> events;
  bool claims_need_recorded = false;
  std::optional<absl::Time> observed_at;
};

struct RecordSignals {
  std::vector<Signal> signals;
};

using People = std::map<SubjectId, PersonRecords>;

// What decisions about people know: those named, and whom they were merged into.
struct PeopleFacts {
  std::shared_ptr<const Catalogue> catalogue;  // null while no policy was applied
  People people;
};

struct RecordSignalsOutcome {
  std::vector<PersonRecords> changed;
  std::vector<std::pair<std::string, uint32_t>> records_by_system;
  std::vector<PersonLimits> limits;  // of those whose limits have changed
  uint32_t recorded = 0;             // signals
  bool news = false;                 // else no more is saved than that they were heard
  HeardAt heard;
};

// FAILED_PRECONDITION POLICY_MISSING before the first policy.
absl::StatusOr<RecordSignalsOutcome> Decide(const RecordSignals& ask, const PeopleFacts& facts,
                                            absl::Time now);

// Puts one signal into its person's fields; false when nothing in it was news.
bool MergeSignal(const Signal& signal, absl::Time now, PersonRecords& records);

// The person as it stands or, when unknown, a new one; follows a merge.
PersonRecords& PersonIn(People& people, const SubjectId& subject);

absl::Status NeedsPolicy(const Catalogue* catalogue);

}  // namespace varsam::retention
