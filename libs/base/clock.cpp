#include "libs/base/clock.h"

#include <time.h>

#include <fstream>
#include <mutex>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "libs/base/coarse_clock.h"

namespace varsam {
namespace {

class RealClock final : public Clock {
 public:
  absl::Time Now() const override {
    timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return absl::FromUnixMicros(int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000);
  }
};

class FileClock final : public Clock {
 public:
  FileClock(std::string path, absl::Time start) : path_(std::move(path)), now_(start) {}

  absl::Time Now() const override {
    std::lock_guard lock(mutex_);
    const absl::Duration tick = MonotonicNow();
    if (tick - read_at_ >= absl::Milliseconds(20)) {
      read_at_ = tick;
      if (auto read = Read(path_); read.ok()) now_ = *read;
    }
    return now_;
  }

  static absl::StatusOr<absl::Time> Read(const std::string& path) {
    std::ifstream file(path);
    std::string text;
    if (!std::getline(file, text)) {
      return absl::InvalidArgumentError(absl::StrCat("clock file ", path, ": cannot be read"));
    }
    absl::StripAsciiWhitespace(&text);
    absl::Time time;
    std::string error;
    if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
      return absl::InvalidArgumentError(
          absl::StrCat("clock file ", path, ": not an RFC 3339 instant"));
    }
    return time;
  }

 private:
  const std::string path_;
  mutable std::mutex mutex_;
  mutable absl::Time now_;
  mutable absl::Duration read_at_ = absl::ZeroDuration();
};

}  // namespace

const Clock& SystemClock() {
  static const RealClock* const clock = new RealClock();
  return *clock;
}

absl::StatusOr<std::unique_ptr<Clock>> NewFileClock(std::string path) {
  absl::StatusOr<absl::Time> start = FileClock::Read(path);
  if (!start.ok()) return start.status();
  return std::unique_ptr<Clock>(new FileClock(std::move(path), *start));
}

absl::Duration MonotonicNow() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return absl::DurationFromTimespec(now);
}

int64_t CoarseUnixSeconds(const Clock& clock) {
  if (&clock != &SystemClock()) return absl::ToUnixSeconds(clock.Now());
  timespec now;
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return now.tv_sec;
}

int64_t CoarseMonotonicNanos() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace varsam
