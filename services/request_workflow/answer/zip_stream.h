// A ZIP archive written from front to back, for files of any size: nothing is sought back to, sizes
// stand behind each file (data descriptor) and in the directory, in 64 bits where 32 do not do.
// Deflated (PKWARE APPNOTE 6.3.9, 4.3.9, 4.5.3).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace varsam::requests {

// Where bytes go as they are made.
using Sink = std::function<absl::Status(std::string_view)>;

class ZipStream {
 public:
  explicit ZipStream(Sink sink);
  ~ZipStream();
  ZipStream(const ZipStream&) = delete;
  ZipStream& operator=(const ZipStream&) = delete;

  // One file after the other: Begin, Write as often as wanted, End. The name is UTF-8.
  absl::Status Begin(const std::string& name);
  absl::Status Write(std::string_view bytes);
  absl::Status End();
  // After the last file.
  absl::Status Finish();

 private:
  struct File {
    std::string name;
    uint64_t offset = 0, size = 0, packed = 0;
    uint32_t crc = 0;
  };
  struct Deflate;

  absl::Status Put(std::string_view bytes);
  absl::Status Pack(std::string_view bytes, bool last);

  const Sink sink_;
  std::vector<File> files_;
  std::unique_ptr<Deflate> deflate_;
  uint64_t written_ = 0;
};

}  // namespace varsam::requests
