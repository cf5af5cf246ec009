// What the cases of the requests store's contract stand on.
#pragma once

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "libs/base/error.h"
#include "services/request_workflow/store/postgres_requests_store.h"
#include "tests/contract/store_ground.h"
#include "tests/support/days.h"
#include "tests/support/memory_requests_store.h"

#define REQUESTS_STORES PostgresRequestsStore, MemoryRequestsStore

namespace varsam::requests {

using testing::At;
using testing::Day;
using testing::Must;
using testing::StoreGround;

// Ids rise with the number.
template <typename Id>
Id Numbered(uint8_t number) {
  Uuid uuid;
  uuid.bytes[0] = number;
  uuid.bytes[15] = 1;
  return Id(uuid);
}

inline Case CaseOf(uint8_t number, CaseState state = CaseState::kTriage) {
  Case c;
  c.id = Numbered<CaseId>(number);
  c.state = state;
  c.channel = "mail";
  c.received_at = At("2026-03-01 09:00");
  c.version = 1;
  return c;
}

// A case with everything.
inline Case WholeCase(uint8_t number) {
  Case c = CaseOf(number, CaseState::kSearching);
  c.subject = Numbered<SubjectId>(100);
  c.candidate = Numbered<SubjectId>(101);
  c.right = Right::kErasure;
  c.suggested = Right::kAccess;
  c.language = Language::kEnglish;
  c.identity = IdentityLevel::kTwoFactors;
  c.large_volume = true;
  c.questions = {{QuestionKind::kOther, At("2026-03-02"), At("2026-03-03")},
                 {QuestionKind::kOther, At("2026-03-04"), std::nullopt}};
  c.extension = Extension{At("2026-03-05"), ExtensionGround::kComplex, true};
  c.due_date = Day("2026-04-01");
  c.flags = {"DUE_SOON"};
  c.withheld = {"text"};
  c.found = {"email", "name"};
  c.plan = {{"i1", "crm", "17", "name", true, "delete", "", "", ""},
            {"i2", "crm", "17", "invoice", false, "", "2032-12-31", "LAW", "BFL 7:2"}};
  c.recipients = {"payroll-bureau"};
  c.published = 2;
  c.restriction_ground = "accuracy";
  c.restricted_at = At("2026-03-09");
  c.lift_at = At("2026-03-12");
  c.lift_reason = "assessed";
  c.backup_clear_by = "2026-05-01";
  c.granted_at = At("2026-03-06");
  c.refusal_code = "X";
  c.refusal_by = "staff:1";
  c.certificate_id = "cert";
  c.acknowledgement = Acknowledgement::kOwed;
  c.package_ready = c.answer_sent = true;
  c.special_risk = c.agent = c.contact_end = c.stop_wanted = c.scanned = true;
  c.mandate = "seen in original";
  c.cooling_until = At("2026-03-10");
  c.review = {{"r1", "crm", "/rows/0/note", "THIRD_PARTY", "redact", "OTHERS", "staff:2"}};
  c.link_failures = 2;
  c.step = Step::kSearch;
  c.step_at = At("2026-03-07");
  c.step_attempts = 3;
  c.closed_at = At("2026-03-08");
  c.version = 9;
  return c;
}

inline Task TaskOf(uint8_t number, const Case& c, const std::string& system = "crm") {
  Task task;
  task.id = Numbered<TaskId>(number);
  task.case_id = c.id;
  task.subject = c.subject;
  task.system = system;
  task.available_at = At("2026-03-01");
  task.created_at = At("2026-03-01 10:00") + absl::Minutes(number);
  return task;
}

template <typename Store>
absl::Status Save(StoreGround<Store>& ground, const Changes& changes) {
  return ground.Commit([&](pg::Tx& tx) { ground.store.Save(tx, changes); });
}

template <typename Store>
std::vector<Facts> Load(StoreGround<Store>& ground, const std::vector<Want>& wants) {
  std::vector<const Want*> each;
  for (const Want& want : wants) each.push_back(&want);
  return ground.Facts(
      [&](pg::Tx& tx) { return ground.store.LoadFacts(tx, std::span<const Want* const>(each)); });
}

template <typename Row>
auto IdsOf(const std::vector<Row>& rows) {
  std::vector<decltype(rows[0].id)> ids;
  for (const Row& row : rows) ids.push_back(row.id);
  return ids;
}

}  // namespace varsam::requests
