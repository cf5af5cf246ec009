// The mapping files that ship, over the schemas that ship: what the demo's erasure does to a
// customer contact who is named on an invoice.
#include <catch2/catch.hpp>

#include <cstdlib>

#include "services/connector/adapters/sql/postgres_database.h"
#include "services/connector/adapters/sql/sql_adapter.h"
#include "services/connector/digest.h"
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
INSERT INTO affar.enkat_svar VALUES (1, 2026, 1, 1, '2026-02-01', 5, 'bra');
INSERT INTO bokforing.rakenskapsar VALUES (2025, '2025-01-01', '2025-12-31');
INSERT INTO bokforing.referens VALUES (5, 'K1-1', 'Karl Öberg', 'karl.oberg@nordvik.example');
INSERT INTO bokforing.faktura VALUES ('A', 1, 2025, '2025-05-01', '2025-06-01', 'K1-1',
  'Nordvik AB', 5, 'Karl Öberg', 100, 25, NULL);
INSERT INTO campaign.recipient (recipient_no, mail, given, family, segment, obtained, topics,
  listed_at, last_signal_at) VALUES
  (7, 'Karl.Oberg@nordvik.example ', 'Karl', 'Öberg', 'customer', 'sale', '{guider}', '2026-01-01',
   '2026-01-02'),
  (8, 'elin@prospekt.example', 'Elin', 'Ek', 'lead', 'list', NULL, '2026-01-01', NULL);
INSERT INTO campaign.mailing VALUES ('m', 'nyheter', now());
INSERT INTO campaign.outbox VALUES ('m', 7, 'sent', NULL, now()), ('m', 8, 'sent', NULL, now());
INSERT INTO campaign.engagement (code, recipient_no, kind, at) VALUES ('m', 7, 'open', now());
INSERT INTO webb.besokare VALUES
  ('00000000-0000-4000-8000-000000000001', 'Firefox', 'dator', now(), now()),
  ('00000000-0000-4000-8000-000000000002', 'Safari', 'mobil', now(), now());
INSERT INTO webb.kakval VALUES ('00000000-0000-4000-8000-000000000001', 'statistik', true, now());
INSERT INTO webb.sidvisning VALUES (1, '00000000-0000-4000-8000-000000000001', now(), '/', NULL);
INSERT INTO webb.konto VALUES
  (3, '00000000-0000-4000-8000-000000000001', 'Karl', 'Öberg', 'karl.oberg@nordvik.example', now());
INSERT INTO webb.formular VALUES (1, 3, 'Karl Öberg', 'k.oberg@nordvik.example', 'Offert', now());
)sql";

std::string Source(const std::string& path) {
  const char* root = getenv("VARSAM_SOURCE_DIR");
  return std::string(root == nullptr ? "." : root) + "/deploy/samples/" + path;
}

const CommitGate kGo = [](const Outcome&) { return absl::OkStatus(); };

struct Ground {
  Ground() : admin(database.Open()) {
    for (const char* schema : {"crm", "recruiting", "mailing", "website"}) {
      INFO(schema);
      const std::string file = Source(std::string("schema/") + schema + ".sql");
      REQUIRE(admin->Execute(testing::ReadWhole(file)).ok());
    }
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
  for (const char* system : {"crm", "payroll", "recruiting", "mailing", "website"}) {
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

TEST_CASE("the mailing tool and the website forget a person and what hangs on them, nobody else") {
  Ground ground;
  for (const char* system : {"mailing", "website"}) {
    INFO(system);
    const auto adapter = ground.Adapter(system);
    const Erase ask = Everything(*adapter);
    const auto erased = adapter->Run(kKarl, ask, kGo);
    REQUIRE(erased.ok());
    CHECK(std::holds_alternative<Done>(*erased));
    const auto verified = adapter->Run(kKarl, Verify{ask.items, {}, {}});
    REQUIRE(verified.ok());
    CHECK(std::holds_alternative<NoData>(*verified));
  }
  const auto left = ground.admin->Query(
      {"online_left",
       "SELECT (SELECT string_agg(mail, ',') FROM campaign.recipient),"
       " (SELECT count(*) FROM campaign.outbox), (SELECT count(*) FROM campaign.engagement),"
       " (SELECT string_agg(webblasare, ',') FROM webb.besokare),"
       " (SELECT count(*) FROM webb.kakval) + (SELECT count(*) FROM webb.sidvisning) +"
       " (SELECT count(*) FROM webb.konto) + (SELECT count(*) FROM webb.formular)"},
      {});
  REQUIRE(left.ok());
  CHECK(left->Only().Text(0) == "elin@prospekt.example");
  CHECK(left->Only().Int64(1) == 1);
  CHECK(left->Only().Int64(2) == 0);
  CHECK(left->Only().Text(3) == "Safari");
  CHECK(left->Only().Int64(4) == 0);
}

TEST_CASE("a change of what a system does not hold leaves it the changes of what it holds") {
  Ground ground;
  const auto mailing = ground.Adapter("mailing");
  const FieldChange phone{"phone", Sha256("08"), Personal<std::string>("09")};
  const FieldChange name{"name", Sha256("Öberg"), Personal<std::string>("Öman")};
  const auto both = mailing->Run(kKarl, Rectify{{phone, name}}, kGo);
  REQUIRE(both.ok());
  REQUIRE(std::holds_alternative<Done>(*both));
  REQUIRE(std::get<Done>(*both).results.size() == 1);
  CHECK(std::get<Done>(*both).results[0].data_category == "name");
  const auto none = mailing->Run(kKarl, Rectify{{phone}}, kGo);
  REQUIRE(none.ok());
  CHECK(std::holds_alternative<NoData>(*none));
  const auto family = ground.admin->Query(
      {"family", "SELECT family FROM campaign.recipient WHERE recipient_no = 7"}, {});
  REQUIRE(family.ok());
  CHECK(family->Only().Text(0) == "Öman");
}

TEST_CASE("what was said in a survey stays without who said it, where five people said as much") {
  Ground ground;
  REQUIRE(ground.admin
              ->Execute("INSERT INTO affar.kontaktperson (foretag_nr, lopnr, fornamn, efternamn, "
                        "ursprung, kalla, skapad, andrad) SELECT 1, n, 'Ann', 'Ek', 'E', 'ARBGIV', "
                        "'2024-01-01', '2024-01-01' FROM generate_series(2, 5) AS n; "
                        "INSERT INTO affar.enkat_svar SELECT n, 2026, 1, n, '2026-02-01', 5, 'bra' "
                        "FROM generate_series(2, 5) AS n; "
                        "UPDATE affar.enkat_svar SET kommentar = 'Karl Öberg är nöjd' "
                        "WHERE svar_id = 1")
              .ok());
  const auto crm = ground.Adapter("crm");
  const Erase ask{{{"o", "opinion", "1/1#opinion", "anonymise"}}, {}};
  const auto erased = crm->Run(kKarl, ask, kGo);
  REQUIRE(erased.ok());
  REQUIRE(std::holds_alternative<Done>(*erased));
  CHECK(std::get<Done>(*erased).results.at(0).deleted == 0);
  const auto verified = crm->Run(kKarl, Verify{ask.items, {}, {}});
  REQUIRE(verified.ok());
  CHECK(std::holds_alternative<NoData>(*verified));
  const auto rows = ground.admin->Query(
      {"said",
       "SELECT kommentar, betyg::int8 FROM affar.enkat_svar WHERE svar_id = 1 AND "
       "foretag_nr IS NULL AND lopnr IS NULL AND besvarad IS NULL"},
      {});
  REQUIRE(rows.ok());
  CHECK(rows->Only().Text(0) == "[borttaget] är nöjd");
  CHECK(rows->Only().Int64(1) == 5);
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
