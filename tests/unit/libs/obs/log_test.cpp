#include "libs/obs/log.h"

#include <string>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "nlohmann/json.hpp"

namespace varsam::obs {
namespace {

// Personal data has no field: neither a Personal<T> nor anything it could turn into.
template <typename T>
concept Loggable = requires(const T& value) { F("field", value); };
static_assert(Loggable<std::string>);
static_assert(Loggable<SubjectId>);
static_assert(!Loggable<Personal<std::string>>);
static_assert(!Loggable<Personal<int>>);

struct Capture {
  explicit Capture(Level level = Level::kDebug) {
    StartLog({.level = level, .service = "test", .sink = [this](std::string_view line) {
                lines.emplace_back(line);
              }});
  }
  ~Capture() {
    StartLog({.level = Level::kError, .service = "test", .sink = [](std::string_view) {}});
  }
  nlohmann::json Only() const {
    REQUIRE(lines.size() == 1);
    return nlohmann::json::parse(lines[0]);
  }
  std::vector<std::string> lines;
};

}  // namespace

TEST_CASE("a line is one JSON object with typed fields") {
  Capture capture;
  Log(Level::kInfo, "batch_committed",
      {F("rows", 3), F("big", uint64_t{18446744073709551615u}), F("took", absl::Milliseconds(2)),
       F("ok", true), F("ratio", 0.5), F("purpose", "newsletter"),
       F("when", absl::FromUnixSeconds(0)), F("nothing", 0.0 / 0.0)});
  const auto line = capture.Only();
  CHECK(line["level"] == "info");
  CHECK(line["service"] == "test");
  CHECK(line["event"] == "batch_committed");
  CHECK(line["rows"] == 3);
  CHECK(line["big"] == 18446744073709551615u);
  CHECK(line["took_us"] == 2000);
  CHECK(line["ok"] == true);
  CHECK(line["ratio"] == 0.5);
  CHECK(line["purpose"] == "newsletter");
  CHECK(line["when"] == "1970-01-01T00:00:00.000000Z");
  CHECK(line["nothing"].is_null());
  CHECK(line["time"].get<std::string>().size() == 27);
}

TEST_CASE("text cannot break out of its field or its line") {
  Capture capture;
  Log(Level::kInfo, "odd_text", {F("text", "a\n\",\"event\":\"forged\\\x01\x7f å")});
  const auto line = capture.Only();
  CHECK(line["event"] == "odd_text");
  CHECK(line["text"] == "a\n\",\"event\":\"forged\\\x01\x7f å");
  CHECK(capture.lines[0].find('\n') == std::string::npos);
}

TEST_CASE("bytes that are no text are shown as question marks") {
  Capture capture;
  Log(Level::kInfo, "raw_bytes", {F("text", "\xff\xfe ok")});
  CHECK(capture.Only()["text"] == "?? ok");
}

TEST_CASE("long text is cut between characters") {
  Capture capture;
  std::string text = "x";
  for (int i = 0; i < 400; ++i) text += "å";
  Log(Level::kInfo, "long_text", {F("text", text)});
  const std::string shown = capture.Only()["text"];
  CHECK(shown.size() <= kLogTextBytesMax + 3);
  CHECK(shown.ends_with("å…"));
}

TEST_CASE("a status shows code, reason and message") {
  Capture capture;
  Log(Level::kWarn, "call_failed", {F("status", InvalidField("page_size", "0, want 1..500"))});
  CHECK(capture.Only()["status"] == "INVALID_ARGUMENT INVALID_FIELD: page_size: 0, want 1..500");
}

TEST_CASE("lines under the level are not written") {
  Capture capture(Level::kWarn);
  Log(Level::kInfo, "quiet_event");
  CHECK(capture.lines.empty());
  CHECK_FALSE(LogEnabled(Level::kInfo));
  CHECK(LogEnabled(Level::kError));
}

TEST_CASE("one event cannot flood the log") {
  Capture capture;
  for (int i = 0; i < 10 * kLogLinesPerSecondMax; ++i) Log(Level::kInfo, "flooding_event");
  CHECK(capture.lines.size() >= kLogLinesPerSecondMax);
  CHECK(capture.lines.size() <= 2 * kLogLinesPerSecondMax + 2);  // the second may turn meanwhile
  const size_t before = capture.lines.size();
  Log(Level::kInfo, "another_event");
  CHECK(capture.lines.size() == before + 1);
}

TEST_CASE("level names are read strictly") {
  Level level = Level::kError;
  CHECK(ParseLevel("debug", &level));
  CHECK(level == Level::kDebug);
  CHECK_FALSE(ParseLevel("DEBUG", &level));
  CHECK_FALSE(ParseLevel("", &level));
}

}  // namespace varsam::obs
