// The mapping files that ship, over the schemas that ship: what the demo's erasure does to a
// customer contact who is named on an invoice.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "services/connector/adapters/sql/postgres_database.h"
#include "services/connector/adapters/sql/sql_adapter.h"
#include "tests/support/pki.h"
#include "tests/support/test_database.h"

namespace varsam::connector {
namespace {

constexpr char kRows[] = R"sql(
INSERT INTO affar.foretag VALUES
  (1, 'Nordvik AB', '559900-1111', NULL, NULL, NULL, NULL, 'K', '2024-01-01', '2027-01-01', 'S'),
  (2, 'Prospekt AB', '559900-2222', NULL, NULL, NULL, NULL, 'P', NULL, NULL, 'S');
INSERT INTO affar.kontaktperson (foretag_nr, lopnr, kundnr, fornamn, efternamn, epost, ursprung,
  kalla, senaste_dialog, skapad, andrad) VALUES
  (1, 1, 'K1-1', 'Karl', 'Öberg', ' Karl.Oberg@nordvik.example', 'E', 'ARBGIV', '2026-01-02',
   '2024-01-01', '2024-01-01'),
  (2, 1, NULL, 'Elin', 'Ek', 'elin@prospekt.example', 'U', 'LISTA', NULL, '2026-01-01',
   '2026-01-01');
INSERT INTO affar.kontaktperson_hist VALUES (1, 1, 1, now(), 'x', 'epost', 'k@old.example', 'y');
INSERT INTO affar.aktivitet VALUES (1, 1, 1, 'MEJL', 'I', now(), 'n', 's');
INSERT INTO affar.utskick_val VALUES (1, 1, 'EPOST', 'nyheter', true, now());
INSERT INTO affar.mote VALUES (1, 1, now(), 'Hos', 'Karl Öberg och Ann deltog');
INSERT INTO affar.mote_deltagare VALUES (1, 1, 1, 'kund');
INSERT INTO affar.enkat_svar VALUES (1, 1, 1, '2026-02-01', 5, 'bra');
INSERT INTO bokforing.rakenskapsar VALUES (2025, '2025-01-01', '2025-12-31');
INSERT INTO bokforing.referens VALUES (5, 'K1-1', 'Karl Öberg', 'karl.oberg@nordvik.example');
INSERT INTO bokforing.faktura VALUES ('A', 1, 2025, '2025-05-01', '2025-06-01', 'K1-1',
  'Nordvik AB', 5, 'Karl Öberg', 100, 25, NULL);
)sql";

std::string Source(const std::string& path) {
  const char* root = getenv("VARSAM_SOURCE_DIR");
  return std::string(root == nullptr ? "." : root) + "/deploy/samples/" + path;
}

const CommitGate kGo = [](const Outcome&) { return absl::OkStatus(); };

struct Ground {
  Ground() : admin(database.Open()) {
    REQUIRE(admin->Execute(testing::ReadWhole(Source("schema/crm.sql"))).ok());
    REQUIRE(admin->Execute(testing::ReadWhole(Source("schema/recruiting.sql"))).ok());
    REQUIRE(admin->Execute(kRows).ok());
  }
  std::unique_ptr<sql::SqlAdapter> Adapter(const std::string& system) {
    auto mapping = sql::LoadMapping(Source("mapping/" + system + ".yaml"));
    REQUIRE(mapping.ok());
    return std::make_unique<sql::SqlAdapter>(*std::move(mapping),
                                             sql::OpenPostgres(database.options()));
  }
  TestDatabase database;
  std::unique_ptr<pg::Connection> admin;
};

Erase Everything(const Adapter& adapter) {
  Erase ask;
  const std::vector<Capability> capabilities = adapter.Capabilities();
  for (const std::string& category : capabilities.front().data_categories) {
    ask.items.push_back({category, category, "", "delete"});
  }
  return ask;
}

const Identifiers kKarl = {
    {IdentifierType::kEmail, Personal<std::string>("karl.oberg@nordvik.example"), ""},
    {IdentifierType::kRecordKey, Personal<std::string>("1/1"), "crm"},
    {IdentifierType::kRecordKey, Personal<std::string>("5"), "payroll"}};

}  // namespace

TEST_CASE("the shipped mappings fit the shipped schemas") {
  Ground ground;
  for (const char* system : {"crm", "payroll", "recruiting"}) {
    INFO(system);
    CHECK(ground.Adapter(system)->CheckMapping().ok());
  }
}

TEST_CASE("in the CRM everything goes, the row itself last, and the meeting stays") {
  Ground ground;
  const auto crm = ground.Adapter("crm");
  const Erase ask = Everything(*crm);
  const auto erased = crm->Run(kKarl, ask, kGo);
  REQUIRE(erased.ok());
  REQUIRE(std::holds_alternative<Done>(*erased));
  for (const CategoryResult& one : std::get<Done>(*erased).results) {
    INFO(one.data_category);
    CHECK(one.item_id == one.data_category);
    if (one.data_category == "email") CHECK(one.deleted == 1);  // with the row
  }
  const auto verified = crm->Run(kKarl, Verify{ask.items, {}, {}});
  REQUIRE(verified.ok());
  CHECK(std::holds_alternative<NoData>(*verified));
  const auto rows = ground.admin->Query(
      {"left_over", "SELECT (SELECT count(*) FROM affar.kontaktperson), protokoll FROM affar.mote"},
      {});
  REQUIRE(rows.ok());
  CHECK(rows->Only().Int64(0) == 1);
  CHECK(rows->Only().Text(1) == "[borttaget] och Ann deltog");
}

TEST_CASE("the invoice stays with its reason, the address goes, the referenced row remains") {
  Ground ground;
  const auto payroll = ground.Adapter("payroll");
  const Erase ask{{{"e", "email", "5#accounting_record", "delete"}},
                  {{"accounting_record", "5", "Bokföringslagen 7 kap. 2 §", "2032-12-31"},
                   {"name", "5", "Bokföringslagen 7 kap. 2 §", "2032-12-31"}}};
  const auto erased = payroll->Run(kKarl, ask, kGo);
  REQUIRE(erased.ok());
  REQUIRE(std::holds_alternative<PartlyKept>(*erased));
  const auto& part = std::get<PartlyKept>(*erased);
  CHECK(part.kept.size() == 2);
  CHECK(part.kept[0].keep_until == "2032-12-31");
  const auto rows =
      ground.admin->Query({"kept",
                           "SELECT namn, epost, (SELECT count(*) FROM bokforing.faktura) FROM "
                           "bokforing.referens"},
                          {});
  REQUIRE(rows.ok());
  CHECK(rows->Only().Text(0) == "Karl Öberg");
  CHECK(rows->Only().IsNull(1));
  CHECK(rows->Only().Int64(2) == 1);
}

TEST_CASE(
    "the inventory tells category, source, papers, flags, relationship, purposes and clocks") {
  Ground ground;
  const auto page = ground.Adapter("crm")->Inventory("", 100);
  REQUIRE(page.ok());
  REQUIRE(page->rows.size() == 2);
  CHECK(page->faults.empty());
  const InventoryRow& karl = page->rows[0];
  CHECK(karl.subject.category == "customer_contact");
  CHECK(karl.subject.source == "employer_customer");
  REQUIRE(karl.subject.relationships.size() == 1);
  CHECK(karl.subject.relationships[0].to == "2027-01-01");
  REQUIRE(karl.records.size() == 2);  // opinion has a clock of its own
  CHECK(karl.records[0].flags.at("customer") == "true");
  const InventoryRow& elin = page->rows[1];
  CHECK(elin.subject.category == "prospect");
  CHECK(elin.subject.evidence.count("vendor") == 1);
  CHECK(elin.records[0].flags.at("contacted") == "false");
  CHECK(elin.records[0].data_categories == std::vector<std::string>{"email", "name"});
}

TEST_CASE("marketing stops where the system keeps the choice") {
  Ground ground;
  const auto stopped = ground.Adapter("crm")->Run(kKarl, StopProcessing{{"marketing_email"}}, kGo);
  REQUIRE(stopped.ok());
  const auto rows = ground.admin->Query({"choice", "SELECT tillaten FROM affar.utskick_val"}, {});
  REQUIRE(rows.ok());
  CHECK_FALSE(rows->Only().Bool(0));
}

}  // namespace varsam::connector
