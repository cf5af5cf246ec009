// Changes of several files that happen all or none, whatever dies in between. New contents are
// staged in the tree's own folder; an intent file is the commit; what was intended is carried out
// before anything else is done in the tree.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace varsam::connector::files {

struct FileChange {
  std::string path;                    // relative
  std::optional<std::string> content;  // nullopt: the file goes
};

class StagedChanges {
 public:
  explicit StagedChanges(std::string root);

  // Carries out what an earlier process had committed. UNAVAILABLE FILES_NOT_WRITABLE.
  absl::Status Recover();
  // Writes the new contents beside the tree; nothing in it has changed.
  absl::Status Stage(const std::vector<FileChange>& changes);
  // From here on the changes happen, at the latest in Recover of the next process.
  absl::Status Commit();

 private:
  absl::Status CarryOut(const std::string& intent);
  std::string root_, folder_;
  std::string intent_;  // what Commit will write
};

}  // namespace varsam::connector::files
