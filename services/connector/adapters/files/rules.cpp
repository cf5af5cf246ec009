#include "services/connector/adapters/files/rules.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "absl/strings/str_split.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strict_yaml.h"
#include "libs/base/strings.h"
#include "services/connector/adapters/identify.h"
#include "services/connector/digest.h"

namespace varsam::connector::files {
namespace {

const std::map<std::string, IdentifierType, std::less<>>& Types() {
  static const auto* const types = new std::map<std::string, IdentifierType, std::less<>>{
      {"email", IdentifierType::kEmail},
      {"phone", IdentifierType::kPhone},
      {"customer_number", IdentifierType::kCustomerNumber},
      {"employee_number", IdentifierType::kEmployeeNumber}};
  return *types;
}

// The type that "{type}" at the start of the pattern names, and its length; 0: none.
std::pair<IdentifierType, size_t> PlaceholderAt(std::string_view pattern) {
  if (!pattern.starts_with('{')) return {IdentifierType::kEmail, 0};
  const size_t close = pattern.find('}');
  if (close == std::string_view::npos) return {IdentifierType::kEmail, 0};
  const auto type = Types().find(pattern.substr(1, close - 1));
  return type == Types().end() ? std::pair{IdentifierType::kEmail, size_t{0}}
                               : std::pair{type->second, close + 1};
}

bool Names(std::string_view text, IdentifierType type, const Identifiers& who) {
  const Identifiers one = {{type, Personal<std::string>(std::string(text)), ""}};
  const std::vector<std::string> normal = NormalisedValues(one, type);
  if (normal.empty()) return false;
  const std::vector<std::string> wanted = NormalisedValues(who, type);
  return std::ranges::find(wanted, normal[0]) != wanted.end();
}

bool SegmentFits(std::string_view pattern, std::string_view text, const Identifiers* who) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    for (size_t n = 0; n <= text.size(); ++n) {
      if (SegmentFits(pattern.substr(1), text.substr(n), who)) return true;
    }
    return false;
  }
  if (const auto [type, length] = PlaceholderAt(pattern); length > 0) {
    for (size_t n = 1; n <= text.size(); ++n) {
      if (who != nullptr && !Names(text.substr(0, n), type, *who)) continue;
      if (SegmentFits(pattern.substr(length), text.substr(n), who)) return true;
    }
    return false;
  }
  return !text.empty() && pattern[0] == text[0] &&
         SegmentFits(pattern.substr(1), text.substr(1), who);
}

using Segments = std::vector<std::string>;

bool PathFits(const Segments& pattern, size_t p, const Segments& path, size_t at,
              const Identifiers* who) {
  if (p == pattern.size()) return at == path.size();
  if (pattern[p] == "**") {
    for (size_t n = at; n <= path.size(); ++n) {
      if (PathFits(pattern, p + 1, path, n, who)) return true;
    }
    return false;
  }
  return at < path.size() && SegmentFits(pattern[p], path[at], who) &&
         PathFits(pattern, p + 1, path, at + 1, who);
}

class Reader {
 public:
  absl::StatusOr<Rules> Read(std::string_view text) {
    ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(text));
    YamlMap map(root, errors_);
    if (map.OptionalInteger("files", 1, 1) != 1) errors_.Add(root, "want files: 1");
    rules_.system = map.Text("system");
    rules_.text_sha256 = Sha256(text);
    if (const YamlNode* people = map.OptionalChild("people")) ReadPeople(*people);
    if (const YamlNode* list = map.Child("rules")) {
      if (list->items.empty()) errors_.Add(*list, "want at least one rule");
      for (const YamlNode& item : list->items) ReadRule(item);
    }
    map.Done();
    RETURN_IF_ERROR(errors_.ToStatus());
    return std::move(rules_);
  }

 private:
  char Separator(YamlMap& map) {
    const std::string text = map.OptionalText("separator").value_or(",");
    if (text == "tab") return '\t';
    if (text.size() != 1) errors_.Add(map.node(), "separator: want one character or tab");
    return text.empty() ? ',' : text[0];
  }

  IdentifierType TypeNamed(const std::string& name, const YamlNode& at) {
    const auto type = Types().find(name);
    if (type != Types().end()) return type->second;
    errors_.Add(at, "type: want email, phone, customer_number or employee_number");
    return IdentifierType::kEmail;
  }

  void ReadPeople(const YamlNode& node) {
    YamlMap map(node, errors_);
    Register people;
    people.path = map.Text("path");
    people.separator = Separator(map);
    people.names = map.OptionalTexts("names");
    if (const YamlNode* columns = map.Child("identifiers")) {
      for (const auto& [column, type] : columns->fields) {
        people.identifiers.emplace_back(column, TypeNamed(type.scalar, type));
      }
    }
    map.Done();
    rules_.people = std::move(people);
  }

  void ReadRule(const YamlNode& node) {
    YamlMap map(node, errors_);
    Rule rule;
    rule.pattern = map.Text("path");
    rule.segments = absl::StrSplit(rule.pattern, '/');
    rule.category = map.Text("category");
    rule.reason = map.OptionalText("reason").value_or("");
    rule.mentions = map.OptionalBool("mentions", false);
    if (const YamlNode* rows = map.OptionalChild("rows")) {
      YamlMap inner(*rows, errors_);
      rule.rows =
          RowRule{inner.Text("column"), TypeNamed(inner.Text("type"), *rows), Separator(inner)};
      inner.Done();
    }
    const std::string action = map.Text("action");
    static const std::map<std::string, FileAction> kActions = {{"delete", FileAction::kDelete},
                                                               {"redact", FileAction::kRedact},
                                                               {"review", FileAction::kReview},
                                                               {"keep", FileAction::kKeep}};
    const auto found = kActions.find(action);
    if (found == kActions.end()) errors_.Add(node, "action: want delete, redact, review or keep");
    if (found != kActions.end()) rule.action = found->second;
    map.Done();
    Judge(rule, node);
    rules_.rules.push_back(std::move(rule));
  }

  void Judge(const Rule& rule, const YamlNode& node) {
    const int ways = (IsOwned(rule) ? 1 : 0) + (rule.rows ? 1 : 0) + (rule.mentions ? 1 : 0);
    if (ways != 1) errors_.Add(node, "want exactly one of {identifier} in path, rows, mentions");
    if (rule.pattern.starts_with('/') || rule.pattern.find("..") != std::string::npos) {
      errors_.Add(node, "path: want a path inside the tree");
    }
    if (rule.mentions && rule.action == FileAction::kDelete) {
      errors_.Add(node, "a text that only mentions a person is not deleted: want redact or review");
    }
    if (!rule.mentions && rule.action == FileAction::kRedact) {
      errors_.Add(node, "redact: want mentions");
    }
    if ((rule.action == FileAction::kKeep) == rule.reason.empty()) {
      errors_.Add(node, "want a reason with keep, and only there");
    }
  }

  YamlErrors errors_;
  Rules rules_;
};

}  // namespace

bool IsOwned(const Rule& rule) {
  return std::ranges::any_of(rule.segments, [](const std::string& segment) {
    for (size_t at = segment.find('{'); at != std::string::npos; at = segment.find('{', at + 1)) {
      if (PlaceholderAt(std::string_view(segment).substr(at)).second > 0) return true;
    }
    return false;
  });
}

bool Fits(const Rule& rule, std::string_view path, const Identifiers* who) {
  return PathFits(rule.segments, 0, absl::StrSplit(ToAbsl(path), '/'), 0, who);
}

absl::StatusOr<Rules> ParseRules(std::string_view text) { return Reader().Read(text); }

absl::StatusOr<Rules> LoadRules(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) return InvalidField(file, "cannot be read");
  return ParseRules(text.str());
}

}  // namespace varsam::connector::files
