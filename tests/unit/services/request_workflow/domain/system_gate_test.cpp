// When a system is left alone, by the clock of Stockholm, and how much it bears.
#include "services/request_workflow/domain/system_gate.h"

#include <catch2/catch.hpp>

namespace varsam::requests {
namespace {

absl::Time Utc(int month, int day, int hour, int minute) {
  return absl::FromCivil(absl::CivilSecond(2026, month, day, hour, minute), absl::UTCTimeZone());
}

bool Closed(const char* window, absl::Time at) {
  return IsClosed(std::vector<std::string>{window}, at);
}

}  // namespace

TEST_CASE("a window of weekdays goes by Stockholm, first minute in and last minute out") {
  const char* const pay = "mon-fri 07:00-09:00";  // Wednesday 25 November 2026, UTC+1
  CHECK_FALSE(Closed(pay, Utc(11, 25, 5, 59)));
  CHECK(Closed(pay, Utc(11, 25, 6, 0)));
  CHECK(Closed(pay, Utc(11, 25, 7, 59)));
  CHECK_FALSE(Closed(pay, Utc(11, 25, 8, 0)));
  CHECK_FALSE(Closed(pay, Utc(11, 28, 7, 0)));            // Saturday
  CHECK(Closed(pay, Utc(7, 1, 5, 0)));                    // summer, UTC+2
  CHECK(Closed("sun 00:00-24:00", Utc(11, 28, 23, 30)));  // Sunday has begun there
}

TEST_CASE("a window of days of the month closes a pay run") {
  const char* const pay = "day 23-25 00:00-24:00";
  CHECK(Closed(pay, Utc(11, 25, 12, 0)));
  CHECK_FALSE(Closed(pay, Utc(11, 26, 12, 0)));
  CHECK_FALSE(IsClosed(std::vector<std::string>{}, Utc(11, 25, 12, 0)));
}

TEST_CASE("what is no window is refused") {
  for (const char* text : {"", "mon", "mon 9-10", "fri-mon 08:00-09:00", "mon 09:00-08:00",
                           "day 0-3 00:00-24:00", "day 1-32 00:00-24:00", "mon 08:00-24:01",
                           "mon 08:00-09:00 x", "mon-tue-wed 08:00-09:00"}) {
    INFO(text);
    CHECK_FALSE(ParseClosedWindow(text).ok());
  }
}

TEST_CASE("a cap leaves room until it is reached") {
  CHECK(RoomFor(0, 1'000'000) > 1'000'000);
  CHECK(RoomFor(10, 3) == 7);
  CHECK(RoomFor(10, 12) == 0);
}

}  // namespace varsam::requests
