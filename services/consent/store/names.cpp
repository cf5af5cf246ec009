#include "services/consent/store/names.h"

#include "libs/base/strings.h"

namespace varsam::consent {

Names::Names() { NumberOf(""); }

Names::~Names() {
  for (std::atomic<Chunk*>& chunk : chunks_) delete chunk.load();
}

uint32_t Names::NumberOf(std::string_view text) {
  absl::MutexLock lock(&mutex_);
  const auto known = numbers_.find(ToAbsl(text));
  if (known != numbers_.end()) return known->second;
  // Past the bound a name is nobody's: an approval without a name covers nobody, a stop without a
  // name stops everybody.
  if (size_ == kNamesMax) return kNoName;
  std::atomic<Chunk*>& place = chunks_[size_ / kChunk];
  if (place.load(std::memory_order_relaxed) == nullptr) {
    place.store(new Chunk(), std::memory_order_release);
  }
  std::string& stored = (*place.load(std::memory_order_relaxed))[size_ % kChunk];
  stored = std::string(text);
  numbers_.emplace(absl::string_view(stored), size_);
  return size_++;
}

uint32_t Names::Find(std::string_view text) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto known = numbers_.find(ToAbsl(text));
  return known == numbers_.end() ? kNoName : known->second;
}

std::string_view Names::TextOf(uint32_t number) const {
  // The number was handed out under the mutex after its text was stored.
  return (*chunks_[number / kChunk].load(std::memory_order_acquire))[number % kChunk];
}

PurposeKey Names::PurposeKeyOf(std::string_view id) {
  absl::MutexLock lock(&mutex_);
  if (purposes_.size() >= static_cast<size_t>(kNoPurpose)) {
    const auto known = purposes_.find(ToAbsl(id));
    return known == purposes_.end() ? kNoPurpose : PurposeKey{known->second};
  }
  const auto next = static_cast<uint16_t>(purposes_.size());
  return PurposeKey{purposes_.try_emplace(std::string(id), next).first->second};
}

int Names::DataIndexOf(std::string_view category) {
  absl::MutexLock lock(&mutex_);
  const auto known = data_.find(ToAbsl(category));
  if (known != data_.end()) return known->second;
  if (data_.size() == kDataCategoriesMax) return -1;
  return data_.try_emplace(std::string(category), static_cast<int>(data_.size())).first->second;
}

}  // namespace varsam::consent
