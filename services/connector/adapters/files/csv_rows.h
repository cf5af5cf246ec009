// The records of a table in a text file (RFC 4180, any separator), with the bytes each of them
// takes up, so that rows go and the rest stays as it is.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace varsam::connector::files {

struct CsvRecord {
  size_t begin = 0, end = 0;  // with its line end
  std::vector<std::string> cells;
};

// The first record holds the names of the columns. A byte order mark is skipped.
std::vector<CsvRecord> ReadCsv(std::string_view text, char separator);
// Where the column is; nullopt when the table has none of that name.
std::optional<size_t> ColumnOf(const std::vector<CsvRecord>& table, std::string_view name);

}  // namespace varsam::connector::files
