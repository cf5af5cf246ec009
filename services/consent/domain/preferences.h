// UpdatePreferences: topics and the one stop over all marketing. AddSuppression: an address that
// may not be approached, known only by its keyed hash. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"

namespace varsam::consent {

inline constexpr size_t kTopicsMax = 100;
inline constexpr size_t kTopicBytesMax = 64;

struct TopicPreference {
  std::string topic;
  bool enabled = false;
  absl::Time at;
  std::string channel;  // email, phone; empty: every channel
  bool operator==(const TopicPreference&) const = default;
};

struct Preferences {
  SubjectId subject;
  std::vector<TopicPreference> topics;  // by name and channel
  bool global_stop = false;
  // When the stop was last asked for or taken back. Asking again moves it, so that it stands over
  // a consent given since.
  std::optional<absl::Time> global_stop_at;
  int64_t revision = 0;  // etag; 0: never set
  bool operator==(const Preferences&) const = default;
};

struct UpdatePreferences {
  SubjectId subject;
  std::optional<std::vector<TopicPreference>> topics;  // `at` is set here
  std::optional<bool> global_stop;
  std::optional<int64_t> revision;  // what the caller has read; absent: whatever stands there
};
struct UpdatePreferencesFacts {
  Preferences current;
  std::vector<std::string> known_topics;  // of all purposes in force
};
struct UpdatePreferencesOutcome {
  Preferences preferences;
  bool append = true;
};
// ABORTED ETAG_MISMATCH; NOT_FOUND TOPIC_UNKNOWN; INVALID_FIELD. Topics that are not named stay.
absl::StatusOr<UpdatePreferencesOutcome> Decide(const UpdatePreferences& ask,
                                                const UpdatePreferencesFacts& facts,
                                                absl::Time now);

struct AddSuppression {
  int identifier_type = 0;
  std::string address_hash;  // blind index
  std::string scope;         // all, email, phone
};
struct AddSuppressionFacts {
  std::optional<Uuid> existing;
  uint64_t existing_index = 0;
};
struct AddSuppressionOutcome {
  AddSuppression suppression;
  Uuid id;
  bool append = true;
  uint64_t existing_index = 0;
};
// The need of a suppressed address is looked at again (rule suppression_entry). What is not needed
// any more goes.
struct ReviewSuppression {
  Uuid id;
  bool keep = true;
};
struct ReviewSuppressionFacts {
  std::optional<uint64_t> ledger_index;  // of the suppression; absent: none
};
struct ReviewSuppressionOutcome {
  Uuid id;
  bool keep = true;
  absl::Time at;
  uint64_t ledger_index = 0;
};
// NOT_FOUND SUPPRESSION_UNKNOWN.
absl::StatusOr<ReviewSuppressionOutcome> Decide(const ReviewSuppression& ask,
                                                const ReviewSuppressionFacts& facts,
                                                absl::Time now);

absl::StatusOr<AddSuppressionOutcome> Decide(const AddSuppression& ask,
                                             const AddSuppressionFacts& facts, Uuid fresh);

}  // namespace varsam::consent
