// Rows that go leave their numbers, month by month, where five people at least are counted; on
// PostgreSQL and on MariaDB.
#include "absl/strings/str_replace.h"
#include "libs/base/error.h"
#include "tests/integration/services/connector/either_database.h"

namespace varsam::connector {
namespace {

constexpr char kTables[] = R"sql(
CREATE TABLE person (id integer PRIMARY KEY, name varchar(50), mail varchar(80));
CREATE TABLE position (person_id integer, at timestamp NOT NULL, site varchar(20), lat integer);
CREATE TABLE position_statistics (month varchar(7) NOT NULL, site varchar(20), points integer NOT
  NULL, people integer NOT NULL);
)sql";

constexpr char kMapping[] = R"yaml(
mapping: 1
system: ops
schema: survey
joins:
  position: {from: person, to: position, keys: {id: person_id}}
subjects:
  table: person
  key: [id]
  names: [name]
  identifiers: [{column: mail, type: email}]
  category: {value: supplier_worker}
signals:
  - {event: position_recorded, via: [position], column: at, categories: [position], per: day}
categories:
  position:
    - via: [position]
      columns: [at, lat]
      action: delete
      aggregate: {into: position_statistics, time: at, month: month, group: {site: site},
                  rows: points, people: people}
  name:
    - {columns: [name], action: anonymise, set: {name: Gone}}
)yaml";

// People 1..6 were at A twice each in January, 1..4 at B in January, and all nowhere in February.
std::string Filled() {
  std::string sql = kTables;
  const auto add = [&](int person, const char* at, const char* site) {
    absl::StrAppend(&sql, "INSERT INTO position VALUES (", person, ", '", at, "', ", site,
                    ", 1); ");
  };
  for (int person = 1; person <= 6; ++person) {
    absl::StrAppend(&sql, "INSERT INTO person VALUES (", person, ", 'N", person, "', 'p", person,
                    "@post.example'); ");
    add(person, "2026-01-10 08:00:00", "'A'");
    add(person, "2026-01-20 08:00:00", "'A'");
    if (person <= 4) add(person, "2026-01-15 08:00:00", "'B'");
    add(person, "2026-02-03 08:00:00", "NULL");
  }
  return sql;
}

const CommitGate kGo = [](const Outcome&) { return absl::OkStatus(); };

Identifiers Mail(int person) {
  return {{IdentifierType::kEmail,
           Personal<std::string>(absl::StrCat("p", person, "@post.example")), ""}};
}

sql::SqlAdapter AdapterOn(const sql::Opener& open) {
  auto mapping = sql::ParseMapping(kMapping, "ops.yaml");
  REQUIRE(mapping.ok());
  return sql::SqlAdapter(*std::move(mapping), open);
}

Erase Ask(const std::string& category, const std::string& method = "aggregate_then_delete") {
  return {{{"1", category, "", method}}, {}};
}

// Rows deleted; what the verification finds.
std::pair<uint32_t, uint32_t> Dispose(sql::SqlAdapter& adapter, int person) {
  const auto outcome = adapter.Run(Mail(person), Ask("position"), kGo);
  INFO(outcome.status().ToString());
  REQUIRE(outcome.ok());
  const auto* done = std::get_if<Done>(&*outcome);
  REQUIRE(done != nullptr);
  const auto verified = adapter.Run(Mail(person), Verify{Ask("position").items, {}, {}});
  REQUIRE(verified.ok());
  const auto* found = std::get_if<Done>(&*verified);
  return {done->results.at(0).deleted, found == nullptr ? 0 : found->results.at(0).found};
}

std::string Faults(const std::string& from, const std::string& to) {
  const auto mapping = sql::ParseMapping(absl::StrReplaceAll(kMapping, {{from, to}}), "ops.yaml");
  std::string all;
  for (const FieldViolation& one : FieldViolationsOf(mapping.status())) {
    absl::StrAppend(&all, one.description, "\n");
  }
  return all;
}

}  // namespace

TEMPLATE_TEST_CASE("rows that go are counted once for everybody, in cells of five people", "",
                   OnPostgres, OnMariaDb) {
  TestType ground(Filled());
  sql::SqlAdapter adapter = AdapterOn(ground.Open());
  CHECK(Dispose(adapter, 1) == std::pair(4u, 0u));
  CHECK(ground.Count("position WHERE person_id = 1") == 0);
  CHECK(ground.Count("position_statistics") == 2);  // four people at B are too few
  const std::string at_a = "position_statistics WHERE month = '2026-01' AND site = 'A' AND ";
  CHECK(ground.Count(at_a + "points = 12 AND people = 6") == 1);
  CHECK(ground.Count("position_statistics WHERE month = '2026-02' AND site IS NULL AND points = 6 "
                     "AND people = 6") == 1);
  // The next ones go without a trace: the difference of two numbers would be a person.
  CHECK(Dispose(adapter, 2) == std::pair(4u, 0u));
  CHECK(Dispose(adapter, 6) == std::pair(3u, 0u));
  CHECK(ground.Count("position_statistics") == 2);
  CHECK(ground.Count(at_a + "points = 12 AND people = 6") == 1);
  CHECK(ground.Count("position") == 11);
}

TEMPLATE_TEST_CASE("what is not counted, and what cannot be", "", OnPostgres, OnMariaDb) {
  TestType ground(Filled());
  sql::SqlAdapter adapter = AdapterOn(ground.Open());
  // A category whose places do not say where its numbers go is for a person.
  auto outcome = adapter.Run(Mail(1), Ask("name"), kGo);
  REQUIRE(outcome.ok());
  CHECK(std::holds_alternative<Unsupported>(*outcome));
  // A plain deletion leaves no numbers.
  outcome = adapter.Run(Mail(1), Ask("position", "delete"), kGo);
  REQUIRE(outcome.ok());
  CHECK(ground.Count("position_statistics") == 0);
  CHECK(ground.Count("position WHERE person_id = 1") == 0);
  // What is called off before the commit leaves neither numbers nor a gap.
  const CommitGate stop = [](const Outcome&) { return absl::CancelledError("called off"); };
  CHECK_FALSE(adapter.Run(Mail(2), Ask("position"), stop).ok());
  CHECK(ground.Count("position_statistics") == 0);
  CHECK(ground.Count("position WHERE person_id = 2") == 4);
}

TEMPLATE_TEST_CASE("old days go though new ones come", "", OnPostgres, OnMariaDb) {
  TestType ground(Filled());
  sql::SqlAdapter adapter = AdapterOn(ground.Open());
  const auto page = adapter.Inventory("", 100);
  REQUIRE(page.ok());
  REQUIRE(page->rows.size() == 6);
  std::map<std::string, std::string> days;  // of person 1: key → event
  for (const InventoryRecord& record : page->rows[0].records) {
    if (record.data_categories != std::vector<std::string>{"position"}) continue;
    REQUIRE(record.events.size() == 1);
    days[record.record_key] = record.events[0].type;
  }
  CHECK(days.size() == 4);
  CHECK(days["1#position@2026-01-10"] == "position_recorded");
  // Two of the four days.
  const Erase ask{{{"a", "position", "1#position@2026-01-10", "aggregate_then_delete"},
                   {"b", "position", "1#position@2026-01-15", "aggregate_then_delete"}},
                  {{"position", "1#position@2026-02-03", "the period runs", "2026-05-03"}}};
  const auto outcome = adapter.Run(Mail(1), ask, kGo);
  INFO(outcome.status().ToString());
  REQUIRE(outcome.ok());
  REQUIRE(std::holds_alternative<Done>(*outcome));
  const auto& results = std::get<Done>(*outcome).results;
  REQUIRE(results.size() == 2);
  CHECK(results[0].item_id == "a");
  CHECK(results[0].record_key == "1#position@2026-01-10");
  CHECK(results[0].deleted == 1);
  CHECK(results[1].deleted == 1);
  CHECK(ground.Count("position WHERE person_id = 1") == 2);
  // The month is counted whole, with its days that are not due yet.
  CHECK(ground.Count("position_statistics WHERE month = '2026-01' AND points = 12") == 1);
  CHECK(ground.Count("position_statistics") == 1);
  const auto verified = adapter.Run(Mail(1), Verify{ask.items, {}, {}});
  REQUIRE(verified.ok());
  CHECK(std::holds_alternative<NoData>(*verified));
  // Asked for days that are still there, the verification finds them.
  const Verify other{{{"c", "position", "1#position@2026-02-03", ""}}, {}, {}};
  const auto found = adapter.Run(Mail(1), other);
  REQUIRE(found.ok());
  REQUIRE(std::holds_alternative<Done>(*found));
  CHECK(std::get<Done>(*found).results[0].found == 1);
}

TEMPLATE_TEST_CASE("a number of too few people does not pass the verification", "", OnPostgres,
                   OnMariaDb) {
  TestType ground(Filled() + "INSERT INTO position_statistics VALUES ('2025-12', 'A', 9, 4); ");
  sql::SqlAdapter adapter = AdapterOn(ground.Open());
  CHECK(Dispose(adapter, 1) == std::pair(4u, 1u));
}

TEST_CASE("a mapping whose numbers lead back to a person is refused") {
  using Catch::Contains;
  CHECK(Faults("x", "x").empty());
  CHECK_THAT(Faults("group: {site: site}", "group: {person_id: site}"),
             Contains("linkage: column person_id"));
  CHECK_THAT(Faults("action: delete", "action: keep\n      reason: r"),
             Contains("aggregate goes with action delete"));
}

}  // namespace varsam::connector
