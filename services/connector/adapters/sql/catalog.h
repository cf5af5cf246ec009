// What the live database says about the tables a mapping names.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/pg/connection.h"
#include "services/connector/adapters/sql/mapping.h"

namespace varsam::connector::sql {

struct Column {
  std::string type;  // as format_type writes it, without length: what CAST accepts
  bool not_null = false;
};

struct Table {
  std::map<std::string, Column> columns;
  bool lockable = false;  // a table, not a view: rows can be locked
  bool may_select = false, may_update = false, may_delete = false;
};

// A foreign key that points at the subjects table.
struct Reference {
  TableName table;
  std::vector<std::pair<std::string, std::string>> keys;  // own column, column of the subject
  bool may_select = false;
};

struct Catalog {
  std::map<TableName, Table> tables;
  std::vector<Reference> references;

  const Column* Find(const TableName& table, std::string_view column) const;
};

// Every table the mapping names, and who refers to its subjects.
absl::StatusOr<Catalog> LoadCatalog(pg::Connection& connection, const Mapping& mapping);

// OK, or FAILED_PRECONDITION (reason MAPPING_MISMATCH) with one violation per fault: the file and
// path, the line, and the table, column or right that is missing.
absl::Status CheckMapping(const Mapping& mapping, const Catalog& catalog);

// SHA-256 over the mapping and the part of the schema it names.
std::string SchemaDigest(const Mapping& mapping, const Catalog& catalog);

}  // namespace varsam::connector::sql
