// A calendar day in Europe/Stockholm, without time of day and without zone arithmetic (stockholm.h
// has that). Four bytes, totally ordered, hashable, printed as YYYY-MM-DD. Pure; safe everywhere.
#pragma once

#include <compare>
#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

namespace varsam::calendar {

enum class Weekday : int8_t {
  kMonday = 1,  // ISO 8601 numbers
  kTuesday = 2,
  kWednesday = 3,
  kThursday = 4,
  kFriday = 5,
  kSaturday = 6,
  kSunday = 7,
};

class LocalDay {
 public:
  // 1970-01-01.
  constexpr LocalDay() = default;
  // The day that many days after 1970-01-01.
  static constexpr LocalDay FromEpochDays(int32_t days) { return LocalDay(days); }
  // The civil date; the caller knows that it exists (CHECKed). See ParseDay for input.
  static LocalDay Of(int year, int month, int day);

  constexpr int32_t epoch_days() const { return days_; }
  int year() const;
  int month() const;  // 1..12
  int day() const;    // 1..31
  Weekday weekday() const;

  // YYYY-MM-DD.
  std::string ToString() const;

  constexpr auto operator<=>(const LocalDay&) const = default;
  constexpr LocalDay operator+(int32_t days) const { return LocalDay(days_ + days); }
  constexpr LocalDay operator-(int32_t days) const { return LocalDay(days_ - days); }
  // Days from other to this.
  constexpr int32_t operator-(LocalDay other) const { return days_ - other.days_; }

  template <typename H>
  friend H AbslHashValue(H state, LocalDay day) {
    return H::combine(std::move(state), day.days_);
  }
  friend std::ostream& operator<<(std::ostream& out, LocalDay day) { return out << day.ToString(); }

 private:
  constexpr explicit LocalDay(int32_t days) : days_(days) {}
  int32_t days_ = 0;
};

// Reads exactly YYYY-MM-DD of an existing day, years 1900..9999; INVALID_ARGUMENT otherwise.
absl::StatusOr<LocalDay> ParseDay(std::string_view text);

// 28..31.
int DaysInMonth(int year, int month);

// Whole months later (or earlier, when negative): keeps the day number, or takes the last day of a
// shorter target month (Reg. 1182/71 art. 3(2)(c); FORMAT 1.3).
LocalDay AddMonths(LocalDay day, int months);

// "torsdag 5 mars 2026" and "Thursday 5 March 2026", for people.
std::string InSwedish(LocalDay day);
std::string InEnglish(LocalDay day);

}  // namespace varsam::calendar
