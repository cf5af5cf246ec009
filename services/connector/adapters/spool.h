// A document on its way to the platform. A small one stays in memory; of a large one all but the
// last block lies in a file that has no name and is sealed under a key that never leaves this
// process: it ends with the process. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace varsam::connector {

inline constexpr size_t kSpoolBlockBytes = size_t{1} << 20;

class Spool {
 public:
  // `folder` holds the file once there is more than one block; empty: all stays in memory.
  explicit Spool(std::string folder = "");
  ~Spool();
  Spool(Spool&&) noexcept;
  Spool& operator=(Spool&&) noexcept;
  static Spool Of(std::string_view bytes);

  // INTERNAL SPOOL: the file cannot be written.
  absl::Status Append(std::string_view bytes);
  uint64_t size() const;
  bool empty() const { return size() == 0; }
  // At most `bytes_max` from there on, within one block; empty only at the end.
  absl::StatusOr<std::string> ReadAt(uint64_t offset, size_t bytes_max) const;
  // Of everything.
  std::string Sha256() const;
  // All of it at once, for what is small.
  std::string Reveal() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace varsam::connector
