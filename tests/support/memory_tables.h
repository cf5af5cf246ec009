// What the memory twins of the stores share. A Save is staged until Commit, and one that breaks a
// rule of the tables refuses the whole commit, as a transaction of PostgreSQL does. The pg::Tx and
// pg::Connection of the interfaces are not looked at. One thread.
#pragma once

#include <utility>

#include "absl/status/status.h"
#include "libs/base/error.h"

namespace varsam::testing {

// Tables: a copyable struct of containers.
template <typename Tables>
class MemoryTables {
 public:
  // The first refusal of a Save since the last commit: then nothing of them all stays.
  absl::Status Commit() {
    if (refused_.ok()) committed_ = staged_;
    staged_ = committed_;
    return std::exchange(refused_, absl::OkStatus());
  }
  void Rollback() {
    staged_ = committed_;
    refused_ = absl::OkStatus();
  }

 protected:
  ~MemoryTables() = default;
  const Tables& committed() const { return committed_; }
  Tables& staged() { return staged_; }

  // Inserts into a map of the staged tables; a key that is there refuses the commit.
  template <typename Map>
  void InsertNew(Map& map, typename Map::key_type key, typename Map::mapped_type value) {
    if (map.emplace(std::move(key), std::move(value)).second) return;
    Refuse(
        ErrorWithReason(absl::StatusCode::kAlreadyExists, "UNIQUE_VIOLATION", "it exists already"));
  }
  // The first refusal is the commit's.
  void Refuse(const absl::Status& status) { refused_.Update(status); }

 private:
  Tables committed_, staged_;
  absl::Status refused_;
};

}  // namespace varsam::testing
