#include "services/connector/adapters/sql/catalog.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/pg/params.h"
#include "services/connector/digest.h"

namespace varsam::connector::sql {
namespace {

constexpr pg::Statement kColumns{"connector_columns", R"sql(
SELECT n.nspname::text, c.relname::text, c.relkind IN ('r', 'p'),
       has_table_privilege(c.oid, 'SELECT'),
       has_table_privilege(c.oid, 'UPDATE') AND pg_relation_is_updatable(c.oid, false) & 4 = 4,
       has_table_privilege(c.oid, 'DELETE') AND pg_relation_is_updatable(c.oid, false) & 16 = 16,
       a.attname::text, format_type(a.atttypid, -1), a.attnotnull
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

}  // namespace

const Column* Catalog::Find(const TableName& table, std::string_view column) const {
  const auto found = tables.find(table);
  if (found == tables.end()) return nullptr;
  const auto at = found->second.columns.find(std::string(column));
  return at == found->second.columns.end() ? nullptr : &at->second;
}

absl::StatusOr<Catalog> LoadCatalog(pg::Connection& connection, const Mapping& mapping) {
  std::set<TableName> wanted = {mapping.subjects.table};
  for (const auto& [name, join] : mapping.joins) {
    wanted.insert(join.from);
    wanted.insert(join.to);
  }
  ASSIGN_OR_RETURN(
      const pg::Rows rows,
      connection.Query(kColumns,
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
    table.columns[std::string(row.Text(6))] = {std::string(row.Text(7)), row.Bool(8)};
  }
  ASSIGN_OR_RETURN(
      const pg::Rows references,
      connection.Query(
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
