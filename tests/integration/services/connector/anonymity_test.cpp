// What stays of an anonymised row is shared by five people at least, and leads back to nobody; on
// PostgreSQL and on MariaDB.
#include "absl/strings/str_replace.h"
#include "libs/base/error.h"
#include "tests/integration/services/connector/either_database.h"

namespace varsam::connector {
namespace {

constexpr char kTables[] = R"sql(
CREATE TABLE person (id integer PRIMARY KEY, name varchar(50), mail varchar(80));
CREATE TABLE answer (
  id integer PRIMARY KEY, person_id integer, region varchar(20), branch varchar(20), grade integer,
  remark varchar(200), reviewer_id integer, FOREIGN KEY (reviewer_id) REFERENCES person (id));
)sql";

constexpr char kMapping[] = R"yaml(
mapping: 1
system: crm
schema: survey
joins:
  answer: {from: person, to: answer, keys: {id: person_id}}
subjects:
  table: person
  key: [id]
  names: [name]
  identifiers: [{column: mail, type: email}]
  category: {value: customer_contact}
categories:
  opinion:
    - {via: [answer], columns: [region, branch, grade, remark], action: anonymise,
       quasi: [region, branch], set: {person_id: null, remark: null}}
)yaml";

// People 1..9. All answered for (north, retail) but: 6 has (north, null), 7 and 8 (south, retail)
// four times each, so that rows are many and people few; 9 has one answer of each.
std::string Rows() {
  std::string sql;
  int answer = 0;
  const auto add = [&](int person, const char* region, const char* branch) {
    absl::StrAppend(&sql, "INSERT INTO answer VALUES (", ++answer, ", ", person, ", '", region,
                    "', ", branch, ", 4, 'said ", person, "', NULL); ");
  };
  for (int person = 1; person <= 9; ++person) {
    absl::StrAppend(&sql, "INSERT INTO person VALUES (", person, ", 'N", person, "', 'p", person,
                    "@post.example'); ");
  }
  for (int person = 1; person <= 5; ++person) add(person, "north", "'retail'");
  add(6, "north", "NULL");
  for (int i = 0; i < 4; ++i) add(7, "south", "'retail'");
  for (int i = 0; i < 4; ++i) add(8, "south", "'retail'");
  add(9, "north", "'retail'");
  add(9, "south", "'retail'");
  return sql;
}

std::string Filled() { return std::string(kTables) + Rows(); }

const CommitGate kGo = [](const Outcome&) { return absl::OkStatus(); };

Identifiers Mail(int person) {
  return {{IdentifierType::kEmail,
           Personal<std::string>(absl::StrCat("p", person, "@post.example")), ""}};
}

CategoryResult Forget(sql::SqlAdapter& adapter, int person) {
  const Erase ask{{{"1", "opinion", "", "anonymise"}}, {}};
  const auto outcome = adapter.Run(Mail(person), ask, kGo);
  REQUIRE(outcome.ok());
  const auto* done = std::get_if<Done>(&*outcome);
  REQUIRE(done != nullptr);
  REQUIRE(done->results.size() == 1);
  const auto verified = adapter.Run(Mail(person), Verify{ask.items, {}, {}});
  REQUIRE(verified.ok());
  CHECK(std::holds_alternative<NoData>(*verified));
  return done->results[0];
}

std::string Faults(const std::string& from, const std::string& to) {
  const auto mapping =
      sql::ParseMapping(absl::StrReplaceAll(kMapping, {{from, to}}), "survey.yaml");
  std::string all;
  for (const FieldViolation& one : FieldViolationsOf(mapping.status())) {
    absl::StrAppend(&all, one.description, "\n");
  }
  return all;
}

}  // namespace

TEMPLATE_TEST_CASE("a row stays without the person only where five people share what stays", "",
                   OnPostgres, OnMariaDb) {
  TestType ground(Filled());
  auto mapping = sql::ParseMapping(kMapping, "survey.yaml");
  REQUIRE(mapping.ok());
  sql::SqlAdapter adapter(*std::move(mapping), ground.Open());
  // Six people share (north, retail): the answer stays, without name, remark and way back.
  const CategoryResult shared = Forget(adapter, 1);
  CHECK(shared.anonymised == 1);
  CHECK(shared.deleted == 0);
  CHECK(ground.Count("answer WHERE id = 1 AND person_id IS NULL AND remark IS NULL AND region = "
                     "'north' AND grade = 4") == 1);
  // Now five do; then four.
  CHECK(Forget(adapter, 2).anonymised == 1);
  CHECK(Forget(adapter, 3).deleted == 1);
  CHECK(ground.Count("answer WHERE id = 3") == 0);
  // A missing value is a value: nobody shares it.
  CHECK(Forget(adapter, 6).deleted == 1);
  // Nine rows of (south, retail), but of three people.
  const CategoryResult few = Forget(adapter, 7);
  CHECK(few.deleted == 4);
  CHECK(few.anonymised == 0);
  CHECK(ground.Count("answer WHERE person_id IN (4, 5, 8, 9)") == 8);  // nobody else's
}

TEST_CASE("a mapping whose anonymous rows lead back is refused") {
  using Catch::Contains;
  CHECK(Faults("x", "x").empty());
  CHECK_THAT(Faults("person_id: null, ", ""),
             Contains("linkage: column person_id still joins the row to the person"));
  CHECK_THAT(Faults("person_id: null", "person_id: \"0\""), Contains("linkage: column person_id"));
  CHECK_THAT(Faults("quasi: [region, branch]", "quasi: [region, person_id]"),
             Contains("linkage: column person_id joins to another table"));
  CHECK_THAT(Faults("via: [answer], ", ""), Contains("quasi wants a via of one join"));
  CHECK_THAT(Faults("remark: null}", "remark: null}, redact: [remark]"),
             Contains("quasi goes with action anonymise and set"));
}

TEMPLATE_TEST_CASE("a column of what stays that refers to a person is refused", "", OnPostgres,
                   OnMariaDb) {
  TestType ground(Filled());
  auto mapping = sql::ParseMapping(
      absl::StrReplaceAll(kMapping, {{"quasi: [region, branch]", "quasi: [region, reviewer_id]"}}),
      "survey.yaml");
  REQUIRE(mapping.ok());
  sql::SqlAdapter adapter(*std::move(mapping), ground.Open());
  const auto outcome = adapter.Run(Mail(1), Export{});
  CHECK(ReasonOf(outcome.status()) == "MAPPING_MISMATCH");
  CHECK(ground.Count("answer") == 16);
}

}  // namespace varsam::connector
