// The SQL adapter on a real PostgreSQL: one task, one transaction, nothing more than the mapping
// says.
#include <catch2/catch.hpp>

#include "absl/strings/str_replace.h"
#include "libs/base/error.h"
#include "nlohmann/json.hpp"
#include "services/connector/adapters/sql/sql_adapter.h"
#include "services/connector/digest.h"
#include "tests/integration/services/connector/odd_schema.h"
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

struct Odd {
  Odd() : admin(database.Open()) {
    REQUIRE(admin->Execute(kOddSchema).ok());
    auto mapping = sql::ParseMapping(kOddMapping, "odd.yaml");
    REQUIRE(mapping.ok());
    adapter = std::make_unique<SqlAdapter>(*std::move(mapping), database.options());
  }
  int64_t Count(const std::string& what) {
    static int made = 0;
    const std::string name = "count_" + std::to_string(made++);
    const std::string text = "SELECT count(*) FROM \"Odd \"\"one\"\"\"." + what;
    auto rows = admin->Query({name.c_str(), text.c_str()}, {});
    REQUIRE(rows.ok());
    return rows->Only().Int64(0);
  }
  TestDatabase database;
  std::unique_ptr<pg::Connection> admin;
  std::unique_ptr<SqlAdapter> adapter;
};

Erase All() {
  return {{{"1", "meeting_minutes", "", "delete"},
           {"2", "email", "", "delete"},
           {"3", "name", "", "delete"}},
          {}};
}

Verify Back() { return {All().items, {}, {}}; }

}  // namespace

TEST_CASE("an export finds every row of the person, hidden ones marked, and nobody else's") {
  Odd odd;
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

TEST_CASE(
    "an erasure is whole, keeps what it must, leaves others, and is verified by another path") {
  Odd odd;
  auto before = odd.adapter->Run(Mail("eva.ek@post.example"), Back());
  REQUIRE(before.ok());
  CHECK(std::holds_alternative<Done>(*before));  // the negative control: still there
  Erase ask = All();
  ask.items.push_back({"4", "sales_activity", "", "delete"});
  auto erased = odd.adapter->Run(Mail("eva.ek@post.example"), ask, kGo);
  REQUIRE(erased.ok());
  REQUIRE(std::holds_alternative<PartlyKept>(*erased));
  CHECK(std::get<PartlyKept>(*erased).kept.front().reference == "Bokföringslagen 7 kap. 2 §");
  CHECK(Gone(*erased) > 4);
  CHECK(odd.Count("person WHERE mail ILIKE '%eva.ek%'") == 0);
  CHECK(odd.Count("person_history") == 0);
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
  REQUIRE(odd.admin
              ->Execute("INSERT INTO \"Odd \"\"one\"\"\".person_history VALUES "
                        "(now(), 'n/o', 1, '{}')")
              .ok());
  after = odd.adapter->Run(who, Back());
  REQUIRE(after.ok());
  CHECK(std::holds_alternative<Done>(*after));
}

TEST_CASE("a gate that says no leaves everything as it was") {
  Odd odd;
  const auto refused =
      odd.adapter->Run(Mail("eva.ek@post.example"), All(), [](const Outcome& told) {
        CHECK(Gone(told) > 0);
        return absl::CancelledError("called off");
      });
  CHECK(absl::IsCancelled(refused.status()));
  CHECK(odd.Count("person_history") == 1);
  CHECK(odd.Count("member") == 2);
}

TEST_CASE("a kept category of one record stays, the same of another goes") {
  Odd odd;
  Erase ask{{{"1", "email", "", "delete"}}, {{"email", "n%2fo/2#email", "BFL 7:2", "2032-12-31"}}};
  const auto erased = odd.adapter->Run(Mail("eva.ek@post.example"), ask, kGo);
  REQUIRE(erased.ok());
  REQUIRE(std::holds_alternative<PartlyKept>(*erased));
  CHECK(std::get<PartlyKept>(*erased).kept.front().keep_until == "2032-12-31");
  CHECK(odd.Count("person WHERE no = 2 AND mail IS NOT NULL") == 1);
  CHECK(odd.Count("person WHERE branch = 'n/o' AND no = 1 AND mail IS NULL") == 1);
}

TEST_CASE("a rectification changes the expected value only") {
  Odd odd;
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

TEST_CASE("a restriction is set and lifted; what the file does not say is unsupported") {
  Odd odd;
  REQUIRE(odd.adapter->Run(Mail("bo.al@post.example"), Restrict{}, kGo).ok());
  CHECK(odd.Count("person WHERE blocked") == 1);
  REQUIRE(odd.adapter->Run(Mail("bo.al@post.example"), Restrict{.lift = true}, kGo).ok());
  CHECK(odd.Count("person WHERE blocked") == 0);
  const auto stop = odd.adapter->Run(Mail("bo.al@post.example"), StopProcessing{{"x"}}, kGo);
  CHECK(std::holds_alternative<Unsupported>(*stop));
}

TEST_CASE("the inventory comes in pages, with clocks in Stockholm time and groups of their own") {
  Odd odd;
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
  REQUIRE(rows.size() == 3);
  CHECK(pages == 4);  // the last page is told by being short
  REQUIRE(rows[0].records.size() == 2);
  const InventoryRecord& grouped = rows[0].records[1];
  CHECK(grouped.record_key == "n%2fo/1#email");
  REQUIRE(grouped.events.size() == 1);
  CHECK(grouped.events[0].at ==
        absl::FromCivil(absl::CivilSecond(2025, 3, 1, 7), absl::UTCTimeZone()));
  CHECK(rows[0].records[0].events.empty());
  CHECK(rows[2].records[0].purposes[0].purpose == "prospecting_crm");
}

TEST_CASE("a mapping that does not fit the schema names file, path, line and column") {
  Odd odd;
  auto mapping = sql::ParseMapping(
      absl::StrReplaceAll(kOddMapping, {{"columns: [club_id]", "columns: [club_idd]"},
                                        {"to: person_history", "to: person_histori"},
                                        {"'select \"from\"': \"x\"", "'select \"from\"': null"}}),
      "odd.yaml");
  REQUIRE(mapping.ok());
  SqlAdapter adapter(*std::move(mapping), odd.database.options());
  const auto checked = adapter.CheckMapping();
  CHECK(ReasonOf(checked.status()) == "MAPPING_MISMATCH");
  std::string all;
  for (const FieldViolation& one : FieldViolationsOf(checked.status())) {
    all += one.field + ": " + one.description + "\n";
  }
  CHECK(all.find(
            "odd.yaml: categories.meeting_minutes[1]: line 28: column club_idd does not exist") !=
        std::string::npos);
  CHECK(all.find("person_histori does not exist") != std::string::npos);
  CHECK(all.find("column select \"from\" cannot be null") != std::string::npos);
  CHECK_FALSE(adapter.Run(Mail("eva.ek@post.example"), All(), kGo).ok());
  CHECK(odd.Count("member") == 2);
}

}  // namespace varsam::connector
