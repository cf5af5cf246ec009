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
template <typename Enum>
std::optional<int32_t> NumberOf(const std::optional<Enum>& value) {
  if (!value) return std::nullopt;
  return static_cast<int32_t>(*value);
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

pg::Params CaseParams(std::span<const Case* const> cases) {
  using C = const Case*;
  pg::Params params;
  params.Uuids(cases, [](C c) { return c->id.value(); })
      .Uuids(cases, [](C c) { return UuidOf(c->parent); })
      .Uuids(cases, [](C c) { return UuidOf(c->subject); })
      .Uuids(cases, [](C c) { return UuidOf(c->candidate); })
      .Int32s(cases, [](C c) { return NumberOf(c->right); })
      .Int32s(cases, [](C c) { return static_cast<int32_t>(c->state) + 1; })
      .Times(cases, [](C c) { return c->received_at; })
      .Days(cases, [](C c) { return CivilOrNull(c->due_date); })
      .Texts(cases, [](C c) { return std::string_view(c->certificate_id); })
      .Bools(cases, [](C c) { return c->package_ready; })
      .Bools(cases, [](C c) { return c->answer_sent; })
      .Int32s(cases, [](C c) { return c->link_failures; })
      .Int32s(cases, [](C c) { return static_cast<int32_t>(c->step); })
      .Times(cases, [](C c) { return c->step_at; })
      .Int32s(cases, [](C c) { return c->step_attempts; })
      .Times(cases, [](C c) { return c->closed_at; })
      .Int64s(cases, [](C c) { return c->version; })
      .Texts(cases, [](C c) { return CaseDetailToJson(*c); });
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

pg::Params TaskParams(std::span<const Task* const> tasks) {
  using T = const Task*;
  pg::Params params;
  params.Uuids(tasks, [](T t) { return t->id.value(); })
      .Uuids(tasks, [](T t) { return UuidOf(t->case_id); })
      .Uuids(tasks, [](T t) { return t->run_id; })
      .Uuids(tasks, [](T t) { return UuidOf(t->subject); })
      .Texts(tasks, [](T t) { return std::string_view(t->system); })
      .Int32s(tasks, [](T t) { return static_cast<int32_t>(t->action); })
      .Int32s(tasks, [](T t) { return static_cast<int32_t>(t->state); })
      .Bools(tasks, [](T t) { return t->manual; })
      .Uuids(tasks, [](T t) { return UuidOf(t->verifies); })
      .Int32s(tasks, [](T t) { return t->attempts; })
      .Int64s(tasks, [](T t) { return t->fence; })
      .Texts(tasks, [](T t) { return std::string_view(t->lease_peer); })
      .Times(tasks, [](T t) { return t->lease_until; })
      .Times(tasks, [](T t) { return t->available_at; })
      .Days(tasks, [](T t) { return CivilOrNull(t->due_date); })
      .Int32s(tasks, [](T t) { return NumberOf(t->outcome); })
      .Texts(tasks, [](T t) { return std::string_view(t->question); })
      .BytesList(tasks, [](T t) { return std::string_view(t->result_sha256); })
      .Int64s(tasks, [](T t) { return t->result_fence; })
      .Times(tasks, [](T t) { return t->created_at; })
      .Times(tasks, [](T t) { return t->finished_at; })
      .Texts(tasks, [](T t) { return TaskDetailToJson(*t); });
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
