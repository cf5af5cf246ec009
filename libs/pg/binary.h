// PostgreSQL's binary numbers and times: big endian; times count microseconds, days count days,
// both from 2000-01-01; the extremes are the infinities (backend/utils/adt/timestamp.c). For
// libs/pg only.
#pragma once

#include <cstdint>
#include <cstring>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"

namespace varsam::pg {

void PutInt16(char* at, int16_t value);
void PutInt32(char* at, int32_t value);
void PutInt64(char* at, int64_t value);
int16_t GetInt16(const char* at);
int32_t GetInt32(const char* at);
int64_t GetInt64(const char* at);

// CHECK: within what a timestamptz or date can hold.
int64_t MicrosOfTime(absl::Time time);
absl::Time TimeOfMicros(int64_t micros);
int32_t DaysOfDay(absl::CivilDay day);
absl::CivilDay DayOfDays(int32_t days);

}  // namespace varsam::pg
