// The SQL of one mapping over one live schema: text only, nothing is run. Every identifier is
// quoted, every value is a parameter. A statement about one record takes the record's key texts as
// $1..$n, then what Built::extras holds.
//
// Aliases: s the subject's row, j1 j2 … the tables on the way, t the table the place is in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "libs/pg/params.h"
#include "services/connector/adapters/sql/catalog.h"
#include "services/connector/adapters/sql/mapping.h"

namespace varsam::connector::sql {

using Extra = std::variant<std::optional<std::string>, std::vector<std::string>>;

struct Built {
  std::string sql;
  std::vector<Extra> extras;
};

// "a""b": safe whatever stands inside.
std::string Quoted(std::string_view identifier);
std::string Quoted(const TableName& table);

// The texts as parameters: the key first, then the extras.
pg::Params Bind(const std::vector<std::string>& key, const std::vector<Extra>& extras);

// Compares what stands in a column in the one written form of its type.
std::string Normalised(IdentifierType type, const std::string& expression);

class SqlText {
 public:
  // Both must outlive the texts' maker.
  SqlText(const Mapping& mapping, const Catalog& catalog) : mapping_(mapping), catalog_(catalog) {}

  // Everybody who matches: $1 e-mail addresses, $2 telephone numbers, $3 customer numbers, $4
  // employee numbers (normalised, text[]), then one text[] for each part of the key. Columns: the
  // key, the names, the identifiers (all text), hidden (boolean).
  std::string FindRows(int rows_max) const;
  // Takes the row's lock; no row when it is gone.
  std::string LockRow() const;
  // One JSON object a row, columns in the mapping's order.
  Built SelectRows(const Place& place) const;
  // How many rows of the place hold the person's data.
  Built CountHeld(const Place& place) const;
  Built DeleteRows(const Place& place) const;
  // Sets what the mapping says in the rows that hold something else.
  Built Anonymise(const Place& place) const;
  // The different texts of one column (for redaction), and one of them replaced: the old and the
  // new text follow as the last two parameters.
  Built SelectTexts(const Place& place, const std::string& column) const;
  Built ReplaceText(const Place& place, const std::string& column) const;
  // Restricts, lifts or stops: rows that do not stand so already.
  Built Apply(const Switch& one, const Assignments& set) const;
  // Is anything left that refers to the subject's row?
  std::string CountReferences(const Reference& reference) const;
  std::string DeleteSubject() const;

  // One page of subjects ordered by key; after a key ($1..$n) or from the start. The last parameter
  // is the number of rows. `columns` are expressions over s.
  Built Page(bool after, const std::vector<std::string>& columns, std::vector<Extra> extras,
             int first_extra) const;
  // For pages: an expression over s. Values are numbered from `next` on and added to `extras`.
  std::string SourceText(const Source& source, int& next, std::vector<Extra>& extras) const;
  std::string SourceTime(const Source& source) const;
  std::string CategoryHeld(const Category& category, int& next, std::vector<Extra>& extras) const;
  // Key texts and one value for each row behind a via, for many subjects: one text[] for each part
  // of the key. `value` is an expression over t.
  std::string Gather(const Via& via, const std::vector<std::string>& values,
                     const std::string& condition) const;
  // A column of t as an instant, or as a day in Stockholm.
  std::string AsTime(const TableName& table, const std::string& column,
                     const std::string& alias) const;
  std::string AsDay(const TableName& table, const std::string& column) const;

  std::string KeyMatch(const std::string& alias, int first) const;
  std::string KeyTexts(const std::string& alias) const;
  std::string KeyIn(int first) const;
  std::string TypeOf(const TableName& table, const std::string& column) const;

 private:
  class Writer;
  std::string Reach(const Via& via, const std::string& subject_condition) const;
  std::string Condition(Writer& writer, const Via& via, const Where& where) const;
  std::string WhereText(Writer& writer, const Where& where) const;
  std::string HeldText(Writer& writer, const Place& place) const;
  std::string SetText(Writer& writer, const TableName& table, const Assignments& set) const;
  std::string DiffersText(Writer& writer, const TableName& table, const Assignments& set) const;

  const Mapping& mapping_;
  const Catalog& catalog_;
};

}  // namespace varsam::connector::sql
