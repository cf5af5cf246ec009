// The one door through which YAML enters. A document is read into nodes that remember their line
// and path; a reader takes the keys it knows, and Done() refuses every key that nobody asked for.
//
//   ASSIGN_OR_RETURN(YamlNode root, ParseYaml(text));
//   YamlErrors errors;
//   YamlMap map(root, errors);
//   config.table = map.Text("table");                 // required
//   config.limit = map.OptionalInteger("limit", 1, 500).value_or(50);
//   map.Done();                                       // unknown keys are errors
//   RETURN_IF_ERROR(errors.ToStatus());
//
// Errors are gathered, not thrown at the first: one pass tells an operator everything. Limits:
// yaml_bytes_max 1 MiB, yaml_depth_max 32, no aliases (a bomb needs them), no duplicate keys.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/error.h"

namespace varsam {

inline constexpr size_t kYamlBytesMax = 1 << 20;
inline constexpr int kYamlDepthMax = 32;

struct YamlField;

struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMap };
  Kind kind = Kind::kNull;
  std::string path;  // e.g. purposes.payroll.data[2]
  int line = 0;      // 1-based
  std::string scalar;
  std::vector<YamlNode> items;    // sequence
  std::vector<YamlField> fields;  // map, in document order
};

struct YamlField {
  std::string key;
  YamlNode value;
};

// INVALID_ARGUMENT (reason INVALID_YAML) naming line and fault.
absl::StatusOr<YamlNode> ParseYaml(std::string_view text);

class YamlErrors {
 public:
  void Add(const YamlNode& at, std::string_view what);
  bool empty() const { return violations_.empty(); }
  absl::Status ToStatus() const;  // OK when empty, else InvalidFields of all of them

 private:
  std::vector<FieldViolation> violations_;
};

// Reads the keys of one map. Every getter reports what is missing or of the wrong form to `errors`
// and returns an empty value, so that reading goes on. `node` and `errors` must outlive the reader.
class YamlMap {
 public:
  YamlMap(const YamlNode& node, YamlErrors& errors);

  std::string Text(std::string_view key);
  std::optional<std::string> OptionalText(std::string_view key);  // absent or null: nullopt
  bool OptionalBool(std::string_view key, bool fallback);
  std::optional<int64_t> OptionalInteger(std::string_view key, int64_t min, int64_t max);
  std::vector<std::string> Texts(std::string_view key);  // required list of scalars
  std::vector<std::string> OptionalTexts(std::string_view key);
  const YamlNode* Child(std::string_view key);  // required
  const YamlNode* OptionalChild(std::string_view key);
  void Ignore(std::string_view key);  // known, and of no use here
  void Done();

  const YamlNode& node() const { return node_; }
  YamlErrors& errors() { return errors_; }

 private:
  const YamlNode* Take(std::string_view key, bool required);
  std::vector<std::string> ScalarsOf(const YamlNode& node);

  const YamlNode& node_;
  YamlErrors& errors_;
  std::set<std::string, std::less<>> taken_;
};

}  // namespace varsam
