// The replay list: what protects people (erasures, withdrawals, objections, restrictions,
// suppressions, holds) copied out of a ledger into a file that stands outside the backups of the
// ledger's database. After a restore the service puts back from it what its database no longer
// knows (libs/host/restore.h). One file for each ledger:
//
//   <JSON>\t<HMAC-SHA256 over the line before and this one, hexadecimal>\n
//
// JSON is an entry {"index","kind","at","payload"} (payload base64), how far the ledger has been
// read {"next"}, or a restore {"restored"}. A line that was changed, moved or taken out breaks
// the chain from there on. A last line without its newline was never acknowledged and is dropped.
// Payloads are those of the ledger: random subject ids, and what is personal sealed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace varsam::ledger {

struct ListedEntry {
  uint64_t index = 0;  // in the ledger it was copied from, before any restore
  std::string kind;
  absl::Time at;
  std::string payload;
};

struct ReplayListState {
  uint64_t next = 0;     // the ledger has been copied up to here
  uint64_t entries = 0;  // lines that are entries
  uint64_t bytes = 0;    // whole lines
  std::string mac;       // of the last whole line, 32 bytes; at first all zero
};

inline constexpr size_t kReplayKeyBytes = 32;

// Not thread-safe; any number of processes.
class ReplayList {
 public:
  // `key`: 32 bytes, the same for every process that opens the file. Nothing is read yet.
  ReplayList(std::string path, std::string key);
  ~ReplayList();

  // Reads the file from its beginning and checks every line; a file that is not there is empty.
  // DATA_LOSS REPLAY_LIST_BROKEN with the number of the first line that does not fit; errors of
  // `each` end the scan.
  using Each = std::function<absl::Status(const ListedEntry&)>;
  absl::StatusOr<ReplayListState> Scan(const Each& each = nullptr) const;

  // Both are durable when they return; another process may have appended in between. ABORTED
  // REPLAY_LIST_FORKED when it said that the ledger was put back: nothing is appended then.
  absl::Status Append(std::span<const ListedEntry> entries, uint64_t next);
  // The ledger was put back and replayed; it now has `size` entries.
  absl::Status AppendRestored(uint64_t size, absl::Time at);
  // Forgets entries before `before`, keeping how far the ledger was read. Gives how many went.
  absl::StatusOr<uint64_t> Forget(absl::Time before);

 private:
  absl::Status AppendLines(std::span<const std::string> lines, uint64_t next);
  std::string MacOf(std::string_view previous, std::string_view line) const;

  const std::string path_, key_;
  // As this object last left the file, so that appending need not read it again.
  uint64_t inode_ = 0;
  ReplayListState written_;
};

}  // namespace varsam::ledger
