#include "services/connector/adapters/sql/catalog.h"

#include "absl/strings/str_cat.h"
#include "services/connector/digest.h"

namespace varsam::connector::sql {

const Column* Catalog::Find(const TableName& table, std::string_view column) const {
  const auto found = tables.find(table);
  if (found == tables.end()) return nullptr;
  const auto at = found->second.columns.find(std::string(column));
  return at == found->second.columns.end() ? nullptr : &at->second;
}

std::set<TableName> TablesOf(const Mapping& mapping) {
  std::set<TableName> tables = {mapping.subjects.table};
  for (const auto& [name, join] : mapping.joins) {
    tables.insert(join.from);
    tables.insert(join.to);
  }
  for (const Category& category : mapping.categories) {
    for (const Place& place : category.places) {
      if (place.aggregate) tables.insert(place.aggregate->into);
    }
  }
  return tables;
}

std::string SchemaDigest(const Mapping& mapping, const Catalog& catalog) {
  std::string text = mapping.text_sha256;
  for (const auto& [name, table] : catalog.tables) {
    for (const auto& [column, what] : table.columns) {
      absl::StrAppend(&text, name.schema, "\n", name.name, "\n", column, "\n", what.type, "\n",
                      what.not_null ? 1 : 0, "\n");
    }
  }
  return Sha256(text);
}

}  // namespace varsam::connector::sql
