#include "services/connector/adapters/sql/postgres_database.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/pg/params.h"
#include "services/connector/digest.h"

namespace varsam::connector::sql {
namespace {

constexpr pg::Statement kColumns{"connector_columns", R"sql(
SELECT n.nspname::text, c.relname::text, c.relkind IN ('r', 'p'),
       has_table_privilege(c.oid, 'SELECT'),
       has_any_column_privilege(c.oid, 'UPDATE') AND pg_relation_is_updatable(c.oid, false) & 4 = 4,
       has_table_privilege(c.oid, 'DELETE') AND pg_relation_is_updatable(c.oid, false) & 16 = 16,
       a.attname::text, format_type(a.atttypid, -1), a.attnotnull,
       has_column_privilege(c.oid, a.attnum, 'UPDATE') AND a.attgenerated = ''
FROM unnest($1::text[], $2::text[]) AS wanted(schema_name, table_name)
JOIN pg_namespace n ON n.nspname = wanted.schema_name
JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = wanted.table_name
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND has_schema_privilege(n.oid, 'USAGE'))sql"};

constexpr pg::Statement kReferences{"connector_references", R"sql(
SELECT n.nspname::text, c.relname::text,
       has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE'),
       array_agg(own.attname::text ORDER BY pair.at), array_agg(far.attname::text ORDER BY pair.at)
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_class target ON target.oid = k.confrelid
JOIN pg_namespace target_schema ON target_schema.oid = target.relnamespace
CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS pair(own, far, at)
JOIN pg_attribute own ON own.attrelid = k.conrelid AND own.attnum = pair.own
JOIN pg_attribute far ON far.attrelid = k.confrelid AND far.attnum = pair.far
WHERE k.contype = 'f' AND k.conparentid = 0
  AND target_schema.nspname = $1 AND target.relname = $2
GROUP BY k.oid, n.oid, c.oid ORDER BY 1, 2, k.oid)sql"};

ColumnKind KindOf(const std::string& type) {
  static const std::map<std::string, ColumnKind>* const kinds =
      new std::map<std::string, ColumnKind>{{"text", ColumnKind::kText},
                                            {"character varying", ColumnKind::kText},
                                            {"bpchar", ColumnKind::kText},
                                            {"character", ColumnKind::kText},
                                            {"citext", ColumnKind::kText},
                                            {"smallint", ColumnKind::kInteger},
                                            {"integer", ColumnKind::kInteger},
                                            {"bigint", ColumnKind::kInteger},
                                            {"date", ColumnKind::kDate},
                                            {"timestamp without time zone", ColumnKind::kLocalTime},
                                            {"timestamp with time zone", ColumnKind::kInstant},
                                            {"bytea", ColumnKind::kBytes}};
  const auto found = kinds->find(type);
  return found == kinds->end() ? ColumnKind::kOther : found->second;
}

pg::Params ParamsOf(const Values& values) {
  pg::Params params;
  for (const Value& value : values) {
    if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
      params.Texts(*list);
    } else {
      const auto& text = std::get<std::optional<std::string>>(value);
      params.TextOrNull(text ? std::optional<std::string_view>(*text) : std::nullopt);
    }
  }
  return params;
}

}  // namespace

Opener OpenPostgres(pg::ConnectOptions options) {
  return [options = std::move(options)]() -> absl::StatusOr<std::unique_ptr<Database>> {
    ASSIGN_OR_RETURN(std::unique_ptr<pg::Connection> connection, pg::Connection::Open(options));
    return std::make_unique<PostgresDatabase>(std::move(connection));
  };
}

PostgresDatabase::PostgresDatabase(std::unique_ptr<pg::Connection> connection)
    : connection_(std::move(connection)) {}

PostgresDatabase::~PostgresDatabase() { tx_.reset(); }

const pg::Statement& PostgresDatabase::StatementOf(const std::string& sql) {
  std::unique_ptr<Entry>& entry = statements_[sql];
  if (entry == nullptr) {
    entry = std::make_unique<Entry>();
    entry->name = absl::StrCat("mapped_", ToHex(Sha256(sql)).substr(0, 32));
    entry->sql = sql;
    entry->statement = {entry->name.c_str(), entry->sql.c_str()};
  }
  return entry->statement;
}

absl::Status PostgresDatabase::Begin(bool snapshot) {
  tx_.reset();
  tx_ = std::make_unique<pg::Tx>(*connection_,
                                 snapshot ? pg::TxKind::kSnapshot : pg::TxKind::kReadWrite);
  return absl::OkStatus();
}

absl::StatusOr<TextRows> PostgresDatabase::Query(const std::string& sql, const Values& values) {
  VARSAM_CHECK(tx_ != nullptr) << "no transaction";
  ASSIGN_OR_RETURN(const pg::Rows rows, tx_->Query(StatementOf(sql), ParamsOf(values)));
  TextRows out;
  out.affected = rows.affected();
  out.rows.reserve(rows.size());
  for (const pg::Row row : rows) {
    TextRow& texts = out.rows.emplace_back();
    for (int i = 0; i < rows.columns(); ++i) {
      const auto text = row.OptionalText(i);
      texts.emplace_back(text ? std::optional<std::string>(*text) : std::nullopt);
    }
  }
  return out;
}

absl::Status PostgresDatabase::Commit() {
  VARSAM_CHECK(tx_ != nullptr) << "no transaction";
  const std::unique_ptr<pg::Tx> tx = std::move(tx_);
  return tx->Commit();
}

void PostgresDatabase::Rollback() { tx_.reset(); }

absl::StatusOr<Catalog> PostgresDatabase::LoadCatalog(const Mapping& mapping) {
  const std::set<TableName> wanted = TablesOf(mapping);
  ASSIGN_OR_RETURN(
      const pg::Rows rows,
      connection_->Query(kColumns,
                         pg::Params()
                             .Texts(wanted, [](const TableName& table) { return table.schema; })
                             .Texts(wanted, [](const TableName& table) { return table.name; })));
  Catalog catalog;
  for (const pg::Row row : rows) {
    Table& table = catalog.tables[{std::string(row.Text(0)), std::string(row.Text(1))}];
    table.lockable = row.Bool(2);
    table.may_select = row.Bool(3);
    table.may_update = row.Bool(4);
    table.may_delete = row.Bool(5);
    Column column{.type = std::string(row.Text(7)), .not_null = row.Bool(8)};
    column.kind = KindOf(column.type);
    column.may_update = row.Bool(9) && table.may_update;
    table.columns[std::string(row.Text(6))] = std::move(column);
  }
  ASSIGN_OR_RETURN(
      const pg::Rows references,
      connection_->Query(
          kReferences,
          pg::Params().Text(mapping.subjects.table.schema).Text(mapping.subjects.table.name)));
  for (const pg::Row row : references) {
    Reference reference;
    reference.table = {std::string(row.Text(0)), std::string(row.Text(1))};
    reference.may_select = row.Bool(2);
    const std::vector<std::string> own = row.Texts(3), far = row.Texts(4);
    for (size_t i = 0; i < own.size(); ++i) reference.keys.emplace_back(own[i], far[i]);
    catalog.references.push_back(std::move(reference));
  }
  return catalog;
}

}  // namespace varsam::connector::sql
