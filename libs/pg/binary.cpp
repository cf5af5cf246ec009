#include "libs/pg/binary.h"

#include <endian.h>

#include <limits>

#include "libs/base/check.h"

namespace varsam::pg {
namespace {

constexpr int64_t kEpochOffsetMicros = 946684800LL * 1000000;  // 1970-01-01 to 2000-01-01
constexpr absl::CivilDay kEpochDay(2000, 1, 1);
constexpr int64_t kInfinity = std::numeric_limits<int64_t>::max();
constexpr int64_t kMinusInfinity = std::numeric_limits<int64_t>::min();

}  // namespace

void PutInt16(char* at, int16_t value) {
  const uint16_t big = htobe16(static_cast<uint16_t>(value));
  std::memcpy(at, &big, sizeof(big));
}

void PutInt32(char* at, int32_t value) {
  const uint32_t big = htobe32(static_cast<uint32_t>(value));
  std::memcpy(at, &big, sizeof(big));
}

void PutInt64(char* at, int64_t value) {
  const uint64_t big = htobe64(static_cast<uint64_t>(value));
  std::memcpy(at, &big, sizeof(big));
}

int16_t GetInt16(const char* at) {
  uint16_t big;
  std::memcpy(&big, at, sizeof(big));
  return static_cast<int16_t>(be16toh(big));
}

int32_t GetInt32(const char* at) {
  uint32_t big;
  std::memcpy(&big, at, sizeof(big));
  return static_cast<int32_t>(be32toh(big));
}

int64_t GetInt64(const char* at) {
  uint64_t big;
  std::memcpy(&big, at, sizeof(big));
  return static_cast<int64_t>(be64toh(big));
}

int64_t MicrosOfTime(absl::Time time) {
  if (time == absl::InfiniteFuture()) return kInfinity;
  if (time == absl::InfinitePast()) return kMinusInfinity;
  const int64_t unix_micros = absl::ToUnixMicros(time);
  VARSAM_CHECK(unix_micros > kMinusInfinity / 2 && unix_micros < kInfinity / 2)
      << "time outside what the database holds";
  return unix_micros - kEpochOffsetMicros;
}

absl::Time TimeOfMicros(int64_t micros) {
  if (micros == kInfinity) return absl::InfiniteFuture();
  if (micros == kMinusInfinity) return absl::InfinitePast();
  return absl::FromUnixMicros(micros + kEpochOffsetMicros);
}

int32_t DaysOfDay(absl::CivilDay day) {
  const int64_t days = day - kEpochDay;
  VARSAM_CHECK(days >= -2451545 && days < 2145031949) << "day outside what the database holds";
  return static_cast<int32_t>(days);
}

absl::CivilDay DayOfDays(int32_t days) { return kEpochDay + days; }

}  // namespace varsam::pg
