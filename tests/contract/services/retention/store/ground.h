// What the cases of the retention store's contract stand on.
#pragma once

#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "services/retention/store/postgres_retention_store.h"
#include "tests/contract/store_ground.h"
#include "tests/support/days.h"
#include "tests/support/memory_retention_store.h"

#define RETENTION_STORES PostgresRetentionStore, MemoryRetentionStore

namespace varsam::retention {

using testing::At;
using testing::Day;
using testing::Must;
using testing::StoreGround;

// The stored bytes of a model are here the days that its one rule keeps.
inline RetentionModel ModelOf(std::string_view days) {
  RetentionModel model;
  Rule& rule = model.rules.emplace_back();
  rule.id = "r";
  rule.keep = calendar::Days(std::stoi(std::string(days)));
  return model;
}

template <typename Store>
StoreGround<Store> MakeGround() {
  if constexpr (StoreGround<Store>::kInMemory) {
    return StoreGround<Store>(Migrations());
  } else {
    return StoreGround<Store>(
        Migrations(),
        [](std::string_view bytes) -> absl::StatusOr<RetentionModel> { return ModelOf(bytes); });
  }
}

// Ids rise with the number.
template <typename Id>
Id Numbered(uint8_t number) {
  Uuid uuid;
  uuid.bytes[0] = number;
  uuid.bytes[15] = 1;
  return Id(uuid);
}

inline Field FieldOf(const SubjectId& subject, const std::string& system, const std::string& record,
                     const std::string& category) {
  Field field;
  field.key = {subject, system, record, category};
  field.collected_at = At("2025-01-01");
  field.observed_at = At("2026-03-01 10:00");
  field.standing.generation = 1;
  return field;
}

inline PersonRecords PersonOf(const SubjectId& id, std::vector<Field> fields = {}) {
  PersonRecords records;
  records.person.id = id;
  records.fields = std::move(fields);
  return records;
}

inline DisposalRun RunOf(const RunId& id, uint32_t items) {
  return {.id = id,
          .as_of = At("2026-03-01"),
          .started_at = At("2026-03-01 03:00"),
          .operator_name = "staff:1",
          .approvers = {"staff:2", "staff:3"},
          .items_total = items};
}

inline DisposalItem ItemOf(const ItemId& id, const RunId& run, const Field& field,
                           DisposalState state) {
  return {.id = id,
          .run = run,
          .subject = field.key.subject,
          .system = field.key.system,
          .record_key = field.key.record_key,
          .data_categories = {field.key.category},
          .method = "delete",
          .rule = "r",
          .reference = "GDPR 5.1 e",
          .retain_until = Day("2026-02-28"),
          .state = state};
}

template <typename Store>
absl::Status SavePeople(StoreGround<Store>& ground, const std::vector<PersonRecords>& people) {
  return ground.Commit(
      [&](pg::Tx& tx) { ground.store.Save(tx, std::span<const PersonRecords>(people)); });
}

template <typename Store, typename What>
absl::Status SaveOne(StoreGround<Store>& ground, const What& what) {
  return ground.Commit([&](pg::Tx& tx) { ground.store.Save(tx, what); });
}

template <typename Store>
absl::Status SaveFeed(StoreGround<Store>& ground, const ApplyFeedOutcome& outcome,
                      const std::vector<StoredCertificate>& certificates = {}) {
  return ground.Commit([&](pg::Tx& tx) {
    ground.store.Save(tx, outcome, std::span<const StoredCertificate>(certificates));
  });
}

// A feed that brought this version of the policy.
inline ApplyFeedOutcome PolicyFeed(int64_t seq, const std::string& days, std::string_view at) {
  ApplyFeedOutcome outcome;
  outcome.feed = "registry";
  outcome.next_index = static_cast<uint64_t>(seq);
  outcome.policies.push_back({{seq, "2026-" + std::to_string(seq), At(at),
                               std::make_shared<const RetentionModel>(ModelOf(days))},
                              days});
  return outcome;
}

template <typename Store>
People Load(StoreGround<Store>& ground, const std::vector<SubjectId>& subjects) {
  return ground.Facts([&](pg::Tx& tx) { return ground.store.LoadPeople(tx, subjects); }).people;
}

}  // namespace varsam::retention
