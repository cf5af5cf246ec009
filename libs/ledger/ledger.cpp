#include "libs/ledger/ledger.h"

#include <algorithm>

namespace varsam::ledger {

void Ledger::Announce(uint64_t size) {
  {
    const std::lock_guard lock(mutex_);
    size_ = std::max(size_, size);
  }
  grown_.notify_all();
}

uint64_t Ledger::announced() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

uint64_t Ledger::AwaitBeyond(uint64_t size, absl::Duration limit) {
  std::unique_lock lock(mutex_);
  const uint64_t wakes = wakes_;
  grown_.wait_for(lock, absl::ToChronoMilliseconds(limit),
                  [&] { return size_ > size || wakes_ != wakes; });
  return size_;
}

void Ledger::Wake() {
  {
    const std::lock_guard lock(mutex_);
    ++wakes_;
  }
  grown_.notify_all();
}

}  // namespace varsam::ledger
