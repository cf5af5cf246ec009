// The mapping file is read strictly, and the texts made from it quote everything.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "libs/base/error.h"
#include "services/connector/adapters/redact.h"
#include "services/connector/adapters/sql/mapping.h"
#include "services/connector/adapters/sql/record_key.h"
#include "services/connector/adapters/sql/sql_text.h"

namespace varsam::connector::sql {
namespace {

constexpr char kGood[] = R"(
mapping: 1
system: shop
schema: "odd\"schema"
joins:
  note: {from: person, to: note, keys: {a: pa, b: pb}}
subjects:
  table: person
  key: [a, b]
  names: [name]
  identifiers: [{column: mail, type: email}]
  category: {value: prospect}
categories:
  sales_activity: [{via: [note], where: {kind: [call]}, columns: [text], action: delete}]
  email: [{columns: [mail], action: anonymise, set: {mail: null}}]
  name: [{columns: [name], action: anonymise, set: {name: "gone"}}]
)";

std::string Faults(const std::string& from, const std::string& to) {
  const auto mapping = ParseMapping(absl::StrReplaceAll(kGood, {{from, to}}), "shop.yaml");
  std::string all;
  for (const FieldViolation& one : FieldViolationsOf(mapping.status())) {
    absl::StrAppend(&all, one.field, ": ", one.description, "\n");
  }
  return all;
}

Catalog CatalogOf(const Mapping& mapping) {
  Catalog catalog;
  catalog.tables[mapping.subjects.table].lockable = true;
  catalog.tables[mapping.subjects.table].columns = {
      {"a", {"integer"}}, {"b", {"smallint"}}, {"name", {"text"}}, {"mail", {"text"}}};
  catalog.tables[mapping.joins.at("note").to].columns = {
      {"pa", {"integer"}}, {"pb", {"smallint"}}, {"kind", {"text"}}, {"text", {"text"}}};
  return catalog;
}

}  // namespace

TEST_CASE("a good mapping is read; every fault names its path and line") {
  CHECK(ParseMapping(kGood, "shop.yaml").ok());
  using Catch::Contains;
  CHECK_THAT(Faults("columns: [text]", "colums: [text]"),
             Contains("colums") && Contains("line 14"));
  CHECK_THAT(Faults("via: [note]", "via: [nota]"), Contains("join nota is not defined"));
  CHECK_THAT(Faults("type: email", "type: mail"), Contains("subjects.identifiers[0]"));
  CHECK_THAT(Faults("action: delete", "action: shred"), Contains("\"shred\""));
  CHECK_THAT(Faults("{mail: null}", "{name: null}"), Contains("column mail is not in set"));
  CHECK_THAT(Faults("via: [note], where", "where"), Contains("delete without via"));
  CHECK_THAT(Faults("mapping: 1", "mapping: 2"), Contains("version 1"));
  CHECK_THAT(Faults("{from: person, to: note", "{from: other, to: note"),
             Contains("starts at other"));
}

TEST_CASE("texts quote identifiers and leave values to parameters") {
  auto mapping = ParseMapping(kGood, "shop.yaml");
  REQUIRE(mapping.ok());
  const Catalog catalog = CatalogOf(*mapping);
  const SqlText text(*mapping, catalog, PostgresDialect());
  CHECK(Quoted("a\"; DROP TABLE x; --") == "\"a\"\"; DROP TABLE x; --\"");
  const Place& notes = mapping->categories[0].places[0];
  const Built deleted = text.DeleteRows(notes);
  CHECK(deleted.sql ==
        "DELETE FROM \"odd\"\"schema\".\"note\" WHERE \"odd\"\"schema\".\"note\".\"pa\" = "
        "CAST($1::text AS integer) AND \"odd\"\"schema\".\"note\".\"pb\" = CAST($2::text AS "
        "smallint) AND (\"odd\"\"schema\".\"note\".\"kind\")::text = ANY($3::text[])");
  REQUIRE(deleted.extras.size() == 1);
  CHECK(std::get<std::vector<std::string>>(deleted.extras[0]) == std::vector<std::string>{"call"});
  const Built renamed = text.Anonymise(mapping->categories[2].places[0]);
  CHECK(renamed.sql ==
        "UPDATE \"odd\"\"schema\".\"person\" AS t SET \"name\" = CAST($3::text AS text) WHERE "
        "t.\"a\" = CAST($1::text AS integer) AND t.\"b\" = CAST($2::text AS smallint) AND "
        "(t.\"name\" IS NOT NULL AND (t.\"name\")::text IS DISTINCT FROM (CAST($4::text AS "
        "text))::text)");
  const SqlText other(*mapping, catalog, MariaDbDialect());
  CHECK(other.DeleteRows(notes).sql.ends_with(
      "AND CAST(\"odd\"\"schema\".\"note\".\"kind\" AS CHAR CHARACTER SET utf8mb4) COLLATE "
      "utf8mb4_nopad_bin IN ($[$3])"));
}

TEST_CASE("record keys come back as they went") {
  const std::vector<std::string> parts = {"a/b", "50%", "x#y"};
  CHECK(RecordKeyOf(parts) == "a%2fb/50%25/x%23y");
  CHECK(KeyParts(RecordKeyOf(parts) + "#opinion", 3) == parts);
  CHECK_FALSE(KeyParts("1/2", 3));
  CHECK_FALSE(KeyParts("%zz", 1));
}

TEST_CASE("a person is struck out as a word, others are left alone") {
  const std::vector<std::string> karl = {"Karl Öberg", "Öberg", "Karl"};
  CHECK(StrikeOut("Närvarande: Karl Öberg, Eva.", karl) == "Närvarande: [borttaget], Eva.");
  CHECK(StrikeOut("KARL ÖBERG–karl", karl) == "[borttaget]–[borttaget]");
  CHECK(StrikeOut("Karls förslag", karl) == "[borttaget] förslag");
  CHECK(StrikeOut("Karlstad, Karlsson, Sköberg", karl) == "Karlstad, Karlsson, Sköberg");
  CHECK(StrikeOut("a b", {"a"}) == "a b");
}

}  // namespace varsam::connector::sql
