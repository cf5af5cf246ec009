// A ZIP archive written from front to back by libarchive, for files of any size: nothing is sought
// back to, sizes stand behind each file and in the directory, in 64 bits. Deflated.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"

struct archive;

namespace varsam::requests {

// Where bytes go as they are made.
using Sink = std::function<absl::Status(std::string_view)>;

class ZipStream {
 public:
  explicit ZipStream(Sink sink);
  ZipStream(const ZipStream&) = delete;
  ZipStream& operator=(const ZipStream&) = delete;

  // One file after the other: Begin, Write as often as wanted, End. The name is ASCII. An error is
  // the sink's.
  absl::Status Begin(const std::string& name);
  absl::Status Write(std::string_view bytes);
  absl::Status End();
  // After the last file.
  absl::Status Finish();

 private:
  struct Free {
    void operator()(archive* writer) const;
  };

  static long Give(archive* writer, void* self, const void* bytes, size_t size);
  absl::Status Told(bool done);

  const Sink sink_;
  absl::Status sunk_;  // what the sink said, once it has failed
  std::unique_ptr<archive, Free> writer_;
};

}  // namespace varsam::requests
