// Keeps the replay lists (libs/ledger/replay_list.h): what protects people is copied out of every
// ledger within moments of its commit, into files that stand outside the backups of the databases.
// Each list is its own cursor: a lost or older list is filled again from the ledgers, and one whose
// ledger was put back is continued from there.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/channel.h"
#include "libs/base/clock.h"
#include "libs/client/feed.h"
#include "libs/ledger/reader.h"
#include "libs/ledger/replay_list.h"
#include "libs/obs/metrics.h"

namespace varsam::retention {

// The longest that a backup may be kept, and as much again.
inline constexpr absl::Duration kListedFor = absl::Hours(24 * 70);

class ReplayExport {
 public:
  using OpenList = std::function<std::unique_ptr<ledger::ReplayList>(const std::string& ledger)>;
  struct Source {
    std::string ledger;  // registry, consent, requests
    std::shared_ptr<grpc::Channel> channel;
  };
  // The own ledger is read by `reader`; everything outlives this.
  ReplayExport(std::vector<Source> sources, OpenList open_list, const ledger::Reader& reader,
               const varsam::Clock& clock, obs::Metrics& metrics);
  // Begins lists that are not there yet. DATA_LOSS REPLAY_LIST_BROKEN.
  absl::Status Open();
  void Stop();
  // Copies what is new in the own ledger, follows the others where they are not followed yet. On
  // one thread.
  absl::Status Tick();

 private:
  // One list and how far it is known to reach.
  struct Copy {
    Source source;
    std::unique_ptr<ledger::ReplayList> list;
    uint64_t marked = 0;
    absl::Duration forgot_at = absl::ZeroDuration();
    std::atomic<bool> forked{false};
    std::unique_ptr<client::Feed> feed;
  };
  absl::Status Begin(Copy& copy);
  void Follow(Copy& copy);
  absl::Status Take(Copy& copy, std::vector<ledger::ListedEntry> entries, uint64_t next);
  absl::Status CopyOwn();

  const OpenList open_list_;
  const ledger::Reader& reader_;
  const varsam::Clock& clock_;
  obs::Metrics& metrics_;
  std::vector<std::unique_ptr<Copy>> copies_;
  Copy own_;
  uint64_t own_next_ = 0;
};

}  // namespace varsam::retention
