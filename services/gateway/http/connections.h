// Who is connected: the caps, and what a drain must reach.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <unordered_map>

#include "absl/time/time.h"

namespace varsam::gateway {

// Thread-safe.
class Connections {
 public:
  Connections(size_t connections_max, size_t per_address_max)
      : connections_max_(connections_max), per_address_max_(per_address_max) {}

  // A ticket > 0, or 0 when a cap is reached. `on_drain` is called at most once per call of Drain
  // or Cut, on the caller's thread; it must only post. It must not own the connection's ticket.
  uint64_t Enter(const std::string& address, std::function<void(bool cut)> on_drain);
  void Leave(uint64_t ticket);

  void Tell(bool cut);
  // False when some are left after `limit`.
  bool WaitEmpty(absl::Duration limit);
  size_t size() const;

 private:
  struct Entry {
    std::string address;
    std::function<void(bool cut)> on_drain;
  };
  const size_t connections_max_;
  const size_t per_address_max_;
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  uint64_t next_ = 1;
  std::unordered_map<uint64_t, Entry> entries_;
  std::unordered_map<std::string, size_t> by_address_;
};

}  // namespace varsam::gateway
