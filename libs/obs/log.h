// The log: one JSON object a line on standard error, typed fields only.
//
//   obs::Log(obs::Level::kInfo, "batch_committed", {obs::F("rows", 3), obs::F("took", elapsed)});
//   {"time":"2026-11-25T08:00:00.000001Z","level":"info","service":"consent",
//    "event":"batch_committed","rows":3,"took_us":412}
//
// The event and the field names are literals in snake_case (anything else does not compile), so the
// log has a finite vocabulary. A Personal<T> has no field. Text values are cut at kLogTextBytesMax
// and control characters are escaped. Each event is bounded to kLogLinesPerSecondMax lines a
// second; what was left out is counted in the next line's "suppressed". Lines go through a bounded
// queue: a standard error that nobody reads drops the oldest lines and never holds up a call.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/base/personal.h"

namespace varsam::obs {

inline constexpr size_t kLogTextBytesMax = 512;
inline constexpr int kLogLinesPerSecondMax = 50;

enum class Level { kDebug, kInfo, kWarn, kError };

// A snake_case literal.
class Name {
 public:
  template <size_t N>
  consteval Name(const char (&text)[N]) : text_(text, N - 1) {  // NOLINT: a literal is a Name
    if (!IsSnakeCase(text_)) throw "names in the log are snake_case literals";
  }
  constexpr std::string_view text() const { return text_; }

 private:
  static constexpr bool IsSnakeCase(std::string_view text) {
    if (text.empty() || text.size() > 48) return false;
    for (char c : text) {
      if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
    }
    return true;
  }
  std::string_view text_;
};

// One field. Holds views: lives only inside the Log() expression.
struct Field {
  enum class Kind { kText, kInt, kUint, kReal, kBool, kMicros };
  std::string_view name;
  Kind kind = Kind::kInt;
  std::string_view text;
  int64_t integer = 0;
  double real = 0;
  std::string owned;  // text that had to be rendered (ids, times, statuses)
};

Field F(Name name, std::string_view text);
inline Field F(Name name, const char* text) { return F(name, std::string_view(text)); }
inline Field F(Name name, const std::string& text) { return F(name, std::string_view(text)); }
Field F(Name name, bool value);
Field F(Name name, int value);
Field F(Name name, int64_t value);
Field F(Name name, uint32_t value);
Field F(Name name, uint64_t value);
Field F(Name name, double value);
Field F(Name name, absl::Duration value);  // rendered as <name>_us
Field F(Name name, absl::Time value);
Field F(Name name, const Uuid& value);
// Code and reason, and the message (errors hold no personal data, libs/base/error.h).
Field F(Name name, const absl::Status& value);
template <typename Tag>
Field F(Name name, const StrongId<Tag>& id) {
  return F(name, id.value());
}
template <typename Tag>
Field F(Name name, const StrongText<Tag>& text) {
  return F(name, std::string_view(text.value()));
}
template <typename T>
Field F(Name name, const Personal<T>& value) = delete;

struct LogConfig {
  Level level = Level::kInfo;
  std::string service;  // stands in every line
  // For tests: receives each finished line instead of standard error, on the calling thread.
  std::function<void(std::string_view line)> sink;
};

// Once at the start of a process; before it (and in tests without it) warnings and errors go to
// standard error and the rest nowhere. Thread-safe against Log().
void StartLog(LogConfig config);
// Writes out what is queued; at the end of main.
void FlushLog();

bool LogEnabled(Level level);
void Log(Level level, Name event, std::initializer_list<Field> fields = {});

// "debug" | "info" | "warn" | "error"; false for anything else.
bool ParseLevel(std::string_view text, Level* level);

}  // namespace varsam::obs
