#include "services/consent/domain/preferences.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::consent {
namespace {

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
    for (size_t j = 0; j < i; ++j) {
      if (topics[j].topic == topics[i].topic) {
        return InvalidField(absl::StrCat("preferences.topics[", i, "]"), "named twice");
      }
    }
  }
  return absl::OkStatus();
}

void Set(std::vector<TopicPreference>& topics, const TopicPreference& wanted, absl::Time now) {
  const auto place = std::lower_bound(
      topics.begin(), topics.end(), wanted.topic,
      [](const TopicPreference& one, const std::string& topic) { return one.topic < topic; });
  if (place == topics.end() || place->topic != wanted.topic) {
    topics.insert(place, {wanted.topic, wanted.enabled, now});
  } else if (place->enabled != wanted.enabled) {
    *place = {wanted.topic, wanted.enabled, now};
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
  if (ask.global_stop) outcome.preferences.global_stop = *ask.global_stop;
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

}  // namespace varsam::consent
