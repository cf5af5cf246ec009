#include "services/connector/adapters/sql/odbc_database.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/connector/adapters/sql/odbc_handle.h"
#include "services/connector/adapters/sql/positional.h"

namespace varsam::connector::sql {
namespace {

constexpr int kLoginSeconds = 5;

// Identifiers by the standard, strict values, instants as UTC.
constexpr char kMode[] =
    "SET SESSION sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,STRICT_ALL_TABLES,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00'";

// Each asks for one table: only then does the server not open all of them.
constexpr char kTable[] = R"sql(
SELECT t.TABLE_TYPE, COALESCE(e.TRANSACTIONS, 'YES')
FROM information_schema.TABLES t LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE
WHERE t.TABLE_SCHEMA = $1 AND t.TABLE_NAME = $2)sql";
constexpr char kView[] = R"sql(
SELECT IS_UPDATABLE FROM information_schema.VIEWS WHERE TABLE_SCHEMA = $1 AND TABLE_NAME = $2)sql";
constexpr char kColumns[] = R"sql(
SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, PRIVILEGES, IS_GENERATED
FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = $1 AND TABLE_NAME = $2)sql";

constexpr char kReferences[] = R"sql(
SELECT k.CONSTRAINT_SCHEMA, k.CONSTRAINT_NAME, k.TABLE_SCHEMA, k.TABLE_NAME, k.COLUMN_NAME,
       k.REFERENCED_COLUMN_NAME
FROM information_schema.KEY_COLUMN_USAGE k
WHERE k.REFERENCED_TABLE_SCHEMA = $1 AND k.REFERENCED_TABLE_NAME = $2
ORDER BY 1, 2, 3, 4, k.ORDINAL_POSITION)sql";

ColumnKind KindOf(const std::string& type) {
  if (type == "char" || absl::StrContains(type, "varchar") || type == "json") {
    return ColumnKind::kText;
  }
  if (type == "tinytext" || type == "text" || type == "mediumtext" || type == "longtext") {
    return ColumnKind::kText;
  }
  if (absl::EndsWith(type, "int")) return ColumnKind::kInteger;
  if (type == "date") return ColumnKind::kDate;
  if (type == "datetime") return ColumnKind::kLocalTime;
  if (type == "timestamp") return ColumnKind::kInstant;
  if (absl::StrContains(type, "binary") || absl::EndsWith(type, "blob")) return ColumnKind::kBytes;
  return ColumnKind::kOther;
}

std::string CastOf(const std::string& data_type, const std::string& column_type) {
  switch (KindOf(data_type)) {
    case ColumnKind::kInteger:
      return absl::StrContains(column_type, "unsigned") ? "UNSIGNED" : "SIGNED";
    case ColumnKind::kDate:
      return "DATE";
    case ColumnKind::kLocalTime:
    case ColumnKind::kInstant:
      return "DATETIME(6)";
    default:
      break;
  }
  if (data_type == "decimal") return column_type.substr(0, column_type.find(')') + 1);
  if (data_type == "double" || data_type == "float") return "DOUBLE";
  if (data_type == "time") return "TIME(6)";
  if (data_type == "year") return "UNSIGNED";
  return "";
}

class OdbcDatabase final : public Database {
 public:
  explicit OdbcDatabase(OdbcConnection connection) : connection_(std::move(connection)) {}

  const Dialect& dialect() const override { return MariaDbDialect(); }
  bool broken() const override { return connection_.broken(); }
  absl::Status Prepare(const OdbcOptions& options);
  absl::StatusOr<Catalog> LoadCatalog(const Mapping& mapping) override;
  absl::Status Begin(bool snapshot) override;
  absl::StatusOr<TextRows> Query(const std::string& sql, const Values& values) override {
    const Positional text = ToPositional(sql, values);
    return connection_.Execute(text.sql, text.values);
  }
  absl::Status Commit() override;
  void Rollback() override { connection_.End(false).IgnoreError(); }

 private:
  absl::Status AddTable(const TableName& name, Catalog& catalog);
  absl::Status AddReferences(const Mapping& mapping, Catalog& catalog);
  // Asks the server by a statement that touches no row.
  absl::StatusOr<bool> May(const std::string& sql);

  OdbcConnection connection_;
};

absl::Status OdbcDatabase::Prepare(const OdbcOptions& options) {
  const auto set = [&](const std::string& sql) { return connection_.Execute(sql, {}).status(); };
  RETURN_IF_ERROR(set(kMode));
  RETURN_IF_ERROR(set(absl::StrCat(
      "SET SESSION max_statement_time = ", absl::ToInt64Seconds(options.statement_timeout),
      ", innodb_lock_wait_timeout = ", absl::ToInt64Seconds(options.lock_timeout))));
  return connection_.End(true);
}

absl::Status OdbcDatabase::Begin(bool snapshot) {
  RETURN_IF_ERROR(connection_.End(false));
  RETURN_IF_ERROR(connection_
                      .Execute(snapshot ? "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
                                        : "SET TRANSACTION ISOLATION LEVEL READ COMMITTED",
                               {})
                      .status());
  return connection_
      .Execute(snapshot ? "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
                        : "START TRANSACTION READ WRITE",
               {})
      .status();
}

absl::Status OdbcDatabase::Commit() {
  const absl::Status ended = connection_.End(true);
  if (ended.ok() || !connection_.broken()) return ended;
  return ErrorWithReason(absl::StatusCode::kUnknown, "COMMIT_IN_DOUBT",
                         "the connection was lost while committing");
}

absl::StatusOr<bool> OdbcDatabase::May(const std::string& sql) {
  const absl::Status tried = connection_.Execute(sql, {}).status();
  if (tried.ok()) return true;
  if (broken() || tried.code() == absl::StatusCode::kUnavailable) return tried;
  return false;
}

absl::Status OdbcDatabase::AddTable(const TableName& name, Catalog& catalog) {
  const Values which = {std::optional(name.schema), std::optional(name.name)};
  ASSIGN_OR_RETURN(const TextRows found, Query(kTable, which));
  if (found.rows.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const TextRows view, Query(kView, which));
  ASSIGN_OR_RETURN(const TextRows columns, Query(kColumns, which));
  if (columns.rows.empty()) return absl::OkStatus();
  Table& table = catalog.tables[name];
  table.lockable = absl::StrContains(found.rows[0][0].value_or(""), "TABLE");
  table.transactional = found.rows[0][1] == "YES";
  const bool updatable = view.rows.empty() || view.rows[0][0] == "YES";
  for (const TextRow& row : columns.rows) {
    Column column{.type = row[2].value_or(""), .not_null = row[3] == "NO"};
    column.kind = KindOf(row[1].value_or(""));
    column.cast = CastOf(row[1].value_or(""), column.type);
    const std::string rights = row[4].value_or("");
    column.may_update = updatable && absl::StrContains(rights, "update") && row[5] == "NEVER";
    table.may_select = table.may_select || absl::StrContains(rights, "select");
    table.may_update = table.may_update || column.may_update;
    table.columns[row[0].value_or("")] = std::move(column);
  }
  ASSIGN_OR_RETURN(table.may_delete,
                   May(absl::StrCat("DELETE FROM ", Quoted(name), " WHERE FALSE")));
  return absl::OkStatus();
}

absl::Status OdbcDatabase::AddReferences(const Mapping& mapping, Catalog& catalog) {
  ASSIGN_OR_RETURN(const TextRows keys,
                   Query(kReferences, {std::optional(mapping.subjects.table.schema),
                                       std::optional(mapping.subjects.table.name)}));
  std::map<std::pair<std::string, std::string>, Reference> references;
  for (const TextRow& row : keys.rows) {
    Reference& one = references[{
        absl::StrCat(row[0].value_or(""), ".", row[2].value_or(""), ".", row[3].value_or("")),
        row[1].value_or("")}];
    one.table = {row[2].value_or(""), row[3].value_or("")};
    one.keys.emplace_back(row[4].value_or(""), row[5].value_or(""));
  }
  for (auto& [name, one] : references) {
    ASSIGN_OR_RETURN(one.may_select,
                     May(absl::StrCat("SELECT 1 FROM ", Quoted(one.table), " WHERE FALSE")));
    catalog.references.push_back(std::move(one));
  }
  return absl::OkStatus();
}

absl::StatusOr<Catalog> OdbcDatabase::LoadCatalog(const Mapping& mapping) {
  Catalog catalog;
  for (const TableName& name : TablesOf(mapping)) RETURN_IF_ERROR(AddTable(name, catalog));
  const bool linked = std::ranges::any_of(mapping.categories, [](const Category& category) {
    return std::ranges::any_of(category.places,
                               [](const Place& place) { return !place.quasi.empty(); });
  });
  if (mapping.subjects.erase_row || linked) RETURN_IF_ERROR(AddReferences(mapping, catalog));
  RETURN_IF_ERROR(connection_.End(false));
  return catalog;
}

}  // namespace

Opener OpenOdbc(OdbcOptions options) {
  return [options = std::move(options)]() -> absl::StatusOr<std::unique_ptr<Database>> {
    // The driver takes the character set from here alone.
    std::string text = options.connection;
    if (!absl::StrContains(text, "CHARSET=")) absl::StrAppend(&text, ";CHARSET=utf8mb4");
    ASSIGN_OR_RETURN(OdbcConnection connection, OdbcConnection::Open(text, kLoginSeconds));
    auto database = std::make_unique<OdbcDatabase>(std::move(connection));
    RETURN_IF_ERROR(database->Prepare(options));
    return std::unique_ptr<Database>(std::move(database));
  };
}

}  // namespace varsam::connector::sql
