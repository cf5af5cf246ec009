#include "tests/unit/vectors/vectors.h"

#include <exception>
#include <ostream>
#include <stdexcept>

#include "libs/calendar/stockholm.h"

namespace varsam::vectors {
namespace {

using nlohmann::json;

std::optional<absl::Time> AsTime(const json& value) {
  if (!value.is_string()) return std::nullopt;
  const std::string& text = value.get_ref<const std::string&>();
  absl::Time at;
  std::string error;
  if (text.size() < 20 || text[10] != 'T') return std::nullopt;
  if (!absl::ParseTime(absl::RFC3339_sec, text, &at, &error)) return std::nullopt;
  return at;
}

// Timestamps as instants, everything else as equal values (FORMAT 1.1).
bool SameValue(const json& got, const json& want) {
  if (got == want) return true;
  const std::optional<absl::Time> got_time = AsTime(got), want_time = AsTime(want);
  return got_time && want_time && *got_time == *want_time;
}

bool RunCase(const json& test, const AnswerCase& answer, std::ostream& out) {
  std::string id = "(no id)";
  try {
    id = test.at("id").get<std::string>();
    const json got = answer(test.at("facts"), test.at("ask"));
    bool passed = true;
    for (const auto& [key, want] : test.at("expect").items()) {
      const auto found = got.find(key);
      if (found != got.end() && SameValue(*found, want)) continue;
      passed = false;
      out << "  " << id << " " << key << ": got "
          << (found == got.end() ? "nothing" : found->dump()) << ", want " << want.dump() << "\n";
    }
    return passed;
  } catch (const std::exception& error) {
    out << "  " << id << ": cannot be run: " << error.what() << "\n";
    return false;
  }
}

}  // namespace

Tally RunCases(const json& cases, const AnswerCase& answer, std::ostream& out) {
  Tally tally;
  if (!cases.is_array()) {
    out << "  not an array of cases\n";
    return {0, 1};
  }
  for (const json& test : cases) ++(RunCase(test, answer, out) ? tally.passed : tally.failed);
  return tally;
}

absl::Time TimeOf(const json& value) {
  const std::optional<absl::Time> at = AsTime(value);
  if (!at) throw std::runtime_error("not a timestamp: " + value.dump());
  return *at;
}

calendar::LocalDay DayOf(const json& value) {
  const auto day = calendar::ParseDay(value.get<std::string>());
  if (!day.ok()) throw std::runtime_error("not a date: " + value.dump());
  return *day;
}

json ToJson(absl::Time at) { return calendar::ToStockholmRfc3339(at); }
json ToJson(calendar::LocalDay day) { return day.ToString(); }

}  // namespace varsam::vectors
