#include "services/connector/agent/task_memory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/connector/digest.h"

namespace varsam::connector {
namespace {

constexpr char kMagic[] = "varsam-task/1";

absl::Status CannotWrite(const std::string& path) {
  return ErrorWithReason(absl::StatusCode::kUnavailable, "TASK_MEMORY",
                         absl::StrCat("cannot write ", path));
}

absl::Status SyncFolder(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return CannotWrite(folder);
  const bool ok = fsync(fd) == 0;
  close(fd);
  return ok ? absl::OkStatus() : CannotWrite(folder);
}

absl::Status WriteDurably(const std::string& path, const std::string& bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return CannotWrite(path);
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = write(fd, bytes.data() + done, bytes.size() - done);
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  const bool ok = done == bytes.size() && fsync(fd) == 0;
  close(fd);
  return ok ? absl::OkStatus() : CannotWrite(path);
}

std::optional<Remembered> Parse(const std::string& bytes) {
  std::istringstream stream(bytes);
  std::string magic;
  int64_t micros = 0;
  Remembered what;
  if (!(stream >> magic >> what.committed >> what.erasure >> micros) || magic != kMagic) {
    return std::nullopt;
  }
  stream.get();
  what.at = absl::FromUnixMicros(micros);
  what.report = bytes.substr(static_cast<size_t>(stream.tellg()));
  return what;
}

std::optional<Remembered> ReadFile(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return stream ? Parse(bytes.str()) : std::nullopt;
}

}  // namespace

absl::StatusOr<TaskMemory> TaskMemory::Open(std::string folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (access(folder.c_str(), W_OK | X_OK) != 0 || chmod(folder.c_str(), 0700) != 0) {
    return InvalidField("VARSAM_CONNECTOR_STATE", "want a folder of the connector's own");
  }
  return TaskMemory(std::move(folder));
}

// A task id is the server's; hashed, it cannot name another file.
std::string TaskMemory::PathOf(const std::string& task_id) const {
  return absl::StrCat(folder_, "/", ToHex(Sha256(task_id)).substr(0, 40), ".task");
}

absl::StatusOr<std::optional<Remembered>> TaskMemory::Find(const std::string& task_id) const {
  const std::string path = PathOf(task_id);
  if (access(path.c_str(), F_OK) != 0) return std::optional<Remembered>();
  std::optional<Remembered> what = ReadFile(path);
  if (!what) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, "TASK_MEMORY",
                           absl::StrCat(path, " cannot be read"));
  }
  return what;
}

absl::Status TaskMemory::Save(const std::string& task_id, const Remembered& what) {
  const std::string path = PathOf(task_id);
  const std::string fresh = absl::StrCat(path, ".new");
  RETURN_IF_ERROR(WriteDurably(
      fresh, absl::StrCat(kMagic, " ", what.committed ? 1 : 0, " ", what.erasure ? 1 : 0, " ",
                          absl::ToUnixMicros(what.at), "\n", what.report)));
  if (rename(fresh.c_str(), path.c_str()) != 0) return CannotWrite(path);
  return SyncFolder(folder_);
}

absl::StatusOr<int> TaskMemory::ErasuresSince(absl::Time since, absl::Time now) {
  int erasures = 0;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    if (entry.path().extension() != ".task") continue;
    const std::optional<Remembered> what = ReadFile(entry.path());
    if (!what) continue;
    if (what->at < now - kRememberTasks) {
      std::error_code ignored;
      std::filesystem::remove(entry.path(), ignored);
      continue;
    }
    erasures += what->erasure && what->at >= since ? 1 : 0;
  }
  if (error) return CannotWrite(folder_);
  return erasures;
}

}  // namespace varsam::connector
