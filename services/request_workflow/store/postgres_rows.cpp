#include "services/request_workflow/store/postgres_rows.h"

#include "absl/time/civil_time.h"
#include "services/request_workflow/store/detail_json.h"

namespace varsam::requests {
namespace {

absl::CivilDay ToCivil(calendar::LocalDay day) {
  return absl::CivilDay(day.year(), day.month(), day.day());
}
calendar::LocalDay FromCivil(absl::CivilDay day) {
  return calendar::LocalDay::Of(static_cast<int>(day.year()), day.month(), day.day());
}

template <typename Id>
std::optional<Id> IdOrNull(const std::optional<Uuid>& value) {
  if (!value) return std::nullopt;
  return Id(*value);
}
template <typename Id>
std::optional<Uuid> UuidOf(const std::optional<Id>& id) {
  if (!id) return std::nullopt;
  return id->value();
}
std::optional<calendar::LocalDay> DayOrNull(const std::optional<absl::CivilDay>& day) {
  if (!day) return std::nullopt;
  return FromCivil(*day);
}
std::optional<absl::CivilDay> CivilOrNull(const std::optional<calendar::LocalDay>& day) {
  if (!day) return std::nullopt;
  return ToCivil(*day);
}

}  // namespace

Case CaseFromRow(const pg::Row& row) {
  Case c;
  c.id = CaseId(row.Uuid(0));
  c.parent = IdOrNull<CaseId>(row.OptionalUuid(1));
  c.subject = IdOrNull<SubjectId>(row.OptionalUuid(2));
  c.candidate = IdOrNull<SubjectId>(row.OptionalUuid(3));
  if (const auto right = row.OptionalInt32(4)) c.right = static_cast<Right>(*right);
  c.state = static_cast<CaseState>(row.Int32(5) - 1);
  c.received_at = row.Time(6);
  c.due_date = DayOrNull(row.OptionalDay(7));
  c.certificate_id = row.Text(8);
  c.package_ready = row.Bool(9);
  c.answer_sent = row.Bool(10);
  c.link_failures = row.Int32(11);
  c.step = static_cast<Step>(row.Int32(12));
  c.step_at = row.Time(13);
  c.step_attempts = row.Int32(14);
  c.closed_at = row.OptionalTime(15);
  c.version = row.Int64(16);
  CaseDetailFromJson(row.Text(17), c);
  return c;
}

pg::Params CaseParams(const Case& c) {
  pg::Params params;
  params.Uuid(c.id.value())
      .UuidOrNull(UuidOf(c.parent))
      .UuidOrNull(UuidOf(c.subject))
      .UuidOrNull(UuidOf(c.candidate))
      .Int32OrNull(c.right ? std::optional<int32_t>(static_cast<int32_t>(*c.right)) : std::nullopt)
      .Int32(static_cast<int32_t>(c.state) + 1)
      .Time(c.received_at)
      .DayOrNull(CivilOrNull(c.due_date))
      .Text(c.certificate_id)
      .Bool(c.package_ready)
      .Bool(c.answer_sent)
      .Int32(c.link_failures)
      .Int32(static_cast<int32_t>(c.step))
      .Time(c.step_at)
      .Int32(c.step_attempts)
      .TimeOrNull(c.closed_at)
      .Int64(c.version)
      .Text(CaseDetailToJson(c));
  return params;
}

Task TaskFromRow(const pg::Row& row) {
  Task task;
  task.id = TaskId(row.Uuid(0));
  task.case_id = IdOrNull<CaseId>(row.OptionalUuid(1));
  task.run_id = row.OptionalUuid(2);
  task.subject = IdOrNull<SubjectId>(row.OptionalUuid(3));
  task.system = row.Text(4);
  task.action = static_cast<TaskAction>(row.Int32(5));
  task.state = static_cast<TaskState>(row.Int32(6));
  task.manual = row.Bool(7);
  task.verifies = IdOrNull<TaskId>(row.OptionalUuid(8));
  task.attempts = row.Int32(9);
  task.fence = row.Int64(10);
  task.lease_peer = row.Text(11);
  task.lease_until = row.OptionalTime(12);
  task.available_at = row.Time(13);
  task.due_date = DayOrNull(row.OptionalDay(14));
  if (const auto outcome = row.OptionalInt32(15)) task.outcome = static_cast<OutcomeKind>(*outcome);
  task.question = row.Text(16);
  task.result_sha256 = row.Bytes(17);
  task.result_fence = row.OptionalInt64(18);
  task.created_at = row.Time(19);
  task.finished_at = row.OptionalTime(20);
  TaskDetailFromJson(row.Text(21), task);
  return task;
}

pg::Params TaskParams(const Task& task) {
  pg::Params params;
  params.Uuid(task.id.value())
      .UuidOrNull(UuidOf(task.case_id))
      .UuidOrNull(task.run_id)
      .UuidOrNull(UuidOf(task.subject))
      .Text(task.system)
      .Int32(static_cast<int32_t>(task.action))
      .Int32(static_cast<int32_t>(task.state))
      .Bool(task.manual)
      .UuidOrNull(UuidOf(task.verifies))
      .Int32(task.attempts)
      .Int64(task.fence)
      .Text(task.lease_peer)
      .TimeOrNull(task.lease_until)
      .Time(task.available_at)
      .DayOrNull(CivilOrNull(task.due_date))
      .Int32OrNull(task.outcome ? std::optional<int32_t>(static_cast<int32_t>(*task.outcome))
                                : std::nullopt)
      .Text(task.question)
      .Bytes(task.result_sha256)
      .Int64OrNull(task.result_fence)
      .Time(task.created_at)
      .TimeOrNull(task.finished_at)
      .Text(TaskDetailToJson(task));
  return params;
}

Link LinkFromRow(const pg::Row& row) {
  Link link;
  link.token_sha256 = row.Bytes(0);
  link.case_id = CaseId(row.Uuid(1));
  link.use = static_cast<LinkUse>(row.Int32(2));
  link.contact_sha256 = row.Bytes(3);
  link.expires_at = row.Time(4);
  link.consumed_at = row.OptionalTime(5);
  return link;
}

Package PackageFromRow(const pg::Row& row) {
  Package package;
  package.case_id = CaseId(row.Uuid(0));
  package.id = row.Uuid(1);
  package.sha256_hex = row.Text(2);
  package.downloads = row.Int32(3);
  package.expires_at = row.Time(4);
  package.ready = row.Bool(5);
  package.ticket = row.Uuid(6);
  package.next_part = row.Int32(7);
  package.ticket_at = row.Time(8);
  return package;
}

Breach BreachFromRow(const pg::Row& row) {
  Breach breach;
  breach.id = BreachId(row.Uuid(0));
  breach.state = row.Int32(1);
  breach.aware_at = row.Time(2);
  breach.notified_at = row.Times(3);
  breach.sealed_text = row.Bytes(4);
  breach.risk = row.Text(5);
  breach.authority_reference = row.Text(6);
  breach.version = row.Int64(7);
  breach.partial = row.Int32s(8);
  breach.partial.resize(breach.notified_at.size(), 0);
  return breach;
}

}  // namespace varsam::requests
