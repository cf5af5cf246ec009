#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "services/connector/adapters/sql/work.h"

namespace varsam::connector::sql {
namespace {

using Json = nlohmann::ordered_json;

bool IsEmpty(const Json& fields) {
  return std::all_of(fields.begin(), fields.end(), [](const Json& one) { return one.is_null(); });
}

bool Wanted(const Export& ask, const std::string& category) {
  return ask.data_categories.empty() ||
         std::ranges::find(ask.data_categories, category) != ask.data_categories.end();
}

// The rows of one category of one record as documents.
absl::Status ExportCategory(const Work& work, const Record& record, const Category& category,
                            Json& documents, size_t& bytes, uint32_t& count) {
  for (const Place& place : category.places) {
    ASSIGN_OR_RETURN(const TextRows found, work.Query(work.text.SelectRows(place), record));
    for (const TextRow& row : found.rows) {
      Json fields = Json::object();
      for (size_t i = 0; i < row.size(); ++i) {
        bytes += place.columns[i].size() + row[i].value_or("").size();
        fields[place.columns[i]] = row[i] ? Json::parse(*row[i]) : Json();
      }
      if (bytes > kExportBytesMax) {
        return ErrorWithReason(absl::StatusCode::kResourceExhausted, "EXPORT_TOO_LARGE",
                               absl::StrCat("the export exceeds ", kExportBytesMax, " bytes"));
      }
      if (IsEmpty(fields)) continue;
      Json document = {{"data_category", category.name}, {"record_key", record.record_key}};
      document["source"] = work.mapping.TableOf(place.via).name;
      if (record.hidden) document["hidden"] = true;
      document["fields"] = std::move(fields);
      documents.push_back(std::move(document));
      ++count;
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Exported> ExportRecords(const Work& work, const Identifiers& who,
                                       const Export& ask) {
  ASSIGN_OR_RETURN(const std::vector<Record> records, FindRecords(work, who, {}));
  Json documents = Json::array();
  size_t bytes = 0;
  Done done;
  for (const Record& record : records) {
    for (const Category& category : work.mapping.categories) {
      if (!Wanted(ask, category.name)) continue;
      uint32_t count = 0;
      RETURN_IF_ERROR(ExportCategory(work, record, category, documents, bytes, count));
      if (count == 0) continue;
      done.results.push_back({.data_category = category.name,
                              .record_key = record.record_key,
                              .found = count,
                              .exported = count});
    }
  }
  if (documents.empty()) return Exported{NoData{}, Spool()};
  Json document = {{"format", "varsam-export/1"}, {"system", work.mapping.system}};
  document["documents"] = std::move(documents);
  return Exported{std::move(done), Spool::Of(document.dump())};
}

}  // namespace varsam::connector::sql
