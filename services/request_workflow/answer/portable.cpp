#include "services/request_workflow/answer/portable.h"

#include <algorithm>

#include "nlohmann/json.hpp"

namespace varsam::requests {
namespace {

using nlohmann::json;

std::string Cell(const json& value) {
  std::string text = value.is_string() ? value.get<std::string>()
                     : value.is_null() ? ""
                                       : value.dump(-1, ' ', false, json::error_handler_t::replace);
  const bool runs = !text.empty() && value.is_string() &&
                    std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  if (runs) text.insert(0, 1, '\'');
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

// Rows are objects; anything else is a row with one column.
json AsRows(const json& value) {
  json rows = json::array();
  const json list = value.is_array() ? value : json::array({value});
  for (const json& one : list) rows.push_back(one.is_object() ? one : json{{"value", one}});
  return rows;
}

std::vector<std::string> ColumnsOf(const json& rows) {
  std::vector<std::string> columns;
  for (const json& row : rows) {
    for (const auto& [key, inner] : row.items()) {
      const bool known = std::find(columns.begin(), columns.end(), key) != columns.end();
      if (!known) columns.push_back(key);
    }
  }
  return columns;
}

std::string Csv(const json& rows, const std::vector<std::string>& columns) {
  std::string out;
  const auto line = [&](auto&& cell_of) {
    for (size_t i = 0; i < columns.size(); ++i) out += (i == 0 ? "" : ",") + cell_of(columns[i]);
    out += "\r\n";
  };
  line([](const std::string& column) { return Cell(json(column)); });
  for (const json& row : rows) {
    line([&](const std::string& column) {
      return row.contains(column) ? Cell(row[column]) : std::string();
    });
  }
  return out;
}

// File names from our own alphabet, whatever a category is called.
std::string Plain(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    out += plain ? c : '_';
  }
  return out.substr(0, 60);
}

}  // namespace

std::set<std::string> PortableCategories(const PolicyView& policy, const std::string& system) {
  std::set<std::string> portable;
  for (const PolicySystem& one : policy.systems) {
    if (one.id != system) continue;
    for (const PolicyPurpose& purpose : policy.purposes) {
      const bool here =
          std::find(one.purposes.begin(), one.purposes.end(), purpose.id) != one.purposes.end();
      if (!here || (purpose.basis != "consent" && purpose.basis != "contract")) continue;
      for (const std::string& category : purpose.categories) {
        if (policy.inferred.count(category) == 0) portable.insert(category);
      }
    }
  }
  return portable;
}

std::string PortablePart(const std::string& document, const std::set<std::string>& categories) {
  if (!IsShallowJson(document)) return "";
  const json whole = json::parse(document);
  if (!whole.is_object()) return "";
  json part = json::object();
  for (const auto& [category, value] : whole.items()) {
    if (categories.count(category) > 0) part[category] = value;
  }
  return part.empty() ? "" : part.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::vector<PackageFile> PortableFiles(const PackageContent& content, const PolicyView& policy) {
  std::vector<PackageFile> files;
  json described = json::array();
  for (const SystemExport& one : content.exports) {
    if (one.document.empty() || !IsShallowJson(one.document)) continue;
    const json whole = json::parse(one.document);
    if (!whole.is_object()) continue;
    for (const auto& [category, value] : whole.items()) {
      const json rows = AsRows(value);
      const std::vector<std::string> columns = ColumnsOf(rows);
      PackageFile file{"data/" + Plain(one.system) + "-" + Plain(category) + ".csv",
                       Csv(rows, columns)};
      const auto label = policy.category_labels.find(category);
      described.push_back(
          {{"file", file.name},
           {"system", one.system},
           {"category", category},
           {"label", label == policy.category_labels.end() ? category : label->second},
           {"columns", columns},
           {"rows", rows.size()}});
      files.push_back(std::move(file));
    }
  }
  files.push_back({"schema.json", json{{"format", "varsam-portability-1"},
                                       {"encoding", "UTF-8"},
                                       {"csv", "RFC 4180, header row"},
                                       {"files", described}}
                                      .dump(2, ' ', false, json::error_handler_t::replace)});
  return files;
}

}  // namespace varsam::requests
