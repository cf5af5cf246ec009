#include "libs/ledger/replay_list.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace varsam::ledger {
namespace {

using nlohmann::json;

constexpr size_t kMacBytes = 32;

absl::Status Broken(uint64_t line) {
  return ErrorWithReason(absl::StatusCode::kDataLoss, "REPLAY_LIST_BROKEN",
                         absl::StrCat("line ", line, " of the replay list was changed"));
}

absl::Status CannotWrite(std::string_view what) {
  return ErrorWithReason(absl::StatusCode::kUnavailable, "REPLAY_LIST_UNWRITABLE",
                         absl::StrCat("the replay list cannot be ", ToAbsl(what)));
}

std::string LineOf(const ListedEntry& entry) {
  return json{{"index", entry.index},
              {"kind", entry.kind},
              {"at", absl::ToUnixMicros(entry.at)},
              {"payload", ToBase64(entry.payload)}}
      .dump();
}

// Takes a line into the state; nullopt when it is none of ours.
std::optional<ListedEntry> EntryIn(const json& line, ReplayListState& state) {
  ListedEntry entry;
  if (line.contains("next")) state.next = line["next"].get<uint64_t>();
  if (line.contains("restored")) state.next = line["restored"].get<uint64_t>();
  if (!line.contains("kind")) return std::nullopt;
  entry.index = line.at("index").get<uint64_t>();
  entry.kind = line.at("kind").get<std::string>();
  entry.at = absl::FromUnixMicros(line.at("at").get<int64_t>());
  entry.payload = FromBase64(line.at("payload").get<std::string>()).value_or("");
  state.next = entry.index + 1;
  ++state.entries;
  return entry;
}

// One writer at a time, over all processes.
class LockedFile {
 public:
  // The file may be replaced (Forget) while we wait for its lock: then once more.
  explicit LockedFile(const std::string& path) {
    for (;;) {
      fd_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
      if (fd_ < 0) return;
      struct stat named = {};
      const bool locked = flock(fd_, LOCK_EX) == 0 && fstat(fd_, &stat_) == 0;
      if (locked && stat(path.c_str(), &named) == 0 && named.st_ino == stat_.st_ino) return;
      close(fd_);
      fd_ = -1;
      if (!locked) return;
    }
  }
  ~LockedFile() {
    if (fd_ >= 0) close(fd_);
  }
  LockedFile(const LockedFile&) = delete;
  LockedFile& operator=(const LockedFile&) = delete;
  int fd() const { return fd_; }
  uint64_t inode() const { return stat_.st_ino; }
  uint64_t size() const { return static_cast<uint64_t>(stat_.st_size); }

 private:
  int fd_ = -1;
  struct stat stat_ = {};
};

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(fd) == 0;
}

}  // namespace

ReplayList::ReplayList(std::string path, std::string key)
    : path_(std::move(path)), key_(std::move(key)) {
  VARSAM_CHECK(key_.size() == kReplayKeyBytes) << "a replay key of another length";
}

ReplayList::~ReplayList() = default;

std::string ReplayList::MacOf(std::string_view previous, std::string_view line) const {
  const std::string text = absl::StrCat(ToAbsl(previous), ToAbsl(line));
  unsigned char mac[kMacBytes];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  return {reinterpret_cast<const char*>(mac), size};
}

absl::StatusOr<ReplayListState> ReplayList::Scan(const Each& each) const {
  ReplayListState state{.mac = std::string(kMacBytes, '\0')};
  std::ifstream file(path_, std::ios::binary);
  std::string line;
  for (uint64_t number = 1; std::getline(file, line); ++number) {
    if (file.eof()) break;  // no newline: never acknowledged
    const size_t tab = line.rfind('\t');
    if (tab == std::string::npos) return Broken(number);
    const std::string mac = MacOf(state.mac, std::string_view(line).substr(0, tab));
    if (!ConstantTimeEqual(ToHex(mac), std::string_view(line).substr(tab + 1))) {
      return Broken(number);
    }
    state.mac = mac;
    state.bytes += line.size() + 1;
    try {
      const auto entry = EntryIn(json::parse(line.substr(0, tab)), state);
      if (entry && each) RETURN_IF_ERROR(each(*entry));
    } catch (const json::exception&) {
      return Broken(number);
    }
  }
  return state;
}

absl::Status ReplayList::AppendLines(std::span<const std::string> lines, uint64_t next) {
  LockedFile file(path_);
  if (file.fd() < 0) return CannotWrite("opened");
  // Whatever another process has written since counts.
  if (file.inode() != inode_ || file.size() != written_.bytes) {
    const uint64_t reached = inode_ == 0 ? 0 : written_.next;
    ASSIGN_OR_RETURN(written_, Scan());
    inode_ = file.inode();
    if (written_.next < reached) {
      return ErrorWithReason(absl::StatusCode::kAborted, "REPLAY_LIST_FORKED",
                             "the ledger was put back: copy it again from where the list says");
    }
  }
  ReplayListState state = written_;
  std::string text;
  for (const std::string& line : lines) {
    state.mac = MacOf(state.mac, line);
    absl::StrAppend(&text, line, "\t", ToHex(state.mac), "\n");
  }
  const off_t end = static_cast<off_t>(state.bytes);
  if (ftruncate(file.fd(), end) != 0 || lseek(file.fd(), end, SEEK_SET) != end ||
      !WriteAll(file.fd(), text)) {
    inode_ = 0;
    return CannotWrite("written");
  }
  state.bytes += text.size();
  state.next = next;
  written_ = std::move(state);
  return absl::OkStatus();
}

absl::Status ReplayList::Append(std::span<const ListedEntry> entries, uint64_t next) {
  std::vector<std::string> lines;
  for (const ListedEntry& entry : entries) lines.push_back(LineOf(entry));
  lines.push_back(json{{"next", next}}.dump());
  return AppendLines(lines, next);
}

absl::Status ReplayList::AppendRestored(uint64_t size, absl::Time at) {
  const std::string line = json{{"restored", size}, {"at", absl::ToUnixMicros(at)}}.dump();
  return AppendLines(std::span(&line, 1), size);
}

absl::StatusOr<uint64_t> ReplayList::Forget(absl::Time before) {
  LockedFile lock(path_);
  if (lock.fd() < 0) return CannotWrite("opened");
  std::vector<std::string> lines;
  uint64_t forgotten = 0;
  ASSIGN_OR_RETURN(const ReplayListState state, Scan([&](const ListedEntry& entry) {
                     if (entry.at < before) {
                       ++forgotten;
                     } else {
                       lines.push_back(LineOf(entry));
                     }
                     return absl::OkStatus();
                   }));
  if (forgotten == 0) return 0;
  lines.push_back(json{{"next", state.next}}.dump());
  std::string text, mac(kMacBytes, '\0');
  for (const std::string& line : lines) {
    mac = MacOf(mac, line);
    absl::StrAppend(&text, line, "\t", ToHex(mac), "\n");
  }
  const std::string fresh = path_ + ".new";
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool written = fd >= 0 && WriteAll(fd, text);
  if (fd >= 0) close(fd);
  if (!written || std::rename(fresh.c_str(), path_.c_str()) != 0) return CannotWrite("written");
  return forgotten;
}

}  // namespace varsam::ledger
