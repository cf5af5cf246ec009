// The contract of RegistryStore: the catalogue. Both implementations, the same cases.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "services/subject_registry/model/parse_policy.h"
#include "services/subject_registry/store/postgres_registry_store.h"
#include "tests/contract/store_ground.h"
#include "tests/support/days.h"
#include "tests/support/lexium_model.h"
#include "tests/support/memory_registry_store.h"

namespace varsam::registry {
namespace {

using absl::CivilDay;
using testing::At;
using testing::Must;
using testing::StoreGround;

// A policy of that version, applied as number `sequence`.
ApplyPolicyOutcome Applied(const std::string& version, int64_t sequence) {
  ApplyPolicyOutcome outcome;
  outcome.policy.yaml =
      testing::LexiumYamlWith(absl::StrCat("version: \"", testing::Lexium().policy.version, "\""),
                              absl::StrCat("version: \"", version, "\""));
  outcome.policy.sha256 = std::string(31, 'h') + std::to_string(sequence);
  outcome.policy.model = std::make_shared<const PolicyModel>(*ParsePolicy(outcome.policy.yaml));
  outcome.policy.effective_at = At("2026-03-01") + absl::Hours(sequence);
  outcome.append = true;
  outcome.sequence = sequence;
  REQUIRE(outcome.policy.model->policy.version == version);
  return outcome;
}

ApplyPolicy Ask(const ApplyPolicyOutcome& of) {
  return {of.policy.yaml, of.policy.sha256, of.policy.model};
}

Notice Text(const std::string& id, const std::string& language, int version,
            std::vector<std::string> purposes) {
  return {.id = id,
          .version = version,
          .language = language,
          .text = absl::StrCat("Text å ", version),
          .text_sha256 = std::string(32, static_cast<char>(version)),
          .purposes = std::move(purposes),
          .material = version > 1,
          .effective_at = At("2026-04-01"),
          .published_at = At("2026-03-01 12:00")};
}

template <typename Store, typename Outcome>
absl::Status Save(StoreGround<Store>& ground, const Outcome& outcome) {
  return ground.Commit([&](pg::Tx& tx) { ground.store.Save(tx, outcome); });
}

template <typename Store, typename Ask>
auto Load(StoreGround<Store>& ground, const std::vector<Ask>& asks) {
  std::vector<const Ask*> each;
  for (const Ask& ask : asks) each.push_back(&ask);
  return ground.Facts(
      [&](pg::Tx& tx) { return ground.store.LoadFacts(tx, std::span<const Ask* const>(each)); });
}

}  // namespace

#define REGISTRY_STORES PostgresRegistryStore, MemoryRegistryStore

TEMPLATE_TEST_CASE("before the first policy there is none, and nobody fails", "", REGISTRY_STORES) {
  StoreGround<TestType> ground(Migrations());
  CHECK_FALSE(Must(ground.store.ReadPolicy(ground.connection(), "")).has_value());
  CHECK_FALSE(Must(ground.store.ReadPolicy(ground.connection(), "2026-1")).has_value());
  CHECK(ground.Facts([&](pg::Tx& tx) { return ground.store.LoadPolicy(tx); }).policy == nullptr);
  const auto facts = Load<TestType, ApplyPolicy>(ground, {Ask(Applied("2026-1", 1))});
  REQUIRE(facts.size() == 1);
  CHECK_FALSE(facts[0].current.has_value());
  CHECK_FALSE(facts[0].sha256_of_version.has_value());
  CHECK(facts[0].applied_count == 0);
  CHECK(Load<TestType, PublishNotice>(ground, {{}})[0].policy == nullptr);
  CHECK(Load<TestType, ImportSubjects>(ground, {{}})[0].policy == nullptr);
}

TEMPLATE_TEST_CASE("the policy in force is the last one applied", "", REGISTRY_STORES) {
  StoreGround<TestType> ground(Migrations());
  const ApplyPolicyOutcome first = Applied("2026-1", 1), second = Applied("2026-2", 2);
  REQUIRE(Save(ground, first) == absl::OkStatus());
  REQUIRE(Save(ground, second) == absl::OkStatus());
  const auto read = [&](const std::string& version) {
    return Must(ground.store.ReadPolicy(ground.connection(), version));
  };
  REQUIRE(read("").has_value());
  CHECK(read("")->model->policy.version == "2026-2");
  REQUIRE(read("2026-1").has_value());
  CHECK(read("2026-1")->yaml == first.policy.yaml);
  CHECK(read("2026-1")->sha256 == first.policy.sha256);
  CHECK(read("2026-1")->effective_at == first.policy.effective_at);
  CHECK_FALSE(read("2026-3").has_value());
  CHECK(ground.Facts([&](pg::Tx& tx) { return ground.store.LoadPolicy(tx); })
            .policy->policy.version == "2026-2");

  const auto facts = Load<TestType, ApplyPolicy>(ground, {Ask(Applied("2026-3", 3)), Ask(first)});
  REQUIRE(facts.size() == 2);
  CHECK(facts[0].applied_count == 2);
  CHECK(facts[0].current->model->policy.version == "2026-2");
  CHECK_FALSE(facts[0].sha256_of_version.has_value());
  CHECK(facts[1].sha256_of_version == first.policy.sha256);
}

TEMPLATE_TEST_CASE("a version is applied once; what was in force already adds nothing", "",
                   REGISTRY_STORES) {
  StoreGround<TestType> ground(Migrations());
  ApplyPolicyOutcome first = Applied("2026-1", 1);
  REQUIRE(Save(ground, first) == absl::OkStatus());
  ApplyPolicyOutcome replayed = first;
  replayed.append = false;
  CHECK(Save(ground, replayed) == absl::OkStatus());
  ApplyPolicyOutcome changed = Applied("2026-1", 2);
  CHECK(Save(ground, changed).code() == absl::StatusCode::kAlreadyExists);
  CHECK(Must(ground.store.ReadPolicy(ground.connection(), ""))->sha256 == first.policy.sha256);
}

TEMPLATE_TEST_CASE("assessments and agreements are the last ones saved, in order", "",
                   REGISTRY_STORES) {
  StoreGround<TestType> ground(Migrations());
  CHECK(Must(ground.store.ReadAssessments(ground.connection())).empty());
  CHECK(Must(ground.store.ReadAgreements(ground.connection())).empty());
  RecordAssessmentOutcome dpia{
      {AssessmentKind::kImpact, "a", At("2026-03-01"), std::nullopt, "Eva", "kept short"}},
      lia{{AssessmentKind::kLegitimateInterest, "b", At("2026-02-01"), CivilDay(2027, 2, 1), "Bo",
           ""}};
  RecordProcessorAgreementOutcome cloud{{"v_cloud", "signed", CivilDay(2026, 1, 1),
                                         CivilDay(2028, 1, 1), "third_country", "scc",
                                         CivilDay(2027, 1, 1)}},
      mail{{.processor = "v_Mail"}};
  REQUIRE(ground.Commit([&](pg::Tx& tx) {
    ground.store.Save(tx, dpia);
    ground.store.Save(tx, lia);
    ground.store.Save(tx, cloud);
    ground.store.Save(tx, mail);
  }) == absl::OkStatus());
  CHECK(Must(ground.store.ReadAssessments(ground.connection())) ==
        std::vector<Assessment>{lia.assessment, dpia.assessment});
  CHECK(Must(ground.store.ReadAgreements(ground.connection())) ==
        std::vector<ProcessorAgreement>{mail.agreement, cloud.agreement});
  lia.assessment.review_by = CivilDay(2028, 2, 1);
  mail.agreement.status = "draft";
  REQUIRE(Save(ground, lia) == absl::OkStatus());
  REQUIRE(Save(ground, mail) == absl::OkStatus());
  CHECK(Must(ground.store.ReadAssessments(ground.connection()))[0] == lia.assessment);
  CHECK(Must(ground.store.ReadAgreements(ground.connection()))[0] == mail.agreement);
  CHECK(Must(ground.store.ReadAgreements(ground.connection())).size() == 2);
}

TEMPLATE_TEST_CASE("notices come by purpose, and each language counts its versions", "",
                   REGISTRY_STORES) {
  StoreGround<TestType> ground(Migrations());
  const std::vector<Notice> made = {
      Text("pool", "sv", 2, {"talent_pool", "news"}), Text("pool", "en", 1, {"talent_pool"}),
      Text("apply", "sv", 1, {"recruitment"}), Text("pool", "sv", 1, {"talent_pool"})};
  for (const Notice& one : made)
    REQUIRE(Save(ground, PublishNoticeOutcome{one}) == absl::OkStatus());
  const auto read = [&](const std::string& purpose) {
    return Must(ground.store.ReadNotices(ground.connection(), purpose));
  };
  CHECK(read("") == std::vector<Notice>{made[2], made[1], made[3], made[0]});
  CHECK(read("news") == std::vector<Notice>{made[0]});
  CHECK(read("talent_pool") == std::vector<Notice>{made[1], made[3], made[0]});
  CHECK(read("payroll").empty());
  const auto facts = Load<TestType, PublishNotice>(
      ground,
      {{Text("pool", "en", 0, {})}, {Text("pool", "sv", 0, {})}, {Text("apply", "en", 0, {})}});
  REQUIRE(facts.size() == 3);
  CHECK(facts[0].facts.last_version == 1);
  CHECK(facts[1].facts.last_version == 2);
  CHECK(facts[2].facts.last_version == 0);
  CHECK(Save(ground, PublishNoticeOutcome{made[0]}).code() == absl::StatusCode::kAlreadyExists);
}

}  // namespace varsam::registry
