// Texts of the model and of recipients as small numbers, so that the decision table holds and
// compares integers. Numbers are given once and never change while the process lives.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "services/consent/domain/purpose.h"

namespace varsam::consent {

inline constexpr uint32_t kNoName = 0;  // of the empty text, and of a text beyond names_max
inline constexpr uint32_t kNamesMax = 1 << 22;

class Names {
 public:
  Names();
  ~Names();
  Names(const Names&) = delete;
  Names& operator=(const Names&) = delete;

  // The number of a text, given now if it has none.
  uint32_t NumberOf(std::string_view text);
  // kNoName when it has none.
  uint32_t Find(std::string_view text) const;
  // Lock-free; the view lives as long as this object.
  std::string_view TextOf(uint32_t number) const;

  // Purposes and data categories number on their own: the decision wants them small. Beyond the
  // bounds (65,535 and kDataCategoriesMax over the life of the process): kNoPurpose, -1.
  PurposeKey PurposeKeyOf(std::string_view id);
  int DataIndexOf(std::string_view category);

 private:
  static constexpr uint32_t kChunk = 1024;
  using Chunk = std::array<std::string, kChunk>;

  mutable absl::Mutex mutex_;
  absl::flat_hash_map<absl::string_view, uint32_t> numbers_;
  std::array<std::atomic<Chunk*>, kNamesMax / kChunk> chunks_{};
  uint32_t size_ = 0;
  absl::flat_hash_map<std::string, uint16_t> purposes_;
  absl::flat_hash_map<std::string, int> data_;
};

}  // namespace varsam::consent
