#include "services/cli/show.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace varsam::cli {
namespace {

using Json = nlohmann::json;

std::string Scalar(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    std::string joined;
    for (const Json& one : value) absl::StrAppend(&joined, joined.empty() ? "" : ",", Scalar(one));
    return joined;
  }
  return value.dump();
}

// Columns a terminal needs for UTF-8 text: one per code point.
size_t Width(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
}

std::string Heading(const std::string& pointer) {
  std::string heading = pointer.substr(pointer.rfind('/') + 1);
  for (char& c : heading) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return heading;
}

std::string Cell(const Json& row, const std::string& pointer) {
  const Json::json_pointer at(pointer);
  std::string cell = row.contains(at) ? Scalar(row[at]) : "";
  std::replace(cell.begin(), cell.end(), '\n', ' ');
  return cell;
}

// A double-quoted JSON string is a YAML string as well.
std::string Quoted(const Json& value) {
  if (!value.is_string()) return value.dump();
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void Yaml(const Json& value, size_t indent, std::string& out) {
  const std::string margin(indent, ' ');
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, member] : value.items()) {
      absl::StrAppend(&out, margin, key, ":");
      const bool nested = member.is_structured() && !member.empty();
      absl::StrAppend(&out, nested ? "\n" : absl::StrCat(" ", Quoted(member), "\n"));
      if (nested) Yaml(member, indent + 2, out);
    }
  } else if (value.is_array() && !value.empty()) {
    for (const Json& member : value) {
      if (member.is_structured() && !member.empty()) {
        std::string inner;
        Yaml(member, indent + 2, inner);
        inner.replace(indent, 2, "- ");
        out += inner;
      } else {
        absl::StrAppend(&out, margin, "- ", Quoted(member), "\n");
      }
    }
  } else {
    absl::StrAppend(&out, margin, Quoted(value), "\n");
  }
}

}  // namespace

std::string ToYaml(const Json& value) {
  std::string out;
  Yaml(value, 0, out);
  return out;
}

std::string ToTable(const Json& answer, const std::string& rows,
                    const std::vector<std::string>& columns) {
  const Json::json_pointer at(rows);
  if (columns.empty() || !answer.contains(at) || !answer[at].is_array()) return ToYaml(answer);
  std::vector<std::vector<std::string>> lines(1);
  for (const std::string& column : columns) lines[0].push_back(Heading(column));
  for (const Json& row : answer[at]) {
    std::vector<std::string>& line = lines.emplace_back();
    for (const std::string& column : columns) line.push_back(Cell(row, column));
  }
  std::vector<size_t> widths(columns.size());
  for (const auto& line : lines) {
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], Width(line[i]));
  }
  std::string out;
  for (const auto& line : lines) {
    std::string text;
    for (size_t i = 0; i < line.size(); ++i) {
      absl::StrAppend(&text, line[i], std::string(widths[i] - Width(line[i]) + 2, ' '));
    }
    text.erase(text.find_last_not_of(' ') + 1);
    absl::StrAppend(&out, text, "\n");
  }
  return out;
}

std::string Show(const Json& answer, Format format, const std::string& rows,
                 const std::vector<std::string>& columns) {
  switch (format) {
    case Format::kTable:
      return ToTable(answer, rows, columns);
    case Format::kJson:
      return answer.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    case Format::kYaml:
      return ToYaml(answer);
  }
  return "";
}

}  // namespace varsam::cli
