#include "services/connector/adapters/files/staged_changes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/connector/adapters/files/tree.h"

namespace varsam::connector::files {
namespace {

namespace fs = std::filesystem;

constexpr char kIntent[] = "intent";
// A path holds no NUL; lines would not do, a name may hold a line feed.
constexpr char kEnd = '\0';

absl::Status NotWritable() {
  return ErrorWithReason(absl::StatusCode::kUnavailable, "FILES_NOT_WRITABLE",
                         "the tree cannot be written");
}

absl::Status SyncFolder(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return NotWritable();
  const bool good = fsync(fd) == 0;
  close(fd);
  return good ? absl::OkStatus() : NotWritable();
}

absl::Status WriteDurably(const std::string& path, const std::string& bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0) return NotWritable();
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = write(fd, bytes.data() + done, bytes.size() - done);
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  const bool good = done == bytes.size() && fsync(fd) == 0;
  close(fd);
  return good ? absl::OkStatus() : NotWritable();
}

}  // namespace

StagedChanges::StagedChanges(std::string root)
    : root_(std::move(root)), folder_(absl::StrCat(root_, "/", kOwnFolder)) {}

// The intent: for each change its number in the folder ("-": the file goes), then its path.
absl::Status StagedChanges::Stage(const std::vector<FileChange>& changes) {
  std::error_code error;
  fs::create_directory(folder_, error);
  if (error || chmod(folder_.c_str(), 0700) != 0) return NotWritable();
  intent_.clear();
  for (size_t i = 0; i < changes.size(); ++i) {
    const FileChange& change = changes[i];
    const std::string number = change.content ? absl::StrCat(i) : "-";
    if (change.content) {
      const std::string staged = absl::StrCat(folder_, "/", number);
      RETURN_IF_ERROR(WriteDurably(staged, *change.content));
      struct stat about {};
      const std::string target = absl::StrCat(root_, "/", change.path);
      if (lstat(target.c_str(), &about) != 0 || chmod(staged.c_str(), about.st_mode & 0777) != 0) {
        return NotWritable();
      }
    }
    intent_ += number + kEnd + change.path + kEnd;
  }
  return absl::OkStatus();
}

absl::Status StagedChanges::Commit() {
  const std::string fresh = absl::StrCat(folder_, "/", kIntent, ".new");
  const std::string place = absl::StrCat(folder_, "/", kIntent);
  RETURN_IF_ERROR(WriteDurably(fresh, intent_));
  if (rename(fresh.c_str(), place.c_str()) != 0) return NotWritable();
  RETURN_IF_ERROR(SyncFolder(folder_));
  return CarryOut(intent_);
}

absl::Status StagedChanges::CarryOut(const std::string& intent) {
  const std::vector<std::string> parts = absl::StrSplit(intent, kEnd);
  for (size_t i = 0; i + 1 < parts.size(); i += 2) {
    const std::string target = absl::StrCat(root_, "/", parts[i + 1]);
    if (parts[i] == "-") {
      if (unlink(target.c_str()) != 0 && errno != ENOENT) return NotWritable();
      continue;
    }
    const std::string staged = absl::StrCat(folder_, "/", parts[i]);
    // Gone: an earlier attempt has moved it already.
    if (rename(staged.c_str(), target.c_str()) != 0 && errno != ENOENT) return NotWritable();
  }
  if (unlink(absl::StrCat(folder_, "/", kIntent).c_str()) != 0 && errno != ENOENT) {
    return NotWritable();
  }
  return SyncFolder(folder_);
}

absl::Status StagedChanges::Recover() {
  const std::string place = absl::StrCat(folder_, "/", kIntent);
  if (access(place.c_str(), F_OK) != 0) return absl::OkStatus();
  std::ifstream stream(place, std::ios::binary);
  std::ostringstream intent;
  intent << stream.rdbuf();
  if (!stream) return NotWritable();
  return CarryOut(intent.str());
}

}  // namespace varsam::connector::files
