// The vector runner: runs the cases of tests/vectors/FORMAT.md straight against the domain
// functions.
//
// One function per file takes the parsed JSON array, prints every case that fails (id, key, what
// was got and what was wanted) and returns the tally. A case passes when every key of its `expect`
// is equal; it fails as well when it cannot be read. Runners never throw and never stop early.
#pragma once

#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "absl/time/time.h"
#include "libs/calendar/day.h"

namespace varsam::vectors {

struct Tally {
  int passed = 0;
  int failed = 0;
};

Tally RunDecide(const nlohmann::json& cases, std::ostream& out);
Tally RunDeadline(const nlohmann::json& cases, std::ostream& out);
Tally RunRetention(const nlohmann::json& cases, std::ostream& out);
Tally RunBreach(const nlohmann::json& cases, std::ostream& out);

// What every runner is made of: `answer` turns the `facts` and `ask` of one case into an object
// with (at least) the keys of `expect`; values are compared key by key, timestamps as instants. A
// key that the answer lacks is a failure. What `answer` throws counts as a failure of that case.
using AnswerCase =
    std::function<nlohmann::json(const nlohmann::json& facts, const nlohmann::json& ask)>;
Tally RunCases(const nlohmann::json& cases, const AnswerCase& answer, std::ostream& out);

// Reading and writing the types of FORMAT 1.2. The readers throw std::runtime_error on anything
// else.
absl::Time TimeOf(const nlohmann::json& value);
calendar::LocalDay DayOf(const nlohmann::json& value);
nlohmann::json ToJson(absl::Time at);  // Stockholm offset
nlohmann::json ToJson(calendar::LocalDay day);

// For "X or null" either way: nullopt and null answer each other.
//   std::optional<absl::Time> notice = OrNull(facts.at("notice_at"), TimeOf);
template <typename Read>
auto OrNull(const nlohmann::json& value, Read read) {
  using Value = decltype(read(value));
  return value.is_null() ? std::optional<Value>() : std::optional<Value>(read(value));
}
template <typename T>
nlohmann::json OrNull(const std::optional<T>& value) {
  return value ? nlohmann::json(ToJson(*value)) : nlohmann::json();
}

}  // namespace varsam::vectors
