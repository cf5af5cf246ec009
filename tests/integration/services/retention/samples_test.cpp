// The sample systems' 5,000 people, read by the connector's own adapter: exactly those of the
// manifest are due on the day of the seed, nobody else.
#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/strings.h"
#include "services/connector/adapters/sql/postgres_database.h"
#include "services/connector/adapters/sql/sql_adapter.h"
#include "services/connector/agent/convert.h"
#include "tests/integration/services/retention/kept_company.h"

namespace varsam::retention {
namespace {

using testing::FreshId;
using testing::Patient;

struct Samples {
  Samples() {
    const testing::Shown seeded = testing::RunCommand(absl::StrCat(
        "python3 ", Source("deploy/samples/seed.py"), " --out ", dir, " --today 2026-11-25"));
    INFO(seeded.text);
    REQUIRE(seeded.code == 0);
    for (const char* system : {"crm", "recruiting"}) {
      const testing::Shown loaded = testing::RunCommand(
          absl::StrCat("cat ", Source("deploy/samples/schema/"), system, ".sql ", dir, "/", system,
                       ".sql | psql -X -q -v ON_ERROR_STOP=1 '", database.conninfo(), "'"));
      INFO(loaded.text);
      REQUIRE(loaded.code == 0);
    }
    manifest = nlohmann::json::parse(testing::ReadWhole(dir + "/manifest.json"));
  }
  ~Samples() { testing::RunCommand("rm -rf " + dir); }

  static std::string Source(const std::string& path) {
    return absl::StrCat(std::getenv("VARSAM_SOURCE_DIR"), "/", path);
  }

  // Everything a system holds, as the connector sends it.
  void Sync(const std::string& system, KeptCompany& company) {
    auto mapping =
        connector::sql::LoadMapping(Source("deploy/samples/mapping/" + system + ".yaml"));
    REQUIRE(mapping.ok());
    connector::sql::SqlAdapter adapter(*std::move(mapping),
                                       connector::sql::OpenPostgres(database.options()));
    std::string after;
    do {
      auto page = adapter.Inventory(after, 100);
      INFO(page.status().ToString());
      REQUIRE(page.ok());
      CHECK(page->faults.empty());
      std::vector<v1::RecordSignal> signals;
      for (const auto& row : page->rows) {
        const std::string subject = NewUuidV4().ToString();
        for (const auto& record : row.records) {
          signals.push_back(
              connector::ToSignal(record, row.subject, subject, system, company.Now()));
        }
      }
      after = page->next;
      if (signals.empty()) continue;
      const absl::Status recorded = company.Record(signals);
      INFO(recorded.ToString());
      REQUIRE(recorded.ok());
    } while (!after.empty());
  }

  std::string dir = "/tmp/varsam-test-" + FreshId();
  TestDatabase database;
  nlohmann::json manifest;
};

std::string ManifestKey(const nlohmann::json& entry) {
  const nlohmann::json& key = entry["key"];
  std::string text = entry["system"].get<std::string>() + " ";
  if (key.is_string()) return text + key.get<std::string>();
  for (size_t i = 0; i < key.size(); ++i) {
    text += (i == 0 ? "" : "/") + key[i].dump();
  }
  return text;
}

std::string PlannedKey(const v1::DisposalItem& item) {
  return item.system() + " " + item.record_key().substr(0, item.record_key().find('#'));
}

}  // namespace

TEST_CASE("exactly the people of the manifest are due, under their rules") {
  Samples samples;
  KeptCompany company;
  company.ApplyPolicy(testing::ReadSource("deploy/policy/lexium.yaml"));
  for (const char* system : {"crm", "payroll", "recruiting"}) samples.Sync(system, company);
  std::set<std::string> want, planned;
  for (const auto& entry : samples.manifest["due"]) {
    want.insert(ManifestKey(entry) + " " + entry["rule"].get<std::string>());
  }
  const v1::PlanDisposalResponse plan = company.Plan();
  for (const v1::DisposalItem& item : plan.items()) {
    planned.insert(PlannedKey(item) + " " + item.rule());
  }
  CHECK(want.size() == 33);
  CHECK(plan.next_page_token().empty());
  CHECK(planned == want);
  // The day after, those whose last lawful day was the day of the seed are due as well.
  company.SetTime("2026-11-26T12:00:00Z");
  for (const auto& entry : samples.manifest["near_misses"]) {
    if (entry["last_lawful_day"] == "2026-11-25") {
      want.insert(ManifestKey(entry) + " " + entry["rule"].get<std::string>());
    }
  }
  planned.clear();
  const v1::PlanDisposalResponse later = company.Plan();
  for (const v1::DisposalItem& item : later.items()) {
    planned.insert(PlannedKey(item) + " " + item.rule());
  }
  CHECK(want.size() == 67);
  CHECK(planned == want);
}

}  // namespace varsam::retention
