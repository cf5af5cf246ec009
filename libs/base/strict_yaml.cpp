#include "libs/base/strict_yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace varsam {
namespace {

absl::Status YamlError(int line, std::string_view what) {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "INVALID_YAML",
                         absl::StrCat("line ", line, ": ", ToAbsl(what)));
}

absl::StatusOr<YamlNode> Convert(const YAML::Node& from, std::string path, int depth) {
  YamlNode node;
  node.path = std::move(path);
  node.line = from.Mark().line + 1;
  if (depth > kYamlDepthMax) {
    return YamlError(node.line, absl::StrCat("nested deeper than ", kYamlDepthMax));
  }
  switch (from.Type()) {
    case YAML::NodeType::Undefined:
    case YAML::NodeType::Null:
      return node;
    case YAML::NodeType::Scalar:
      node.kind = YamlNode::Kind::kScalar;
      node.scalar = from.Scalar();
      if (!node.scalar.empty() && !IsCleanUtf8(node.scalar)) {
        return YamlError(node.line, "text is not UTF-8");
      }
      return node;
    case YAML::NodeType::Sequence:
      node.kind = YamlNode::Kind::kSequence;
      for (size_t i = 0; i < from.size(); ++i) {
        ASSIGN_OR_RETURN(YamlNode item,
                         Convert(from[i], absl::StrCat(node.path, "[", i, "]"), depth + 1));
        node.items.push_back(std::move(item));
      }
      return node;
    case YAML::NodeType::Map:
      break;
  }
  node.kind = YamlNode::Kind::kMap;
  std::set<std::string> seen;
  for (const auto& pair : from) {
    if (!pair.first.IsScalar()) return YamlError(node.line, "a key is not a plain text");
    const std::string& key = pair.first.Scalar();
    if (!seen.insert(key).second) {
      return YamlError(pair.first.Mark().line + 1, absl::StrCat("key ", key, " stands twice"));
    }
    ASSIGN_OR_RETURN(
        YamlNode value,
        Convert(pair.second, node.path.empty() ? key : absl::StrCat(node.path, ".", key),
                depth + 1));
    if (value.line == 0) value.line = pair.first.Mark().line + 1;
    node.fields.push_back({key, std::move(value)});
  }
  return node;
}

// An alias shares one node in many places; a few nested ones grow without limit. The scanner's
// events tell of them before anything is built.
class AliasGuard final : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    if (alias_line_ == 0) alias_line_ = mark.line + 1;
  }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    Enter(mark);
  }
  void OnSequenceEnd() override { --depth_; }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    Enter(mark);
  }
  void OnMapEnd() override { --depth_; }

  int alias_line() const { return alias_line_; }

 private:
  void Enter(const YAML::Mark& mark) {
    if (++depth_ > kYamlDepthMax) throw YAML::ParserException(mark, "nested too deeply");
  }
  int depth_ = 0;
  int alias_line_ = 0;
};

}  // namespace

absl::StatusOr<YamlNode> ParseYaml(std::string_view text) {
  if (text.size() > kYamlBytesMax) {
    return YamlError(0, absl::StrCat(text.size(), " bytes, want at most ", kYamlBytesMax));
  }
  try {
    const std::string owned(text);
    std::istringstream stream(owned);
    YAML::Parser parser(stream);
    AliasGuard guard;
    parser.HandleNextDocument(guard);
    if (guard.alias_line() != 0) return YamlError(guard.alias_line(), "aliases are not accepted");
    return Convert(YAML::Load(owned), "", 0);
  } catch (const YAML::Exception& error) {
    return YamlError(error.mark.line + 1, error.msg);
  }
}

void YamlErrors::Add(const YamlNode& at, std::string_view what) {
  violations_.push_back(
      {at.path.empty() ? "document" : at.path, absl::StrCat("line ", at.line, ": ", ToAbsl(what))});
}

absl::Status YamlErrors::ToStatus() const {
  return violations_.empty() ? absl::OkStatus() : InvalidFields(violations_);
}

YamlMap::YamlMap(const YamlNode& node, YamlErrors& errors) : node_(node), errors_(errors) {
  if (node.kind != YamlNode::Kind::kMap) errors_.Add(node, "want a map");
}

const YamlNode* YamlMap::Take(std::string_view key, bool required) {
  taken_.emplace(key);
  for (const auto& [name, value] : node_.fields) {
    if (name == key) return &value;
  }
  if (required && node_.kind == YamlNode::Kind::kMap) {
    errors_.Add(node_, absl::StrCat("key ", ToAbsl(key), " is missing"));
  }
  return nullptr;
}

std::string YamlMap::Text(std::string_view key) {
  const YamlNode* node = Take(key, true);
  if (node == nullptr) return {};
  if (node->kind != YamlNode::Kind::kScalar) {
    errors_.Add(*node, "want a text");
    return {};
  }
  return node->scalar;
}

std::optional<std::string> YamlMap::OptionalText(std::string_view key) {
  const YamlNode* node = Take(key, false);
  if (node == nullptr || node->kind == YamlNode::Kind::kNull) return std::nullopt;
  if (node->kind != YamlNode::Kind::kScalar) {
    errors_.Add(*node, "want a text");
    return std::nullopt;
  }
  return node->scalar;
}

bool YamlMap::OptionalBool(std::string_view key, bool fallback) {
  const YamlNode* node = Take(key, false);
  if (node == nullptr || node->kind == YamlNode::Kind::kNull) return fallback;
  if (node->kind == YamlNode::Kind::kScalar) {
    if (node->scalar == "true") return true;
    if (node->scalar == "false") return false;
  }
  errors_.Add(*node, "want true or false");
  return fallback;
}

std::optional<int64_t> YamlMap::OptionalInteger(std::string_view key, int64_t min, int64_t max) {
  const YamlNode* node = Take(key, false);
  if (node == nullptr || node->kind == YamlNode::Kind::kNull) return std::nullopt;
  int64_t value = 0;
  if (node->kind != YamlNode::Kind::kScalar || !absl::SimpleAtoi(node->scalar, &value) ||
      value < min || value > max) {
    errors_.Add(*node, absl::StrCat("want a whole number ", min, "..", max));
    return std::nullopt;
  }
  return value;
}

std::vector<std::string> YamlMap::ScalarsOf(const YamlNode& node) {
  std::vector<std::string> texts;
  if (node.kind != YamlNode::Kind::kSequence) {
    errors_.Add(node, "want a list");
    return texts;
  }
  for (const YamlNode& item : node.items) {
    if (item.kind != YamlNode::Kind::kScalar) {
      errors_.Add(item, "want a text");
    } else {
      texts.push_back(item.scalar);
    }
  }
  return texts;
}

std::vector<std::string> YamlMap::Texts(std::string_view key) {
  const YamlNode* node = Take(key, true);
  return node == nullptr ? std::vector<std::string>{} : ScalarsOf(*node);
}

std::vector<std::string> YamlMap::OptionalTexts(std::string_view key) {
  const YamlNode* node = Take(key, false);
  if (node == nullptr || node->kind == YamlNode::Kind::kNull) return {};
  return ScalarsOf(*node);
}

const YamlNode* YamlMap::Child(std::string_view key) { return Take(key, true); }

const YamlNode* YamlMap::OptionalChild(std::string_view key) {
  const YamlNode* node = Take(key, false);
  return node == nullptr || node->kind == YamlNode::Kind::kNull ? nullptr : node;
}

void YamlMap::Ignore(std::string_view key) { Take(key, false); }

void YamlMap::Done() {
  for (const auto& [name, value] : node_.fields) {
    if (taken_.find(name) == taken_.end()) {
      errors_.Add(value, absl::StrCat("unknown key ", name));
    }
  }
}

}  // namespace varsam
