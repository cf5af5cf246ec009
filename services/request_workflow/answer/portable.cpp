#include "services/request_workflow/answer/portable.h"

#include <algorithm>
#include <map>

#include "libs/base/status_macros.h"
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

void AddColumns(const json& row, std::vector<std::string>& columns) {
  for (const auto& [key, inner] : row.items()) {
    const bool known = std::find(columns.begin(), columns.end(), key) != columns.end();
    if (!known) columns.push_back(key);
  }
}

template <typename ValueOf>
std::string Line(const std::vector<std::string>& columns, ValueOf value_of) {
  std::string line;
  for (size_t i = 0; i < columns.size(); ++i) {
    line += (i == 0 ? "" : ",") + Cell(value_of(columns[i]));
  }
  return line + "\r\n";
}

// What stands around the records of varsam-export/1.
bool IsFrame(const std::string& key) {
  return key == "format" || key == "system" || key == "documents";
}

std::string CategoryOf(const json& record) {
  if (!record.is_object() || !record.contains("data_category")) return "";
  const json& category = record["data_category"];
  return category.is_string() ? category.get<std::string>() : "";
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

Document PortablePart(Document document, std::set<std::string> categories) {
  if (document == nullptr) return document;
  return [document = std::move(document), categories = std::move(categories)](
             const OnRecord& on_record) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const std::string rest,
                     document([&](size_t index, std::string_view record) -> absl::Status {
                       if (!IsShallowJson(record)) return absl::OkStatus();
                       const bool portable = categories.count(CategoryOf(json::parse(record))) > 0;
                       return portable ? on_record(index, record) : absl::OkStatus();
                     }));
    json part = json::object();
    const json whole = IsShallowJson(rest) ? json::parse(rest) : json();
    if (whole.is_object()) {
      for (const auto& [key, value] : whole.items()) {
        if (categories.count(key) > 0 || IsFrame(key)) part[key] = value;
      }
    }
    return part.dump(-1, ' ', false, json::error_handler_t::replace);
  };
}

namespace {

using OnRow = std::function<absl::Status(const std::string& category, const json& row)>;

absl::Status Rows(const std::string& category, const json& value, const OnRow& on_row) {
  for (const json& row : AsRows(value)) RETURN_IF_ERROR(on_row(category, row));
  return absl::OkStatus();
}

// Every row of a document, whether it comes in records or by category.
absl::Status EachRow(const Document& document, const OnRow& on_row) {
  ASSIGN_OR_RETURN(const std::string rest,
                   document([&](size_t, std::string_view text) -> absl::Status {
                     if (!IsShallowJson(text)) return absl::OkStatus();
                     const json record = json::parse(text);
                     const bool framed = record.is_object() && record.contains("fields");
                     return Rows(CategoryOf(record), framed ? record["fields"] : record, on_row);
                   }));
  const json whole = IsShallowJson(rest) ? json::parse(rest) : json();
  if (!whole.is_object()) return absl::OkStatus();
  for (const auto& [category, value] : whole.items()) {
    if (!IsFrame(category)) RETURN_IF_ERROR(Rows(category, value, on_row));
  }
  return absl::OkStatus();
}

struct Sheet {
  std::vector<std::string> columns;
  size_t rows = 0;
};

absl::Status WriteSheet(const SystemExport& one, const std::string& category, const Sheet& sheet,
                        const Sink& sink) {
  RETURN_IF_ERROR(sink(Line(sheet.columns, [](const std::string& name) { return json(name); })));
  return EachRow(one.document, [&](const std::string& of, const json& row) {
    if (of != category) return absl::OkStatus();
    return sink(Line(sheet.columns, [&](const std::string& name) {
      return row.contains(name) ? row[name] : json();
    }));
  });
}

}  // namespace

absl::Status PortableFiles(const PackageContent& content, const PolicyView& policy,
                           PackageArchive& archive) {
  json described = json::array();
  for (const SystemExport& one : content.exports) {
    if (one.document == nullptr) continue;
    std::map<std::string, Sheet> sheets;
    RETURN_IF_ERROR(EachRow(one.document, [&](const std::string& category, const json& row) {
      Sheet& sheet = sheets[category];
      ++sheet.rows;
      AddColumns(row, sheet.columns);
      return absl::OkStatus();
    }));
    for (const auto& [category, sheet] : sheets) {
      const std::string name = "data/" + Plain(one.system) + "-" + Plain(category) + ".csv";
      RETURN_IF_ERROR(archive.Add(name, [&, category = category, sheet = sheet](const Sink& sink) {
        return WriteSheet(one, category, sheet, sink);
      }));
      const auto label = policy.category_labels.find(category);
      described.push_back(
          {{"file", name},
           {"system", one.system},
           {"category", category},
           {"label", label == policy.category_labels.end() ? category : label->second},
           {"columns", sheet.columns},
           {"rows", sheet.rows}});
    }
  }
  const std::string schema = json{
      {"format", "varsam-portability-1"},
      {"encoding", "UTF-8"},
      {"csv", "RFC 4180, header row"},
      {"files", described}}.dump(2, ' ', false, json::error_handler_t::replace);
  return archive.Add("schema.json", [&](const Sink& sink) { return sink(schema); });
}

}  // namespace varsam::requests
