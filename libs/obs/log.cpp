#include "libs/obs/log.h"

#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <memory>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/strings.h"
#include "spdlog/async_logger.h"
#include "spdlog/details/thread_pool.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace varsam::obs {
namespace {

constexpr size_t kQueueLinesMax = 8192;
constexpr size_t kRateSlots = 256;

// Everything a line needs, swapped as a whole by StartLog.
struct Output {
  LogConfig config;
  std::shared_ptr<spdlog::details::thread_pool> thread;
  std::shared_ptr<spdlog::async_logger> logger;
};

// Before StartLog only warnings matter, and they go straight to standard error.
std::atomic<Level> g_level{Level::kWarn};
std::mutex g_output_mutex;
std::shared_ptr<const Output> g_output;  // guarded by g_output_mutex

std::shared_ptr<const Output> CurrentOutput() {
  std::lock_guard lock(g_output_mutex);
  return g_output;
}

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kDebug: return "debug";
    case Level::kInfo: return "info";
    case Level::kWarn: return "warn";
    case Level::kError: return "error";
  }
  return "error";
}

void AppendJsonText(std::string& out, std::string_view text) {
  std::string_view shown = text.substr(0, kLogTextBytesMax);
  if (shown.size() < text.size()) {  // not in the middle of a character
    while (!shown.empty() && (text[shown.size()] & 0xC0) == 0x80) shown.remove_suffix(1);
  }
  const bool utf8 = IsCleanUtf8(shown);
  out += '"';
  for (const char c : shown) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      absl::StrAppendFormat(&out, "\\u%04x", byte);
    } else if (byte >= 0x80 && !utf8) {
      out += '?';
    } else {
      out += c;
    }
  }
  if (shown.size() < text.size()) out += "…";
  out += '"';
}

void AppendField(std::string& out, const Field& field) {
  absl::StrAppend(&out, ",\"", ToAbsl(field.name),
                  field.kind == Field::Kind::kMicros ? "_us\":" : "\":");
  switch (field.kind) {
    case Field::Kind::kText:
      return AppendJsonText(out, field.owned.empty() ? field.text : std::string_view(field.owned));
    case Field::Kind::kInt:
    case Field::Kind::kMicros:
      absl::StrAppend(&out, field.integer);
      return;
    case Field::Kind::kUint:
      absl::StrAppend(&out, static_cast<uint64_t>(field.integer));
      return;
    case Field::Kind::kReal:
      absl::StrAppend(&out,
                      std::isfinite(field.real) ? absl::StrFormat("%.9g", field.real) : "null");
      return;
    case Field::Kind::kBool:
      absl::StrAppend(&out, field.integer != 0 ? "true" : "false");
      return;
  }
}

// At most kLogLinesPerSecondMax lines of one event a second. Events that share a slot share the
// bound; nothing is ever allocated.
class RateLimit {
 public:
  // false: leave this line out. Else *suppressed is what was left out before it.
  bool Allow(std::string_view event, int64_t second, uint64_t* suppressed) {
    Slot& slot = slots_[std::hash<std::string_view>{}(event) % kRateSlots];
    int64_t seen = slot.second.load(std::memory_order_relaxed);
    if (seen != second && slot.second.compare_exchange_strong(seen, second)) slot.lines.store(0);
    if (slot.lines.fetch_add(1, std::memory_order_relaxed) >= kLogLinesPerSecondMax) {
      slot.suppressed.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    *suppressed = slot.suppressed.exchange(0, std::memory_order_relaxed);
    return true;
  }

 private:
  struct Slot {
    std::atomic<int64_t> second{0};
    std::atomic<int> lines{0};
    std::atomic<uint64_t> suppressed{0};
  };
  std::array<Slot, kRateSlots> slots_;
};

RateLimit& Rates() {
  static RateLimit* const rates = new RateLimit();
  return *rates;
}

Field Text(std::string_view name, std::string owned) {
  Field field{.name = name, .kind = Field::Kind::kText};
  field.owned = std::move(owned);
  return field;
}

void WriteLine(const Output* output, Level level, const std::string& line) {
  if (output == nullptr) {
    std::fprintf(stderr, "%s\n", line.c_str());
  } else if (output->config.sink) {
    output->config.sink(line);
  } else {
    output->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
    if (level >= Level::kWarn) output->logger->flush();
  }
}

}  // namespace

Field F(Name name, std::string_view text) {
  return {.name = name.text(), .kind = Field::Kind::kText, .text = text};
}
Field F(Name name, bool value) {
  return {.name = name.text(), .kind = Field::Kind::kBool, .integer = value};
}
Field F(Name name, int value) { return F(name, static_cast<int64_t>(value)); }
Field F(Name name, int64_t value) {
  return {.name = name.text(), .kind = Field::Kind::kInt, .integer = value};
}
Field F(Name name, uint32_t value) { return F(name, static_cast<uint64_t>(value)); }
Field F(Name name, uint64_t value) {
  return {.name = name.text(),
          .kind = Field::Kind::kUint,
          .integer = static_cast<int64_t>(value)};
}
Field F(Name name, double value) {
  return {.name = name.text(), .kind = Field::Kind::kReal, .real = value};
}
Field F(Name name, absl::Duration value) {
  return {.name = name.text(),
          .kind = Field::Kind::kMicros,
          .integer = absl::ToInt64Microseconds(value)};
}
Field F(Name name, absl::Time value) {
  return Text(name.text(),
              absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", value, absl::UTCTimeZone()));
}
Field F(Name name, const Uuid& value) { return Text(name.text(), value.ToString()); }
Field F(Name name, const absl::Status& value) {
  if (value.ok()) return Text(name.text(), "OK");
  const std::string reason = ReasonOf(value);
  return Text(name.text(), absl::StrCat(absl::StatusCodeToString(value.code()),
                                        reason.empty() ? "" : " ", reason, ": ", value.message()));
}

void StartLog(LogConfig config) {
  auto output = std::make_shared<Output>();
  output->config = std::move(config);
  if (!output->config.sink) {
    output->thread = std::make_shared<spdlog::details::thread_pool>(kQueueLinesMax, 1);
    output->logger = std::make_shared<spdlog::async_logger>(
        "varsam", std::make_shared<spdlog::sinks::stderr_sink_mt>(), output->thread,
        spdlog::async_overflow_policy::overrun_oldest);
    output->logger->set_pattern("%v");
  }
  g_level.store(output->config.level);
  std::shared_ptr<const Output> old = std::move(output);
  {
    std::lock_guard lock(g_output_mutex);
    g_output.swap(old);
  }
}

void FlushLog() {
  std::shared_ptr<const Output> old;
  std::lock_guard lock(g_output_mutex);
  if (g_output == nullptr || g_output->config.sink) return;
  g_output.swap(old);  // the thread writes its queue out as it ends; later lines go straight out
}

bool LogEnabled(Level level) { return level >= g_level.load(std::memory_order_relaxed); }

void Log(Level level, Name event, std::initializer_list<Field> fields) {
  if (!LogEnabled(level)) return;
  const absl::Time now = SystemClock().Now();
  uint64_t suppressed = 0;
  if (!Rates().Allow(event.text(), absl::ToUnixSeconds(now), &suppressed)) return;
  const std::shared_ptr<const Output> output = CurrentOutput();
  std::string line = absl::StrCat(
      "{\"time\":\"", absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", now, absl::UTCTimeZone()),
      "\",\"level\":\"", ToAbsl(LevelName(level)), "\",\"service\":");
  AppendJsonText(line, output ? std::string_view(output->config.service) : "");
  absl::StrAppend(&line, ",\"event\":\"", ToAbsl(event.text()), "\"");
  for (const Field& field : fields) AppendField(line, field);
  if (suppressed > 0) absl::StrAppend(&line, ",\"suppressed\":", suppressed);
  line += '}';
  WriteLine(output.get(), level, line);
}

bool ParseLevel(std::string_view text, Level* level) {
  for (const Level one : {Level::kDebug, Level::kInfo, Level::kWarn, Level::kError}) {
    if (text == LevelName(one)) {
      *level = one;
      return true;
    }
  }
  return false;
}

}  // namespace varsam::obs
