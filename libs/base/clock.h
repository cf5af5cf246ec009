// The one place that reads the time. Everything else is handed a Clock, or a time as a value.
//
// Times are absl::Time (instants, UTC); calendar days belong to libs/calendar.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace varsam {

class Clock {
 public:
  virtual ~Clock() = default;
  // The present instant, to the microsecond. Safe from every thread.
  virtual absl::Time Now() const = 0;
};

// The machine's wall clock. Lives for the whole process.
const Clock& SystemClock();

// A clock driven by a file that holds one RFC 3339 instant: time stands at that instant and moves
// when the file is rewritten (checked at most every 20 ms of real time). For scenarios with dates;
// production configuration refuses it. InvalidArgument when the file cannot be read at the start;
// a later unreadable content keeps the last good instant.
absl::StatusOr<std::unique_ptr<Clock>> NewFileClock(std::string path);

// Seconds of real time that never go back, for durations, leases and time-outs.
absl::Duration MonotonicNow();

// A clock that tests set by hand.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(absl::Time now) : micros_(absl::ToUnixMicros(now)) {}
  absl::Time Now() const override { return absl::FromUnixMicros(micros_.load()); }
  void Set(absl::Time now) { micros_.store(absl::ToUnixMicros(now)); }
  void Advance(absl::Duration by) { micros_.fetch_add(absl::ToInt64Microseconds(by)); }

 private:
  std::atomic<int64_t> micros_;
};

}  // namespace varsam
