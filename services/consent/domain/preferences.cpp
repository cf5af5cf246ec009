#include "services/consent/domain/preferences.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::consent {
namespace {

std::pair<std::string_view, std::string_view> KeyOf(const TopicPreference& one) {
  return {one.topic, one.channel};
}

absl::Status CheckTopics(const std::vector<TopicPreference>& topics,
                         const std::vector<std::string>& known) {
  if (topics.size() > kTopicsMax) {
    return InvalidField("preferences.topics",
                        absl::StrCat(topics.size(), ", want at most ", kTopicsMax));
  }
  for (size_t i = 0; i < topics.size(); ++i) {
    if (std::find(known.begin(), known.end(), topics[i].topic) == known.end()) {
      return ErrorWithReason(absl::StatusCode::kNotFound, "TOPIC_UNKNOWN",
                             absl::StrCat("preferences.topics[", i, "]: not in the policy"));
    }
    if (!topics[i].channel.empty() && topics[i].channel != "email" &&
        topics[i].channel != "phone") {
      return InvalidField(absl::StrCat("preferences.topics[", i, "].channel"),
                          "want email, phone or nothing");
    }
    for (size_t j = 0; j < i; ++j) {
      if (KeyOf(topics[j]) == KeyOf(topics[i])) {
        return InvalidField(absl::StrCat("preferences.topics[", i, "]"), "named twice");
      }
    }
  }
  return absl::OkStatus();
}

void Set(std::vector<TopicPreference>& topics, const TopicPreference& wanted, absl::Time now) {
  // The latest word about a topic counts (FORMAT 2.5), so a word is said again when another channel
  // of the topic says otherwise.
  const bool disputed = std::any_of(topics.begin(), topics.end(), [&](const TopicPreference& one) {
    return one.topic == wanted.topic && one.enabled != wanted.enabled;
  });
  const auto place = std::lower_bound(
      topics.begin(), topics.end(), KeyOf(wanted),
      [](const TopicPreference& one, const auto& key) { return KeyOf(one) < key; });
  if (place == topics.end() || KeyOf(*place) != KeyOf(wanted)) {
    topics.insert(place, {wanted.topic, wanted.enabled, now, wanted.channel});
  } else if (disputed) {
    *place = {wanted.topic, wanted.enabled, now, wanted.channel};
  }
}

}  // namespace

absl::StatusOr<UpdatePreferencesOutcome> Decide(const UpdatePreferences& ask,
                                                const UpdatePreferencesFacts& facts,
                                                absl::Time now) {
  if (ask.revision && *ask.revision != facts.current.revision) {
    return ErrorWithReason(absl::StatusCode::kAborted, "ETAG_MISMATCH",
                           "preferences.etag: they have changed since; read them again");
  }
  UpdatePreferencesOutcome outcome{facts.current};
  outcome.preferences.subject = ask.subject;
  if (ask.topics) {
    RETURN_IF_ERROR(CheckTopics(*ask.topics, facts.known_topics));
    for (const TopicPreference& topic : *ask.topics) Set(outcome.preferences.topics, topic, now);
  }
  if (ask.global_stop && (*ask.global_stop || outcome.preferences.global_stop)) {
    outcome.preferences.global_stop = *ask.global_stop;
    outcome.preferences.global_stop_at = now;
  }
  Preferences before = facts.current;
  before.subject = ask.subject;
  outcome.append = !(outcome.preferences == before);
  if (outcome.append) ++outcome.preferences.revision;
  return outcome;
}

absl::StatusOr<AddSuppressionOutcome> Decide(const AddSuppression& ask,
                                             const AddSuppressionFacts& facts, Uuid fresh) {
  if (ask.scope != "all" && ask.scope != "email" && ask.scope != "phone") {
    return InvalidField("scope", "want all, email or phone");
  }
  if (facts.existing) {
    return AddSuppressionOutcome{ask, *facts.existing, false, facts.existing_index};
  }
  return AddSuppressionOutcome{ask, fresh, true, 0};
}

absl::StatusOr<ReviewSuppressionOutcome> Decide(const ReviewSuppression& ask,
                                                const ReviewSuppressionFacts& facts,
                                                absl::Time now) {
  if (!facts.ledger_index) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "SUPPRESSION_UNKNOWN",
                           "suppression_id: no such suppression");
  }
  return ReviewSuppressionOutcome{ask.id, ask.keep, now, *facts.ledger_index};
}

}  // namespace varsam::consent
