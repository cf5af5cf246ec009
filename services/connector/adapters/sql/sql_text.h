// The SQL of one mapping over one live schema in one dialect: text only, nothing is run. Every
// identifier is quoted, every value is a parameter, every column of an answer is text. A statement
// about one record takes the record's key texts as $1..$n, then what Built::extras holds.
//
// Aliases: s the subject's row, j1 j2 … the tables on the way, t the table the place is in.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "services/connector/adapters/sql/catalog.h"
#include "services/connector/adapters/sql/database.h"
#include "services/connector/adapters/sql/dialect.h"
#include "services/connector/adapters/sql/mapping.h"

namespace varsam::connector::sql {

struct Built {
  std::string sql;
  Values extras;
};

// The texts as parameters: the key first, then the extras.
Values Bind(const std::vector<std::string>& key, const Values& extras);

class SqlText {
 public:
  // All must outlive the texts' maker.
  SqlText(const Mapping& mapping, const Catalog& catalog, const Dialect& dialect)
      : mapping_(mapping), catalog_(catalog), dialect_(dialect) {}

  // Everybody who matches: $1 e-mail addresses, $2 telephone numbers, $3 customer numbers, $4
  // employee numbers (normalised lists), then one list for each part of the key. Columns: the key,
  // the names, the identifiers, hidden ("1" or "0").
  std::string FindRows(int rows_max) const;
  // Takes the row's lock; no row when it is gone.
  std::string LockRow() const;
  // The columns of the place as JSON texts, in the mapping's order.
  Built SelectRows(const Place& place) const;
  // How many rows of the place hold the person's data.
  Built CountHeld(const Place& place) const;
  Built DeleteRows(const Place& place) const;
  // Sets what the mapping says in the rows that hold something else.
  Built Anonymise(const Place& place) const;
  // The combinations of the quasi columns in the person's rows; how many other people's rows (told
  // apart by the join) show one of them; and the person's rows that do, deleted. NULL is a value.
  using Combination = std::vector<std::optional<std::string>>;
  Built SelectCombinations(const Place& place) const;
  Built CountOthersAlike(const Place& place, const Combination& values) const;
  Built DeleteAlike(const Place& place, const Combination& values) const;
  // The cells (month, then groups) that the person's rows of a place with `aggregate` fall into.
  Built SelectCells(const Place& place) const;
  // About one cell and no record: its rows of anybody, the people they are of, whether the
  // statistics have it, and its line in them. Nothing but Built::extras is bound.
  Built CountCellRows(const Place& place, const Combination& cell) const;
  Built CountCellPeople(const Place& place, const Combination& cell) const;
  Built CountCellKnown(const Place& place, const Combination& cell) const;
  Built InsertCell(const Place& place, const Combination& cell, uint32_t rows,
                   uint32_t people) const;
  // Lines of the statistics of fewer people than that.
  Built CountSmallCells(const Place& place, uint32_t people_min) const;
  // The different texts of one column (for redaction), and one of them replaced: the old and the
  // new text follow as the last two parameters.
  Built SelectTexts(const Place& place, const std::string& column) const;
  Built ReplaceText(const Place& place, const std::string& column) const;
  // Restricts, lifts or stops: rows that do not stand so already.
  Built Apply(const Switch& one, const Assignments& set) const;
  // Is anything left that refers to the subject's row?
  std::string CountReferences(const Reference& reference) const;
  std::string DeleteSubject() const;

  // One page of subjects ordered by key; after a key ($1..$n) or from the start. `columns` are
  // expressions over s.
  std::string Page(bool after, const std::vector<std::string>& columns, int rows_max) const;
  // For pages: an expression over s. Values are numbered from `next` on and added to `extras`.
  std::string SourceText(const Source& source, int& next, Values& extras) const;
  std::string SourceTime(const Source& source) const;
  std::string CategoryHeld(const Category& category, int& next, Values& extras) const;
  // Key texts and the values for each row behind a via, for many subjects: one list for each part
  // of the key. `values` are expressions over t.
  std::string Gather(const Via& via, const std::vector<std::string>& values,
                     const std::string& condition) const;
  // A column as a moment (dialect.h).
  std::string Time(const TableName& table, const std::string& column,
                   const std::string& alias) const;

  const Dialect& dialect() const { return dialect_; }
  // A column under an alias, with what the catalogue says of it.
  KeyPart Part(const TableName& table, const std::string& alias, const std::string& column) const;
  std::vector<KeyPart> KeyParts(const std::string& alias) const;
  std::string KeyMatch(const std::string& alias, int first) const;
  std::string KeyTexts(const std::string& alias) const;

 private:
  class Writer;
  enum class Whose { kKey, kRow };
  std::vector<std::string> FirstStep(const Join& join, const std::string& target) const;
  std::string Reach(const Via& via, Whose whose, const std::string& target) const;
  std::string Condition(Writer& writer, const Via& via, const Where& where,
                        const std::string& target) const;
  std::string Condition(Writer& writer, const Place& place, const std::string& target) const;
  std::string WhereText(Writer& writer, const Where& where, const std::string& target) const;
  std::string HeldText(Writer& writer, const Place& place) const;
  std::string SetText(Writer& writer, const TableName& table, const Assignments& set) const;
  std::vector<std::string> CellTexts(const Place& place) const;
  std::string CellText(Writer& writer, const Place& place, const Combination& cell) const;
  std::string AlikeText(Writer& writer, const Place& place, const Combination& values,
                        const std::string& target) const;
  int FirstExtra() const;
  std::string DiffersText(Writer& writer, const TableName& table, const Assignments& set) const;

  const Mapping& mapping_;
  const Catalog& catalog_;
  const Dialect& dialect_;
};

}  // namespace varsam::connector::sql
