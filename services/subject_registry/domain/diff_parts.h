// The parts diff_policy.cpp is put together from; each adds its changes to the list.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "services/subject_registry/domain/diff_policy.h"

namespace varsam::registry {

using PolicyChanges = std::vector<PolicyChange>;

void DiffPurposes(const PolicyModel& before, const PolicyModel& after, PolicyChanges& changes);
// Who receives the data of a purpose, and in which countries.
void DiffRecipients(const PolicyModel& before, const PolicyModel& after, PolicyChanges& changes);
void DiffRetention(const PolicyModel& before, const PolicyModel& after, PolicyChanges& changes);

// Does `after` ever last longer than `before`? Absent means without end.
bool IsLonger(const std::optional<calendar::Period>& before,
              const std::optional<calendar::Period>& after);
std::string TextOf(const std::optional<calendar::Period>& period, const char* when_absent);
std::vector<PurposeId> AllPurposes(const PolicyModel& model);

template <typename Id>
std::string TextOf(const std::vector<Id>& ids) {
  return absl::StrJoin(ids, ", ",
                       [](std::string* out, const Id& id) { out->append(id.value()); });
}

// The entries of `from` that `other` has not.
template <typename T>
std::vector<T> Missing(const std::vector<T>& from, const std::vector<T>& other) {
  std::vector<T> missing;
  for (const T& value : from) {
    if (std::find(other.begin(), other.end(), value) == other.end()) missing.push_back(value);
  }
  return missing;
}

}  // namespace varsam::registry
