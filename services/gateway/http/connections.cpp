#include "services/gateway/http/connections.h"

#include <vector>

namespace varsam::gateway {

uint64_t Connections::Enter(const std::string& address, std::function<void(bool cut)> on_drain) {
  std::lock_guard lock(mutex_);
  if (entries_.size() >= connections_max_) return 0;
  size_t& here = by_address_[address];
  if (here >= per_address_max_) return 0;
  ++here;
  entries_.emplace(next_, Entry{address, std::move(on_drain)});
  return next_++;
}

void Connections::Leave(uint64_t ticket) {
  std::lock_guard lock(mutex_);
  const auto it = entries_.find(ticket);
  if (it == entries_.end()) return;
  const auto here = by_address_.find(it->second.address);
  if (--here->second == 0) by_address_.erase(here);
  entries_.erase(it);
  if (entries_.empty()) empty_.notify_all();
}

void Connections::Tell(bool cut) {
  std::vector<std::function<void(bool)>> all;
  {
    std::lock_guard lock(mutex_);
    all.reserve(entries_.size());
    for (const auto& [ticket, entry] : entries_) all.push_back(entry.on_drain);
  }
  for (const auto& tell : all) tell(cut);
}

bool Connections::WaitEmpty(absl::Duration limit) {
  std::unique_lock lock(mutex_);
  return empty_.wait_for(lock, absl::ToChronoMicroseconds(limit),
                         [this] { return entries_.empty(); });
}

size_t Connections::size() const {
  std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace varsam::gateway
