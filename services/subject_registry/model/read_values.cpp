#include "services/subject_registry/model/read_values.h"

#include <algorithm>
#include <cctype>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/strings.h"

namespace varsam::registry {
namespace {

constexpr int kHoursMax = 24 * 366;

// The node of the key, or the map itself when it stands nowhere.
const YamlNode& NodeOf(YamlMap& map, std::string_view key) {
  const YamlNode* node = map.OptionalChild(key);
  return node == nullptr ? map.node() : *node;
}

}  // namespace

void Require(YamlMap& map, std::string_view key) {
  const YamlNode* node = map.Child(key);
  if (node != nullptr && node->kind == YamlNode::Kind::kNull) {
    map.errors().Add(*node, "want a value");
  }
}

void WantOneOf(YamlMap& map, std::string_view key, const std::vector<std::string_view>& words) {
  std::vector<std::string> texts(words.begin(), words.end());
  map.errors().Add(NodeOf(map, key), absl::StrCat("want one of ", absl::StrJoin(texts, ", ")));
}

std::optional<calendar::Period> OptionalPeriod(YamlMap& map, std::string_view key) {
  const auto text = map.OptionalText(key);
  if (!text) return std::nullopt;
  const auto period = calendar::ParsePeriod(*text);
  if (period.ok()) return *period;
  map.errors().Add(NodeOf(map, key), "want a period: P<n>D, P<n>M or P<n>Y");
  return std::nullopt;
}

calendar::Period RequiredPeriod(YamlMap& map, std::string_view key) {
  Require(map, key);
  return OptionalPeriod(map, key).value_or(calendar::Period{});
}

absl::Duration RequiredHours(YamlMap& map, std::string_view key) {
  const std::string text = map.Text(key);
  int hours = 0;
  const bool shaped = text.size() > 3 && text.compare(0, 2, "PT") == 0 && text.back() == 'H' &&
                      std::all_of(text.begin() + 2, text.end() - 1,
                                  [](unsigned char c) { return c >= '0' && c <= '9'; });
  if (shaped && absl::SimpleAtoi(text.substr(2, text.size() - 3), &hours) && hours <= kHoursMax) {
    return absl::Hours(hours);
  }
  map.errors().Add(NodeOf(map, key), absl::StrCat("want PT<n>H, n at most ", kHoursMax));
  return absl::ZeroDuration();
}

std::optional<calendar::LocalDay> OptionalDay(YamlMap& map, std::string_view key) {
  const auto text = map.OptionalText(key);
  if (!text) return std::nullopt;
  const auto day = calendar::ParseDay(*text);
  if (day.ok()) return *day;
  map.errors().Add(NodeOf(map, key), "want a day: YYYY-MM-DD");
  return std::nullopt;
}

std::optional<absl::Time> OptionalInstant(YamlMap& map, std::string_view key) {
  const auto text = map.OptionalText(key);
  if (!text) return std::nullopt;
  absl::Time at;
  std::string ignored;
  if (absl::ParseTime(absl::RFC3339_full, *text, &at, &ignored) && at > absl::InfinitePast() &&
      at < absl::InfiniteFuture()) {
    return at;
  }
  map.errors().Add(NodeOf(map, key), "want an instant: YYYY-MM-DDThh:mm:ss with Z or an offset");
  return std::nullopt;
}

bool RequiredBool(YamlMap& map, std::string_view key) {
  Require(map, key);
  return map.OptionalBool(key, false);
}

bool IsModelId(std::string_view text) {
  if (text.empty() || text.size() > kModelIdBytesMax) return false;
  if (text[0] < 'a' || text[0] > 'z') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Origin ReadOrigin(YamlMap& map) {
  return OptionalEnum<Origin>(map, "o", {{"P", Origin::kPolicy}, {"L", Origin::kLaw},
                                         {"D", Origin::kDefault}})
      .value_or(Origin::kUnstated);
}

void ReadEntry(YamlMap& map, Entry& entry) {
  entry.line = map.node().line;
  entry.sv = map.OptionalText("sv").value_or("");
  entry.en = map.OptionalText("en").value_or("");
  entry.ref = map.OptionalText("ref").value_or("");
  entry.origin = ReadOrigin(map);
}

}  // namespace varsam::registry
