// Which browsers count as whose, over time. Small beside the decision table: a decision looks here
// only once any link was ever made. Safe from every thread.
#pragma once

#include <atomic>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "services/consent/domain/link_subjects.h"

namespace varsam::consent {

class Links {
 public:
  struct Partner {
    SubjectId subject;
    absl::Time since;
  };
  bool any() const { return any_.load(std::memory_order_acquire); }
  void Apply(const SubjectLink& link, absl::Time recorded_at);
  // Everybody else who was the same person at `at`, as known at `known`: the browser's person, and
  // that person's other browsers.
  std::vector<Partner> PartnersOf(SubjectId subject, absl::Time at, absl::Time known) const;
  // Everybody whose answers a choice of `subject` may change, or once could.
  std::vector<SubjectId> Touched(SubjectId subject) const;

 private:
  struct Known {
    SubjectLink link;
    absl::Time recorded_at;
    std::optional<absl::Time> undo_recorded_at;
  };
  static bool Holds(const Known& one, absl::Time at, absl::Time known);

  std::atomic<bool> any_{false};
  mutable absl::Mutex mutex_;
  std::vector<Known> links_;
  absl::flat_hash_map<SubjectId, std::vector<size_t>> of_;  // of both ends
};

}  // namespace varsam::consent
