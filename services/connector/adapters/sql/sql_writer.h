// What the parts of SqlText share; for sql_text.cpp, sql_cells.cpp and sql_pages.cpp alone.
#pragma once

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/connector/adapters/sql/sql_text.h"

namespace varsam::connector::sql {

inline std::string In(const std::string& alias, const std::string& column) {
  return absl::StrCat(alias, ".", Quoted(column));
}

inline std::string Flag(const std::string& condition) {
  return absl::StrCat("CASE WHEN ", condition, " THEN '1' ELSE '0' END");
}

// Numbers parameters and keeps their values.
class SqlText::Writer {
 public:
  explicit Writer(int next) : next_(next) {}
  int Add(Value value) {
    extras_.push_back(std::move(value));
    return next_++;
  }
  int next() const { return next_; }
  Values Extras() && { return std::move(extras_); }

 private:
  int next_;
  Values extras_;
};

}  // namespace varsam::connector::sql
