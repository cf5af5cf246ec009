// The SQL adapter on a real PostgreSQL: one task, one transaction, nothing more than the mapping
// says.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>

#include "absl/strings/str_replace.h"
#include "libs/base/error.h"
#include "nlohmann/json.hpp"
#include "services/connector/adapters/sql/odbc_database.h"
#include "services/connector/adapters/sql/postgres_database.h"
#include "services/connector/adapters/sql/sql_adapter.h"
#include "services/connector/digest.h"
#include "tests/integration/services/connector/odd_schema.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/test_database.h"

namespace varsam::connector {
namespace {

using sql::SqlAdapter;

Identifiers Mail(const char* address) {
  return {{IdentifierType::kEmail, Personal<std::string>(address), ""}};
}

const CommitGate kGo = [](const Outcome&) { return absl::OkStatus(); };

std::vector<CategoryResult> ResultsOf(const Outcome& outcome) {
  if (const auto* done = std::get_if<Done>(&outcome)) return done->results;
  if (const auto* part = std::get_if<PartlyKept>(&outcome)) return part->results;
  return {};
}

uint32_t Gone(const Outcome& outcome) {
  uint32_t gone = 0;
  for (const CategoryResult& one : ResultsOf(outcome)) gone += one.deleted + one.anonymised;
  return gone;
}

// The same schema, as far as the product's words allow, on a server of its own kind.
struct Odd {
  void Fill(const std::string& mapping_text, sql::Opener open) {
    auto mapping = sql::ParseMapping(mapping_text, "odd.yaml");
    REQUIRE(mapping.ok());
    opener = std::move(open);
    adapter = std::make_unique<SqlAdapter>(*std::move(mapping), opener);
  }
  virtual ~Odd() = default;
  virtual void Execute(const std::string& statements) = 0;
  virtual int64_t Count(const std::string& what) = 0;
  std::string mapping;
  sql::Opener opener;
  std::unique_ptr<SqlAdapter> adapter;
};

struct OnPostgres : Odd {
  OnPostgres() : admin(database.Open()) {
    REQUIRE(admin->Execute(kOddPostgres).ok());
    REQUIRE(admin->Execute(kOddRows).ok());
    mapping = kOddMapping;
    Fill(mapping, sql::OpenPostgres(database.options()));
  }
  void Execute(const std::string& statements) override {
    REQUIRE(admin->Execute("SET search_path = \"Odd \"\"one\"\"\"; " + statements).ok());
  }
  int64_t Count(const std::string& what) override {
    static int made = 0;
    const std::string name = "count_" + std::to_string(made++);
    const std::string text = "SELECT count(*) FROM \"Odd \"\"one\"\"\"." + what;
    auto rows = admin->Query({name.c_str(), text.c_str()}, {});
    REQUIRE(rows.ok());
    return rows->Only().Int64(0);
  }
  TestDatabase database;
  std::unique_ptr<pg::Connection> admin;
};

struct OnMariaDb : Odd {
  OnMariaDb() : server(Server()) {
    server.Sql(std::string(kOddMariaDb) + kOddRows);
    mapping = absl::StrReplaceAll(kOddMapping, {{"blocked: \"true\"", "blocked: \"1\""},
                                                {"blocked: \"false\"", "blocked: \"0\""}});
    Fill(mapping, sql::OpenOdbc({server.Connection()}));
  }
  static testing::MariaDbServer& Server() {
    if (!testing::MariaDbServer::Available()) std::exit(77);
    return testing::MariaDbServer::Shared();
  }
  std::string Run(const std::string& statements) {
    return server.Sql("SET sql_mode = 'ANSI_QUOTES,STRICT_ALL_TABLES'; USE \"Odd \"\"one\"\"\"; " +
                      statements);
  }
  void Execute(const std::string& statements) override { Run(statements); }
  int64_t Count(const std::string& what) override {
    return std::stoll(Run("SELECT count(*) FROM " + what));
  }
  testing::MariaDbServer& server;
};

Erase All() {
  return {{{"1", "meeting_minutes", "", "delete"},
           {"2", "email", "", "delete"},
           {"3", "name", "", "delete"},
           {"5", "letters", "", "delete"}},
          {}};
}

Verify Back() { return {All().items, {}, {}}; }

}  // namespace

TEMPLATE_TEST_CASE("an export finds every row of the person, hidden ones marked, and nobody else's",
                   "", OnPostgres, OnMariaDb) {
  TestType ground;
  Odd& odd = ground;
  const auto exported = odd.adapter->Run(Mail("EVA.EK@post.example "), Export{});
  REQUIRE(exported.ok());
  const auto json = nlohmann::json::parse(exported->document.Reveal());
  CHECK(json["system"] == "crm");
  int hidden = 0;
  for (const auto& document : json["documents"]) {
    CHECK(document["record_key"].get<std::string>().starts_with("n%2fo/"));
    hidden += document.value("hidden", false) ? 1 : 0;
  }
  CHECK(hidden > 0);
  CHECK(exported->document.Reveal().find("eva@gammal.example") != std::string::npos);
  CHECK(exported->document.Reveal().find("bo.al@") == std::string::npos);
  const auto nobody = odd.adapter->Run(Mail("nobody@post.example"), Export{});
  REQUIRE(nobody.ok());
  CHECK(std::holds_alternative<NoData>(nobody->outcome));
}

TEMPLATE_TEST_CASE(
    "an erasure is whole, keeps what it must, leaves others, and is verified by another path", "",
    OnPostgres, OnMariaDb) {
  TestType ground;
  Odd& odd = ground;
  auto before = odd.adapter->Run(Mail("eva.ek@post.example"), Back());
  REQUIRE(before.ok());
  CHECK(std::holds_alternative<Done>(*before));  // the negative control: still there
  Erase ask = All();
  ask.items.push_back({"4", "sales_activity", "", "delete"});
  auto erased = odd.adapter->Run(Mail("eva.ek@post.example"), ask, kGo);
  REQUIRE(erased.ok());
  REQUIRE(std::holds_alternative<PartlyKept>(*erased));
  CHECK(std::ranges::any_of(std::get<PartlyKept>(*erased).kept, [](const KeepItem& kept) {
    return kept.reference == "Bokföringslagen 7 kap. 2 §";
  }));
  CHECK(Gone(*erased) > 4);
  CHECK(odd.Count("person WHERE branch = 'n/o' AND mail IS NOT NULL") == 0);
  CHECK(odd.Count("person_history") == 0);  // what the triggers wrote meanwhile is gone too
  CHECK(odd.Count("letter") == 1);
  CHECK(odd.Count("club WHERE minutes = '[borttaget] var sen.'") == 1);
  CHECK(odd.Count("person WHERE mail = 'éva.ek@post.example'") == 1);
  CHECK(odd.Count("person WHERE mail = 'bo.al@post.example'") == 1);
  CHECK(odd.Count("member") == 1);
  CHECK(odd.Count("club WHERE minutes = '[borttaget] och Bo Al deltog. [borttaget] bil; Evald. "
                  "[borttaget]'") == 1);
  Identifiers who = Mail("eva.ek@post.example");
  who.push_back({IdentifierType::kRecordKey, Personal<std::string>("n%2fo/1"), "crm"});
  auto after = odd.adapter->Run(who, Back());
  REQUIRE(after.ok());
  CHECK(std::holds_alternative<NoData>(*after));
  auto again = odd.adapter->Run(who, ask, kGo);
  REQUIRE(again.ok());
  CHECK(Gone(*again) == 0);
  // A history row that hangs in the air is found by its key.
  odd.Execute("INSERT INTO person_history VALUES (now(), 'n/o', 1, '{}')");
  after = odd.adapter->Run(who, Back());
  REQUIRE(after.ok());
  CHECK(std::holds_alternative<Done>(*after));
}

TEMPLATE_TEST_CASE("a gate that says no leaves everything as it was", "", OnPostgres, OnMariaDb) {
  TestType ground;
  Odd& odd = ground;
  const auto refused =
      odd.adapter->Run(Mail("eva.ek@post.example"), All(), [](const Outcome& told) {
        CHECK(Gone(told) > 0);
        return absl::CancelledError("called off");
      });
  CHECK(absl::IsCancelled(refused.status()));
  CHECK(odd.Count("person_history") == 1);
  CHECK(odd.Count("member") == 3);
}

TEMPLATE_TEST_CASE("a kept category of one record stays, the same of another goes", "", OnPostgres,
                   OnMariaDb) {
  TestType ground;
  Odd& odd = ground;
  Erase ask{{{"1", "email", "", "delete"}}, {{"email", "n%2fo/2#email", "BFL 7:2", "2032-12-31"}}};
  const auto erased = odd.adapter->Run(Mail("eva.ek@post.example"), ask, kGo);
  REQUIRE(erased.ok());
  REQUIRE(std::holds_alternative<PartlyKept>(*erased));
  CHECK(std::get<PartlyKept>(*erased).kept.front().keep_until == "2032-12-31");
  CHECK(odd.Count("person WHERE branch = 'n/o' AND no = 2 AND mail IS NOT NULL") == 1);
  CHECK(odd.Count("person WHERE branch = 'n/o' AND no = 1 AND mail IS NULL") == 1);
}

TEMPLATE_TEST_CASE("a rectification changes the expected value only", "", OnPostgres, OnMariaDb) {
  TestType ground;
  Odd& odd = ground;
  Rectify ask{{{"name", Sha256("Ek"), Personal<std::string>("Ekman")}}};
  auto changed = odd.adapter->Run(Mail("eva.ek@post.example"), ask, kGo);
  REQUIRE(changed.ok());
  CHECK(odd.Count("person WHERE surname = 'Ekman'") == 2);
  const auto good = odd.adapter->Run(Mail("eva.ek@post.example"), Verify{{}, {}, ask.changes});
  CHECK(std::holds_alternative<NoData>(*good));
  changed = odd.adapter->Run(Mail("eva.ek@post.example"), ask, kGo);  // again: harmless
  CHECK(std::holds_alternative<Done>(*changed));
  ask.changes[0] = {"name", Sha256("Ek"), Personal<std::string>("Eklund")};
  const auto conflict = odd.adapter->Run(Mail("eva.ek@post.example"), ask, kGo);
  REQUIRE(conflict.ok());
  CHECK(std::holds_alternative<NeedsHuman>(*conflict));
  CHECK(odd.Count("person WHERE surname = 'Eklund'") == 0);
}

TEMPLATE_TEST_CASE("a restriction is set and lifted; what the file does not say is unsupported", "",
                   OnPostgres, OnMariaDb) {
  TestType ground;
  Odd& odd = ground;
  REQUIRE(odd.adapter->Run(Mail("bo.al@post.example"), Restrict{}, kGo).ok());
  CHECK(odd.Count("person WHERE blocked") == 1);
  REQUIRE(odd.adapter->Run(Mail("bo.al@post.example"), Restrict{.lift = true}, kGo).ok());
  CHECK(odd.Count("person WHERE blocked") == 0);
  const auto stop = odd.adapter->Run(Mail("bo.al@post.example"), StopProcessing{{"x"}}, kGo);
  CHECK(std::holds_alternative<Unsupported>(*stop));
}

TEMPLATE_TEST_CASE(
    "the inventory comes in pages, with clocks in Stockholm time and groups of their own", "",
    OnPostgres, OnMariaDb) {
  TestType ground;
  Odd& odd = ground;
  std::string after;
  std::vector<InventoryRow> rows;
  int pages = 0;
  do {
    const auto page = odd.adapter->Inventory(after, 1);
    REQUIRE(page.ok());
    for (const InventoryRow& row : page->rows) rows.push_back(row);
    after = page->next;
    ++pages;
  } while (!after.empty() && pages < 9);
  REQUIRE(rows.size() == 4);
  CHECK(pages == 5);  // the last page is told by being short
  REQUIRE(rows[0].records.size() == 2);
  const InventoryRecord& grouped = rows[0].records[1];
  CHECK(grouped.record_key == "n%2fo/1#email");
  REQUIRE(grouped.events.size() == 1);
  CHECK(grouped.events[0].at ==
        absl::FromCivil(absl::CivilSecond(2025, 3, 1, 7), absl::UTCTimeZone()));
  CHECK(rows[0].records[0].events.empty());
  CHECK(rows[2].records[0].purposes[0].purpose == "prospecting_crm");
}

TEMPLATE_TEST_CASE("a mapping that does not fit the schema names file, path, line and column", "",
                   OnPostgres, OnMariaDb) {
  TestType ground;
  Odd& odd = ground;
  auto mapping = sql::ParseMapping(
      absl::StrReplaceAll(odd.mapping, {{"columns: [club_id]", "columns: [club_idd]"},
                                        {"to: person_history", "to: person_histori"},
                                        {"'select \"from\"': \"x\"", "'select \"from\"': null"}}),
      "odd.yaml");
  REQUIRE(mapping.ok());
  SqlAdapter adapter(*std::move(mapping), odd.opener);
  const auto checked = adapter.CheckMapping();
  CHECK(ReasonOf(checked.status()) == "MAPPING_MISMATCH");
  std::string all;
  for (const FieldViolation& one : FieldViolationsOf(checked.status())) {
    all += one.field + ": " + one.description + "\n";
  }
  CHECK(all.find(
            "odd.yaml: categories.meeting_minutes[1]: line 30: column club_idd does not exist") !=
        std::string::npos);
  CHECK(all.find("person_histori does not exist") != std::string::npos);
  CHECK(all.find("column select \"from\" cannot be null") != std::string::npos);
  CHECK_FALSE(adapter.Run(Mail("eva.ek@post.example"), All(), kGo).ok());
  CHECK(odd.Count("member") == 3);
}

TEMPLATE_TEST_CASE("a key that is no value of its column finds nobody", "", OnPostgres, OnMariaDb) {
  TestType ground;
  Odd& odd = ground;
  odd.Execute("INSERT INTO person (branch, no, \"select \"\"from\"\"\") VALUES ('n/o', 0, 'Noll')");
  const Identifiers who = {{IdentifierType::kRecordKey, Personal<std::string>("n%2fo/x"), "crm"}};
  const auto exported = odd.adapter->Run(who, Export{});  // MariaDB: 'x' is 0 to CAST
  CHECK((!exported.ok() || std::holds_alternative<NoData>(exported->outcome)));
  const Identifiers one = {{IdentifierType::kRecordKey, Personal<std::string>("n%2fo/1"), "crm"}};
  CHECK(std::holds_alternative<Done>(odd.adapter->Run(one, Export{})->outcome));
}

TEMPLATE_TEST_CASE("a place of more columns than a function takes arguments is exported", "",
                   OnPostgres, OnMariaDb) {
  TestType ground;
  Odd& odd = ground;
  std::string table = "CREATE TABLE wide (branch varchar(20), no integer", columns, values;
  for (int i = 0; i < 130; ++i) {
    table += ", c" + std::to_string(i) + " varchar(9)";
    columns += (i == 0 ? "c" : ", c") + std::to_string(i);
    values += ", 'v" + std::to_string(i) + "'";
  }
  odd.Execute(table + "); INSERT INTO wide VALUES ('n/o', 1" + values + ")");
  auto mapping = sql::ParseMapping(
      absl::StrReplaceAll(
          odd.mapping, {{"joins:\n",
                         "joins:\n  wide: {from: person, to: wide, keys: {branch: "
                         "branch, no: no}}\n"},
                        {"  letters:\n", "  wide_data:\n    - {via: [wide], columns: [" + columns +
                                             "], action: delete}\n  letters:\n"}}),
      "odd.yaml");
  REQUIRE(mapping.ok());
  SqlAdapter adapter(*std::move(mapping), odd.opener);
  const auto exported = adapter.Run(Mail("eva.ek@post.example"), Export{{"wide_data"}});
  REQUIRE(exported.ok());
  CHECK(exported->document.Reveal().find("\"c129\":\"v129\"") != std::string::npos);
}

TEMPLATE_TEST_CASE("a schema of many other tables is judged like a small one", "", OnPostgres,
                   OnMariaDb) {
  TestType ground;
  Odd& odd = ground;
  const int count = std::is_same_v<TestType, OnPostgres> ? 2000 : 300;
  for (int made = 0; made < count;) {
    std::string tables;
    for (int i = 0; i < 100; ++i) {
      tables += "CREATE TABLE other_" + std::to_string(made++) + " (id integer PRIMARY KEY);";
    }
    odd.Execute(tables);
  }
  CHECK(odd.adapter->CheckMapping().ok());
}

TEST_CASE("on MariaDB a table without transactions cannot be changed") {
  OnMariaDb odd;
  odd.Execute("ALTER TABLE person_history ENGINE = MyISAM");
  const auto checked = odd.adapter->CheckMapping();
  CHECK(ReasonOf(checked.status()) == "MAPPING_MISMATCH");
}

TEST_CASE("on MariaDB a role without rights is told what it lacks") {
  OnMariaDb odd;
  odd.Execute(
      "CREATE USER IF NOT EXISTS reader@localhost; "
      "GRANT SELECT ON \"Odd \"\"one\"\"\".* TO reader@localhost");
  auto mapping = sql::ParseMapping(odd.mapping, "odd.yaml");
  SqlAdapter adapter(*std::move(mapping), sql::OpenOdbc({odd.server.Connection("reader")}));
  const auto checked = adapter.CheckMapping();
  std::string all;
  for (const FieldViolation& one : FieldViolationsOf(checked.status()))
    all += one.description + "\n";
  CHECK(all.find("no right to delete from Odd \"one\".member") != std::string::npos);
  CHECK(all.find("no right to update Odd \"one\".club") != std::string::npos);
}

}  // namespace varsam::connector
