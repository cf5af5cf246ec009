#include "services/connector/adapters/files/tree.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace varsam::connector::files {
namespace {

namespace fs = std::filesystem;

absl::Status Unreadable() {
  return ErrorWithReason(absl::StatusCode::kUnavailable, "FILES_UNREADABLE",
                         "a part of the tree cannot be read");
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  const int fd_;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& root) {
  std::vector<std::string> paths;
  std::error_code error;
  fs::recursive_directory_iterator at(root, error), end;
  while (!error && at != end) {
    const fs::file_status status = at->symlink_status(error);
    if (error) break;
    if (at.depth() == 0 && at->path().filename() == kOwnFolder) {
      at.disable_recursion_pending();
    } else if (fs::is_regular_file(status)) {
      paths.push_back(at->path().lexically_relative(root).string());
      if (paths.size() > kFilesMax) {
        return ErrorWithReason(absl::StatusCode::kResourceExhausted, "TOO_MANY_FILES",
                               absl::StrCat("more than ", kFilesMax, " files"));
      }
    }
    at.increment(error);
  }
  if (error) return Unreadable();
  std::ranges::sort(paths);
  return paths;
}

absl::StatusOr<std::string> ReadFile(const std::string& root, const std::string& path) {
  const Descriptor file(
      open(absl::StrCat(root, "/", path).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (file.get() < 0) {
    // Only a file can go meanwhile; without the tree nothing can be said.
    if (errno == ENOENT && access(root.c_str(), R_OK | X_OK) == 0) {
      return absl::NotFoundError("the file is gone");
    }
    return Unreadable();
  }
  struct stat about {};
  if (fstat(file.get(), &about) != 0) return Unreadable();
  if (static_cast<size_t>(about.st_size) > kFileBytesMax) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "FILE_TOO_LARGE",
                           absl::StrCat("a file exceeds ", kFileBytesMax, " bytes"));
  }
  std::string text(static_cast<size_t>(about.st_size), '\0');
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = read(file.get(), text.data() + done, text.size() - done);
    if (n < 0) return Unreadable();
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  text.resize(done);
  return text;
}

}  // namespace varsam::connector::files
