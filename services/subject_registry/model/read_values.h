// Typed values out of a YamlMap: enumerations by table, periods, days, instants, ids and lists of
// ids. Every fault goes to the map's errors with its line; reading goes on with an empty value.
#pragma once

#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/strict_yaml.h"
#include "services/subject_registry/domain/policy_model.h"

namespace varsam::registry {

template <typename T>
struct Word {
  std::string_view text;
  T value;
};

// Adds an error when the key is missing or its value is null.
void Require(YamlMap& map, std::string_view key);
void WantOneOf(YamlMap& map, std::string_view key, const std::vector<std::string_view>& words);

// The value the word stands for; nullopt when absent, or when unknown (then an error is added).
template <typename T>
std::optional<T> OptionalEnum(YamlMap& map, std::string_view key,
                              std::initializer_list<Word<T>> words) {
  const auto text = map.OptionalText(key);
  if (!text) return std::nullopt;
  std::vector<std::string_view> known;
  for (const auto& word : words) {
    if (word.text == *text) return word.value;
    known.push_back(word.text);
  }
  WantOneOf(map, key, known);
  return std::nullopt;
}

template <typename T>
T Enum(YamlMap& map, std::string_view key, T fallback, std::initializer_list<Word<T>> words) {
  Require(map, key);
  return OptionalEnum<T>(map, key, words).value_or(fallback);
}

std::optional<calendar::Period> OptionalPeriod(YamlMap& map, std::string_view key);
calendar::Period RequiredPeriod(YamlMap& map, std::string_view key);
// PT<n>H, the only duration of elapsed time the model knows.
absl::Duration RequiredHours(YamlMap& map, std::string_view key);
std::optional<calendar::LocalDay> OptionalDay(YamlMap& map, std::string_view key);
// RFC 3339 with offset.
std::optional<absl::Time> OptionalInstant(YamlMap& map, std::string_view key);

bool RequiredBool(YamlMap& map, std::string_view key);

// An identifier of the model: [a-z][a-z0-9_]*, at most kModelIdBytesMax.
inline constexpr size_t kModelIdBytesMax = 64;
bool IsModelId(std::string_view text);

template <typename Id>
Id CheckedId(std::string text, const YamlNode& at, YamlErrors& errors) {
  if (!IsModelId(text)) errors.Add(at, "want an identifier of a-z, 0-9 and _, at most 64 long");
  return Id(std::move(text));
}

template <typename Id>
std::optional<Id> OptionalId(YamlMap& map, std::string_view key) {
  auto text = map.OptionalText(key);
  if (!text) return std::nullopt;
  return CheckedId<Id>(*std::move(text), *map.OptionalChild(key), map.errors());
}

// A list of ids without repetition.
template <typename Id>
std::vector<Id> OptionalIds(YamlMap& map, std::string_view key) {
  std::vector<Id> ids;
  std::set<std::string> seen;
  const YamlNode* node = map.OptionalChild(key);
  for (std::string& text : map.OptionalTexts(key)) {
    if (!seen.insert(text).second) map.errors().Add(*node, "an entry stands twice: " + text);
    ids.push_back(CheckedId<Id>(std::move(text), *node, map.errors()));
  }
  return ids;
}

template <typename Id>
std::vector<Id> RequiredIds(YamlMap& map, std::string_view key) {
  Require(map, key);
  return OptionalIds<Id>(map, key);
}

// sv (required), en, ref, o and the line.
void ReadEntry(YamlMap& map, Entry& entry);
Origin ReadOrigin(YamlMap& map);

// Calls read(id, node) for every entry of the map of entries under `key`.
template <typename Read>
void ForEachEntry(YamlMap& root, std::string_view key, Read read) {
  const YamlNode* node = root.Child(key);
  if (node == nullptr) return;
  if (node->kind != YamlNode::Kind::kMap) {
    root.errors().Add(*node, "want a map");
    return;
  }
  for (const auto& [id, value] : node->fields) {
    if (!IsModelId(id)) root.errors().Add(value, "its key is no identifier of a-z, 0-9 and _");
    read(id, value);
  }
}

}  // namespace varsam::registry
