// Every field of every system of the shipped policy is explained, in both languages, on any day.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "services/retention/domain/retain_until.h"
#include "tests/support/lexium_model.h"
#include "tests/support/retention_catalogue.h"

namespace varsam::retention {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

// A record on which every clock has started and which every purpose may use.
RecordFacts EverythingHappened(const RetentionModel& model, const SystemFields& system) {
  RecordFacts facts;
  facts.collected_at = kStart;
  facts.subject_categories = {"prospect", "customer_contact", "supplier_worker"};
  facts.flags.origin = "self_initiated";
  facts.flags.customer = false;
  for (const std::string& purpose : system.purposes) facts.purposes.push_back({purpose, {}});
  for (const Rule& rule : model.rules) {
    if (!rule.clock) continue;
    RecordEvent event;
    event.type = EventType::kClock;
    event.clock = rule.clock;
    event.at = kStart + absl::Hours(24);
    facts.events.push_back(event);
  }
  return facts;
}

}  // namespace

TEST_CASE("every field of every system says its steps in Swedish and English, with the law") {
  const RetentionModel model = testing::RetentionModelOf(testing::Lexium());
  int explained = 0;
  for (const SystemFields& system : model.systems) {
    for (const std::string& field : system.fields) {
      for (const bool started : {false, true}) {
        for (const int days : {0, 10, 400, 4000}) {
          INFO(absl::StrCat(system.id, "/", field, " after ", days, " days, started ", started));
          RecordFacts facts = EverythingHappened(model, system);
          if (!started) facts.events.clear();
          const RetentionAnswer answer = ComputeRetainUntil(
              model, facts, {system.id, field, kStart + absl::Hours(24 * days)});
          REQUIRE_FALSE(answer.steps.empty());
          bool law = false;
          for (const RetentionStep& step : answer.steps) {
            CHECK_FALSE(step.sv.empty());
            CHECK_FALSE(step.en.empty());
            CHECK(step.sv != step.en);
            law |= !step.law.empty();
          }
          if (answer.status == RetentionStatus::kDated) CHECK(law);
          ++explained;
        }
      }
    }
  }
  CHECK(explained > 300);
}

}  // namespace varsam::retention
