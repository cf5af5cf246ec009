// The regular files under one folder. Links are never followed; the connector's own folder is no
// part of the tree.
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace varsam::connector::files {

inline constexpr size_t kFilesMax = 200'000;
inline constexpr size_t kFileBytesMax = 32 << 20;
inline constexpr char kOwnFolder[] = ".varsam";

// Relative paths, sorted. UNAVAILABLE FILES_UNREADABLE when a part cannot be read: what was not
// seen cannot be called complete. RESOURCE_EXHAUSTED TOO_MANY_FILES.
absl::StatusOr<std::vector<std::string>> ListFiles(const std::string& root);
// RESOURCE_EXHAUSTED FILE_TOO_LARGE, NOT_FOUND when it is gone.
absl::StatusOr<std::string> ReadFile(const std::string& root, const std::string& path);

}  // namespace varsam::connector::files
