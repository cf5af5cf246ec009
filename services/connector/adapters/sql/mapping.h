// The mapping file of one SQL system (deploy/samples/mapping/README.md is its definition),
// read strictly: an unknown key, word, join or reference is an error with its path and line.
// Whether tables and columns exist is judged against the live schema by check_mapping.h.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "services/connector/adapters/adapter.h"

namespace varsam::connector::sql {

// Where something stands in the file, for messages.
struct Spot {
  std::string path;
  int line = 0;
};

struct TableName {
  std::string schema;
  std::string name;
  auto operator<=>(const TableName&) const = default;
};

struct Join {
  Spot spot;
  TableName from, to;
  std::vector<std::pair<std::string, std::string>> keys;  // column of from, column of to
};

using Via = std::vector<const Join*>;  // into Mapping::joins

// One value: of a column, or the same for everybody.
struct Source {
  Spot spot;
  Via via;
  std::string column;  // empty: `value` counts
  std::optional<std::string> value;
  std::map<std::string, std::string> values;  // stored → meaning; empty: as it stands
};

struct SubjectIdentifier {
  Spot spot;
  std::string column;
  IdentifierType type = IdentifierType::kEmail;
  bool match = true;
};

enum class PlaceAction { kDelete, kAnonymise, kKeep };

using Where = std::vector<std::pair<std::string, std::vector<std::string>>>;
using Assignments = std::vector<std::pair<std::string, std::optional<std::string>>>;

// What stays of rows that go: for each month and group of them, how many rows of how many people.
struct Aggregate {
  Spot spot;
  TableName into;
  std::string time;                                        // of the rows
  std::string month;                                       // of the statistics: YYYY-MM
  std::vector<std::pair<std::string, std::string>> group;  // of the rows, of the statistics
  std::string rows, people;                                // of the statistics
};

struct Place {
  Spot spot;
  Via via;
  Where where;
  std::vector<std::string> columns;
  PlaceAction action = PlaceAction::kDelete;
  Assignments set;
  std::vector<std::string> redact;
  // Columns that stay and together could point at the person (mapping/README.md).
  std::vector<std::string> quasi;
  std::optional<Aggregate> aggregate;
  std::optional<std::pair<std::string, std::string>> day;  // rows of that column's day alone
  std::string reason;
};

struct Category {
  std::string name;
  std::vector<Place> places;
};

struct Signal {
  Spot spot;
  std::string event;
  std::string column;
  Via via;
  std::vector<std::string> categories;  // empty: all
  bool per_day = false;                 // each day's rows are a record with a clock of its own
};

struct Purpose {
  Spot spot;
  std::string purpose;
  std::vector<std::string> subjects;  // subject categories; empty: all
  std::optional<Source> held_when;    // means "true" or "false"
  std::optional<Source> ended_at;
};

struct Relationship {
  Spot spot;
  std::string kind;
  Via via;
  std::string from;
  std::vector<std::string> to;  // the first that is not null
  std::vector<std::string> purposes;
  std::vector<std::string> subjects;
};

// Rows that are changed when processing is restricted or stopped.
struct Switch {
  Spot spot;
  Via via;
  Where where;
  Assignments set;
  Assignments lift;                   // restriction only
  std::vector<std::string> purposes;  // stop only
};

struct Subjects {
  Spot spot;
  TableName table;
  std::vector<std::string> key;
  std::vector<std::string> names;
  std::vector<SubjectIdentifier> identifiers;
  Source category;
  std::optional<Source> collected_at;
  std::string soft_delete;  // empty: none
  bool erase_row = false;
};

struct Origin {
  std::optional<Source> code;  // none: the flag `source`
  std::optional<Source> notice_at;
  // Source code → evidence name → value.
  std::map<std::string, std::map<std::string, Source>> evidence;
};

struct Mapping {
  Mapping() = default;
  // Vias point into `joins`: a map moves without moving its elements, but a copy would not follow.
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  Mapping(Mapping&&) = default;
  Mapping& operator=(Mapping&&) = default;

  std::string file;
  std::string text_sha256;
  std::string system;
  std::map<std::string, Join> joins;
  Subjects subjects;
  std::map<std::string, Source> flags;
  std::vector<Signal> signals;
  std::vector<Category> categories;
  std::vector<Purpose> purposes;
  std::vector<Relationship> relationships;
  std::string capacity;
  Origin origin;
  std::vector<Switch> restrict_places;
  std::vector<Switch> stop_places;

  // The table a via ends at.
  const TableName& TableOf(const Via& via) const {
    return via.empty() ? subjects.table : via.back()->to;
  }
  const Category* FindCategory(std::string_view name) const;
};

// INVALID_ARGUMENT with one field violation ("<path>", "line N: …") per fault.
absl::StatusOr<Mapping> ParseMapping(std::string_view text, std::string file);
// The same for a file; INVALID_ARGUMENT when it cannot be read.
absl::StatusOr<Mapping> LoadMapping(const std::string& file);

}  // namespace varsam::connector::sql
