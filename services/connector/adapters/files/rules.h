// The rules file of one directory tree (deploy/samples/files/README.md is its definition), read
// strictly.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/connector/adapters/adapter.h"

namespace varsam::connector::files {

enum class FileAction { kDelete, kRedact, kReview, kKeep };

// Rows of a table that belong to the person whose identifier stands in a column.
struct RowRule {
  std::string column;
  IdentifierType type = IdentifierType::kEmail;
  char separator = ',';
};

struct Rule {
  std::string pattern;                // as written
  std::vector<std::string> segments;  // of the pattern
  std::string category;
  FileAction action = FileAction::kDelete;
  std::optional<RowRule> rows;
  bool mentions = false;  // texts that name the person
  std::string reason;     // with kKeep
};

// A table that says which identifiers and names belong together.
struct Register {
  std::string path;
  char separator = ',';
  std::vector<std::pair<std::string, IdentifierType>> identifiers;  // column, type
  std::vector<std::string> names;                                   // columns
};

struct Rules {
  std::string system;
  std::string text_sha256;
  std::optional<Register> people;
  std::vector<Rule> rules;  // the first that fits a path counts
};

// INVALID_ARGUMENT with one field violation per fault.
absl::StatusOr<Rules> ParseRules(std::string_view text);
absl::StatusOr<Rules> LoadRules(const std::string& file);

// Does the relative path fit the pattern? "*" is any part of a segment, "**" any number of
// segments, "{email}" and its like an identifier of the person, or of anybody when `who` is null.
bool Fits(const Rule& rule, std::string_view path, const Identifiers* who);
// Does the pattern name the person?
bool IsOwned(const Rule& rule);

}  // namespace varsam::connector::files
