#include "services/connector/adapters/files/csv_rows.h"

namespace varsam::connector::files {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// One record from `at` on.
CsvRecord RecordAt(std::string_view text, size_t at, char separator) {
  CsvRecord record{at, at, {""}};
  bool quoted = false;
  while (at < text.size()) {
    const char c = text[at++];
    if (quoted) {
      if (c != '"') {
        record.cells.back() += c;
      } else if (at < text.size() && text[at] == '"') {
        record.cells.back() += text[at++];
      } else {
        quoted = false;
      }
    } else if (c == '"' && record.cells.back().empty()) {
      quoted = true;
    } else if (c == separator) {
      record.cells.emplace_back();
    } else if (c == '\n') {
      break;
    } else if (c != '\r') {
      record.cells.back() += c;
    }
  }
  record.end = at;
  return record;
}

}  // namespace

std::vector<CsvRecord> ReadCsv(std::string_view text, char separator) {
  std::vector<CsvRecord> table;
  size_t at = text.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
  while (at < text.size()) {
    table.push_back(RecordAt(text, at, separator));
    at = table.back().end;
  }
  return table;
}

std::optional<size_t> ColumnOf(const std::vector<CsvRecord>& table, std::string_view name) {
  if (table.empty()) return std::nullopt;
  for (size_t i = 0; i < table[0].cells.size(); ++i) {
    if (table[0].cells[i] == name) return i;
  }
  return std::nullopt;
}

}  // namespace varsam::connector::files
