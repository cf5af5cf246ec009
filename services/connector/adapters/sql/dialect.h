// How one database product writes what the mapping wants said. Text only; nothing here is run.
// Identifiers are quoted by the standard everywhere (Quoted), values are $n (database.h).
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "services/connector/adapters/adapter.h"
#include "services/connector/adapters/sql/catalog.h"

namespace varsam::connector::sql {

// "a""b": safe whatever stands inside.
std::string Quoted(std::string_view identifier);
std::string Quoted(const TableName& table);

// A column as an expression, and what the catalogue says of it.
struct KeyPart {
  std::string expression;
  Column column;
};

class Dialect {
 public:
  virtual ~Dialect() = default;

  // The value as text, compared letter by letter: no collation makes two of them the same.
  virtual std::string Text(const std::string& expression) const = 0;
  // $n as a value of the column's type.
  virtual std::string Cast(int parameter, const Column& column) const = 0;
  // Is the text one of the list $n?
  virtual std::string AnyOf(const std::string& text, int parameter) const = 0;
  // Has the text (lower case) the text $n inside?
  virtual std::string Contains(const std::string& text, int parameter) const = 0;
  // Does the column hold something else than $n, NULL included?
  virtual std::string Differs(const KeyPart& part, int parameter) const = 0;
  // Are the parts the texts $first, $first+1 …? A text that is no value of its type matches
  // nothing or is an error.
  virtual std::string KeyIs(const std::vector<KeyPart>& parts, int first) const = 0;
  // Are they one of the keys in the lists $first, $first+1 …?
  virtual std::string KeyIn(const std::vector<KeyPart>& parts, int first) const = 0;
  // The value as JSON text; bytes as base64.
  virtual std::string Json(const KeyPart& part) const = 0;
  // "2026-01-31 08:00:00.000000", with a "Z" behind it when it is UTC and not a local clock's; NULL
  // when it is no moment. Ordered as the moments of one column are.
  virtual std::string Time(const KeyPart& part) const = 0;
  // An identifier of that type in its one written form (README.md of the mapping).
  virtual std::string Normalised(IdentifierType type, const std::string& text) const = 0;
};

const Dialect& PostgresDialect();
// MariaDB 10.6 and later, in the mode that odbc_database.cpp sets.
const Dialect& MariaDbDialect();

}  // namespace varsam::connector::sql
