// A package on its way into the database: sealed in parts while it is made. A small one waits here
// whole and is written with the case's own change; of a large one little more than
// kPartsKeptBytesMax is in memory, what came before stands in the database under a package that is
// not ready.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "services/request_workflow/flow/service_parts.h"

namespace varsam::requests {

inline constexpr size_t kPartsKeptBytesMax = size_t{2} << 20;

class PackageParts {
 public:
  // The key that `package.id` names exists.
  PackageParts(const ServiceParts& parts, Package package);

  absl::Status Add(const std::string& format, std::string_view bytes);
  // The last part of a format, even when it is empty. Its SHA-256, hexadecimal.
  absl::StatusOr<std::string> End(const std::string& format);

  // Has a part been written already? Then the package's row is this one's, not ready.
  bool begun() const { return begun_; }
  std::vector<PackageChunk> TakeKept() { return std::move(kept_); }

 private:
  struct Format;

  absl::Status Seal(const std::string& name, Format& format, std::string_view bytes);
  // ABORTED STEP_TAKEN when somebody else has begun the package anew.
  absl::Status WriteKept();

  const ServiceParts& parts_;
  const Package package_;
  std::map<std::string, std::shared_ptr<Format>> formats_;
  std::vector<PackageChunk> kept_;
  size_t kept_bytes_ = 0;
  bool begun_ = false;
};

}  // namespace varsam::requests
