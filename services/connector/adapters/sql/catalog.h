// What the live database says about the tables a mapping names.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "services/connector/adapters/sql/mapping.h"

namespace varsam::connector::sql {

enum class ColumnKind { kText, kInteger, kDate, kLocalTime, kInstant, kBytes, kOther };

struct Column {
  std::string type;  // as the product writes it
  ColumnKind kind = ColumnKind::kOther;
  std::string cast;  // what CAST wants, where that is another word; empty: none is needed
  bool not_null = false;
  bool may_update = false;
};

struct Table {
  std::map<std::string, Column> columns;
  bool lockable = false;      // a table, not a view: rows can be locked
  bool transactional = true;  // what is rolled back has changed nothing
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

std::set<TableName> TablesOf(const Mapping& mapping);

// OK, or FAILED_PRECONDITION (reason MAPPING_MISMATCH) with one violation per fault: the file and
// path, the line, and the table, column or right that is missing.
absl::Status CheckMapping(const Mapping& mapping, const Catalog& catalog);

// SHA-256 over the mapping and the part of the schema it names.
std::string SchemaDigest(const Mapping& mapping, const Catalog& catalog);

}  // namespace varsam::connector::sql
