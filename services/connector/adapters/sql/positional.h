// From $1, $2 … to the question marks of ODBC, each with its value.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/connector/adapters/sql/database.h"

namespace varsam::connector::sql {

struct Positional {
  std::string sql;
  std::vector<std::optional<std::string>> values;  // one for each question mark
};

// Quoted identifiers and literals stay as they are. "$[ … ]" is written once for every element of
// the lists named inside it, with commas between; for empty lists once, with NULL for each of them.
// A number without a value, or a list outside brackets, is a CHECK.
Positional ToPositional(const std::string& sql, const Values& values);

}  // namespace varsam::connector::sql
