// The log of one service inside one process: the key that signs for it, and the news that it has
// grown. Appending is batch.h, reading reader.h. Safe from every thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "libs/ledger/checkpoint.h"

namespace varsam::ledger {

class Ledger {
 public:
  // `origin` is "varsam/<service>"; `seed` 32 bytes, from libs/vault DeriveKey("ledger/<service>").
  Ledger(std::string origin, std::string_view seed) : signer_(std::move(origin), seed) {}
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  const Signer& signer() const { return signer_; }

  // The writer says after each COMMIT how many entries there are; whoever tails the log wakes up.
  void Announce(uint64_t size);
  uint64_t announced() const;
  // Waits until there is news since `version` (start with 0) or `limit` of real time has passed;
  // another replica may append without a word here, so look at the database then. Updates
  // `version`.
  void AwaitNews(uint64_t& version, absl::Duration limit);
  // News without an entry: somebody who waits should look again.
  void Wake();

 private:
  const Signer signer_;
  mutable std::mutex mutex_;
  std::condition_variable news_;
  uint64_t size_ = 0;
  uint64_t version_ = 0;
};

}  // namespace varsam::ledger
