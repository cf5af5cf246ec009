// The path patterns of google.api.http:  /v1/subjects/{id}/consents:batchRecord
//   segment   literal | * (one segment) | ** (the rest; only last)
//   variable  {field.path} (= one segment) or {field.path=pattern}
//   verb      :name after the last segment
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace varsam::gateway {

struct PathSegment {
  enum class Kind { kLiteral, kOne, kRest };
  Kind kind = Kind::kLiteral;
  std::string literal;
};

// A variable covers the segments [first, last) joined with '/'.
struct PathVariable {
  std::string field_path;
  size_t first = 0;
  size_t last = 0;
};

struct PathTemplate {
  std::string text;
  std::vector<PathSegment> segments;
  std::vector<PathVariable> variables;
  std::string verb;

  // INVALID_ARGUMENT (INVALID_PATH_TEMPLATE) naming the template and what is wrong with it.
  static absl::StatusOr<PathTemplate> Parse(std::string_view text);
};

}  // namespace varsam::gateway
