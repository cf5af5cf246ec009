#include "services/retention/store/postgres_rows.h"

#include "libs/base/status_macros.h"
#include "services/retention/store/detail_json.h"

namespace varsam::retention {
namespace {

const absl::CivilDay kEpoch(1970, 1, 1);

template <typename Id>
std::optional<Id> OptionalId(const std::optional<Uuid>& id) {
  if (!id) return std::nullopt;
  return Id(*id);
}

}  // namespace

absl::CivilDay ToCivil(calendar::LocalDay day) { return kEpoch + day.epoch_days(); }
std::optional<absl::CivilDay> ToCivil(const std::optional<calendar::LocalDay>& day) {
  if (!day) return std::nullopt;
  return ToCivil(*day);
}
calendar::LocalDay FromCivil(absl::CivilDay day) {
  return calendar::LocalDay::FromEpochDays(static_cast<int32_t>(day - kEpoch));
}
std::optional<calendar::LocalDay> FromCivil(std::optional<absl::CivilDay> day) {
  if (!day) return std::nullopt;
  return FromCivil(*day);
}

absl::StatusOr<Field> FieldIn(const pg::Row& row) {
  Field field;
  field.key = {SubjectId(row.Uuid(0)), std::string(row.Text(1)), std::string(row.Text(2)),
               std::string(row.Text(3))};
  RETURN_IF_ERROR(ReadDetail(row.Text(4), field));
  field.observed_at = row.Time(5);
  field.disposed_at = row.OptionalTime(6);
  field.standing = {row.Int64(7),
                    static_cast<RetentionStatus>(row.Int32(8)),
                    FromCivil(row.OptionalDay(9)),
                    FromCivil(row.OptionalDay(10)),
                    FromCivil(row.OptionalDay(11)),
                    FromCivil(row.OptionalDay(12))};
  field.item = OptionalId<ItemId>(row.OptionalUuid(13));
  return field;
}

Hold HoldIn(const pg::Row& row) {
  Hold hold;
  hold.id = HoldId(row.Uuid(0));
  hold.matter = row.Text(1);
  hold.owner = row.Text(2);
  hold.reason = row.Text(3);
  for (const Uuid& id : row.Uuids(4)) hold.scope.subjects.emplace_back(id);
  hold.scope.subject_categories = row.Texts(5);
  hold.scope.systems = row.Texts(6);
  hold.scope.data_categories = row.Texts(7);
  hold.set_at = row.Time(8);
  hold.review_by = FromCivil(row.Day(9));
  hold.released_at = row.OptionalTime(10);
  hold.release_reason = row.Text(11);
  return hold;
}

DisposalItem ItemIn(const pg::Row& row) {
  DisposalItem item;
  item.id = ItemId(row.Uuid(0));
  item.run = RunId(row.Uuid(1));
  item.subject = SubjectId(row.Uuid(2));
  item.system = row.Text(3);
  item.record_key = row.Text(4);
  item.data_categories = row.Texts(5);
  item.method = row.Text(6);
  item.rule = row.Text(7);
  item.reference = row.Text(8);
  item.retain_until = FromCivil(row.OptionalDay(9));
  item.state = static_cast<DisposalState>(row.Int32(10));
  item.blocked_by = row.Text(11);
  item.executed_at = row.OptionalTime(12);
  item.executed_count = static_cast<uint32_t>(row.Int32(13));
  item.verification = row.Text(14);
  item.failure = row.Text(15);
  item.staged_until = row.OptionalTime(16);
  return item;
}

DisposalRun RunIn(const pg::Row& row) {
  DisposalRun run;
  run.id = RunId(row.Uuid(0));
  run.as_of = row.Time(1);
  run.started_at = row.Time(2);
  run.finished_at = row.OptionalTime(3);
  run.operator_name = row.Text(4);
  run.approvers = row.Texts(5);
  run.items_total = static_cast<uint32_t>(row.Int32(6));
  run.items_done = static_cast<uint32_t>(row.Int32(7));
  run.items_failed = static_cast<uint32_t>(row.Int32(8));
  run.items_blocked = static_cast<uint32_t>(row.Int32(9));
  return run;
}

StoredCertificate CertificateIn(const pg::Row& row) {
  return {CertificateId(row.Uuid(0)),   std::string(row.Text(1)), std::string(row.Text(2)),
          std::string(row.Text(3)),     std::string(row.Text(4)), std::string(row.Text(5)),
          static_cast<uint64_t>(row.Int64(6))};
}

}  // namespace varsam::retention
