#include "libs/ledger/ledger.h"

#include <algorithm>

namespace varsam::ledger {

void Ledger::Announce(uint64_t size) {
  {
    const std::lock_guard lock(mutex_);
    size_ = std::max(size_, size);
    ++version_;
  }
  news_.notify_all();
}

uint64_t Ledger::announced() const {
  const std::lock_guard lock(mutex_);
  return size_;
}

void Ledger::AwaitNews(uint64_t& version, absl::Duration limit) {
  std::unique_lock lock(mutex_);
  news_.wait_for(lock, absl::ToChronoMilliseconds(limit), [&] { return version_ != version; });
  version = version_;
}

void Ledger::Wake() {
  {
    const std::lock_guard lock(mutex_);
    ++version_;
  }
  news_.notify_all();
}

}  // namespace varsam::ledger
