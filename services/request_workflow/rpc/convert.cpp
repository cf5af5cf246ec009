#include "services/request_workflow/rpc/convert.h"

#include <algorithm>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/request_workflow/domain/advance.h"
#include "services/request_workflow/domain/breach_clock.h"

namespace varsam::requests {
namespace {

constexpr int kResultsMax = 5000;

void SetTime(const std::optional<absl::Time>& at, google::protobuf::Timestamp* target) {
  if (at)
    *target = ToProto(*at);
  else
    target->Clear();
}

void AddSteps(const std::vector<calendar::ExplainedStep>& steps,
              google::protobuf::RepeatedPtrField<common::v1::ExplainedStep>* out) {
  for (const calendar::ExplainedStep& step : steps) {
    common::v1::ExplainedStep* const added = out->Add();
    added->set_code(step.code);
    added->set_sv(step.sv);
    added->set_en(step.en);
    added->set_date(step.date.ToString());
  }
}

void FillClock(const Case& c, absl::Time as_of, v1::CaseClock* clock) {
  *clock->mutable_received_at() = ToProto(c.received_at);
  const absl::StatusOr<DueDate> due = ClockOf(c, as_of);
  if (!due.ok()) return;
  clock->set_receipt_date(due->receipt_date.ToString());
  if (due->term) {
    clock->set_acknowledge_by(due->term->ack_by.ToString());
    clock->set_due_date(due->term->due_date.ToString());
    clock->set_overdue_from(due->term->overdue_from.ToString());
    clock->set_extension_notice_by(due->term->extension_notice_by.ToString());
    clock->set_paused_days(static_cast<uint32_t>(std::max(0, due->term->paused_days)));
  }
  AddSteps(due->steps, clock->mutable_steps());
}

CategoryResult ResultFrom(const cv1::CategoryResult& result) {
  return {result.data_category(), result.record_key(), result.item_id(),    result.found(),
          result.exported(),      result.deleted(),    result.anonymised(), result.kept()};
}

absl::Status CheckCount(int count) {
  if (count <= kResultsMax) return absl::OkStatus();
  return InvalidField("outcome.results", std::to_string(count) + ", want at most 5000");
}

absl::Status TakeResults(const google::protobuf::RepeatedPtrField<cv1::CategoryResult>& results,
                         Report& report) {
  RETURN_IF_ERROR(CheckCount(results.size()));
  for (const cv1::CategoryResult& result : results) report.results.push_back(ResultFrom(result));
  return absl::OkStatus();
}

}  // namespace

google::protobuf::Timestamp ToProto(absl::Time at) {
  google::protobuf::Timestamp proto;
  const int64_t micros = absl::ToUnixMicros(at);
  int64_t seconds = micros / 1'000'000;
  int64_t rest = micros % 1'000'000;
  if (rest < 0) {
    rest += 1'000'000;
    --seconds;
  }
  proto.set_seconds(seconds);
  proto.set_nanos(static_cast<int32_t>(rest * 1000));
  return proto;
}

absl::Time FromProto(const google::protobuf::Timestamp& at) {
  return absl::FromUnixSeconds(at.seconds()) + absl::Nanoseconds(at.nanos());
}

absl::StatusOr<CaseId> ParseCaseId(std::string_view text, std::string_view field) {
  const std::optional<CaseId> id = CaseId::Parse(text);
  if (!id) return InvalidField(field, "want a UUID");
  return *id;
}

absl::StatusOr<TaskId> ParseTaskId(std::string_view text) {
  const std::optional<TaskId> id = TaskId::Parse(text);
  if (!id) return InvalidField("task_id", "want a UUID");
  return *id;
}

v1::Right ToProto(const std::optional<Right>& right) {
  if (!right) return v1::RIGHT_UNSPECIFIED;
  return static_cast<v1::Right>(static_cast<int>(*right) + 1);
}

absl::StatusOr<std::optional<Right>> RightFromProto(v1::Right right, std::string_view field) {
  if (right == v1::RIGHT_INQUIRY) return std::optional<Right>();
  if (right < v1::RIGHT_ACCESS || right > v1::RIGHT_COMPLAINT) {
    return InvalidField(field, "want a right");
  }
  return std::optional<Right>(static_cast<Right>(static_cast<int>(right) - 1));
}

Language LanguageFromProto(common::v1::Language language) {
  return language == common::v1::LANGUAGE_EN ? Language::kEnglish : Language::kSwedish;
}

v1::Case ToProto(const CaseView& view, absl::Time as_of) {
  const Case& c = view.file.c;
  v1::Case out;
  out.set_id(c.id.ToString());
  if (c.subject) out.set_subject_id(c.subject->ToString());
  out.set_right(ToProto(c.right));
  if (!c.right && c.state == CaseState::kInquiry) out.set_right(v1::RIGHT_INQUIRY);
  out.set_state(static_cast<v1::CaseState>(static_cast<int>(c.state) + 1));
  if (c.parent) out.set_parent_case_id(c.parent->ToString());
  out.set_channel(c.channel);
  out.set_language(static_cast<common::v1::Language>(c.language));
  out.set_suggested_right(ToProto(c.suggested));
  out.set_identity_level(static_cast<v1::IdentityLevel>(c.identity));
  FillClock(c, as_of, out.mutable_clock());
  const Coverage coverage = CoverageOf(c.state, view.file.tasks);
  out.mutable_coverage()->set_systems_total(coverage.systems_total);
  out.mutable_coverage()->set_systems_answered(coverage.systems_answered);
  for (const std::string& system : coverage.systems_missing) {
    out.mutable_coverage()->add_systems_missing(system);
  }
  for (const std::string& code : CodesOf(view.file, as_of)) {
    out.add_codes(code);
    const bool flag =
        code == "EXTENDED" || code == "EXTENSION_LATE" || code == "DUE_SOON" || code == "OVERDUE";
    if (flag) out.mutable_clock()->add_flags(code);
  }
  for (const HistoryEntry& event : view.events) {
    v1::CaseEvent* const added = out.add_history();
    *added->mutable_at() = ToProto(event.at);
    added->set_event(event.event);
    added->set_state(static_cast<v1::CaseState>(static_cast<int>(event.state) + 1));
    added->set_actor(event.actor);
    added->set_note(event.note);
  }
  out.set_certificate_id(c.certificate_id);
  out.set_package_ready(c.package_ready);
  if (c.closed_at) *out.mutable_closed_at() = ToProto(*c.closed_at);
  if (c.restricted_at) *out.mutable_restricted_at() = ToProto(*c.restricted_at);
  if (c.lift_at) *out.mutable_lift_at() = ToProto(*c.lift_at);
  out.set_restriction_ground(c.restriction_ground);
  out.set_etag(std::to_string(c.version));
  return out;
}

v1::Task ToProto(const Task& task) {
  v1::Task out;
  out.set_id(task.id.ToString());
  if (task.case_id) out.set_case_id(task.case_id->ToString());
  if (task.run_id) out.set_disposal_run_id(task.run_id->ToString());
  out.set_system(task.system);
  out.set_action(static_cast<v1::TaskAction>(task.action));
  out.set_state(static_cast<v1::TaskState>(task.state));
  out.set_manual(task.manual);
  out.set_attempts(static_cast<uint32_t>(task.attempts));
  if (task.due_date) out.set_due_date(task.due_date->ToString());
  if (task.lease_until) SetTime(task.lease_until, out.mutable_lease_until());
  if (task.outcome) out.set_outcome(std::string(NameOf(*task.outcome)));
  for (const CategoryResult& result : task.results) {
    v1::CategoryCount* const count = out.add_counts();
    count->set_data_category(result.data_category);
    count->set_found(result.found);
    count->set_exported(result.exported);
    count->set_deleted(result.deleted);
    count->set_anonymised(result.anonymised);
    count->set_kept(result.kept);
  }
  out.set_question(task.question);
  if (task.proposed && !IsAnswered(task.state)) {
    out.set_proposed_outcome(std::string(NameOf(*task.proposed)));
  }
  out.set_ground(task.order.ground);
  out.set_recipient(task.order.recipient);
  if (task.finished_at) SetTime(task.finished_at, out.mutable_finished_at());
  return out;
}

v1::IncomingMail ToProto(const IncomingMail& mail) {
  v1::IncomingMail out;
  out.set_id(mail.id.ToString());
  *out.mutable_arrived_at() = ToProto(mail.arrived_at);
  out.set_state(mail.state);
  out.set_reason(mail.reason);
  if (mail.case_id) out.set_case_id(mail.case_id->ToString());
  return out;
}

v1::Breach ToProto(const Breach& breach, const v1::Breach& texts, absl::Time as_of) {
  v1::Breach out = texts;
  out.set_id(breach.id.ToString());
  out.set_state(static_cast<v1::BreachState>(breach.state));
  *out.mutable_aware_at() = ToProto(breach.aware_at);
  BreachFacts facts;
  facts.aware_at = breach.aware_at;
  for (size_t i = 0; i < breach.notified_at.size(); ++i) {
    const bool partial = i < breach.partial.size() && breach.partial[i] != 0;
    facts.notifications.push_back(
        {partial ? NotificationKind::kPartial : NotificationKind::kFull, breach.notified_at[i]});
    v1::BreachNotification* const told = out.add_notifications();
    *told->mutable_at() = ToProto(breach.notified_at[i]);
    told->set_partial(partial);
  }
  const BreachClock clock = ComputeBreachClock(facts, as_of);
  *out.mutable_notify_by() = ToProto(clock.notify_by);
  out.set_late(clock.late);
  out.set_risk(breach.risk);
  out.set_authority_reference(breach.authority_reference);
  AddSteps(clock.steps, out.mutable_steps());
  return out;
}

absl::StatusOr<Report> ReportFromProto(const cv1::Outcome& outcome) {
  Report report;
  switch (outcome.kind_case()) {
    case cv1::Outcome::kDone:
      report.kind = OutcomeKind::kDone;
      RETURN_IF_ERROR(TakeResults(outcome.done().results(), report));
      return report;
    case cv1::Outcome::kNoData:
      report.kind = OutcomeKind::kNoData;
      return report;
    case cv1::Outcome::kPartlyKept:
      report.kind = OutcomeKind::kPartlyKept;
      RETURN_IF_ERROR(TakeResults(outcome.partly_kept().results(), report));
      RETURN_IF_ERROR(CheckCount(outcome.partly_kept().kept_size()));
      for (const cv1::KeptPart& part : outcome.partly_kept().kept()) {
        report.kept.push_back(
            {part.data_category(), part.record_key(), part.reference(), part.keep_until()});
      }
      return report;
    case cv1::Outcome::kRefused:
      report.kind = OutcomeKind::kRefused;
      report.reason = outcome.refused().reason();
      return report;
    case cv1::Outcome::kNeedsHuman:
      report.kind = OutcomeKind::kNeedsHuman;
      report.reason = outcome.needs_human().question();
      return report;
    case cv1::Outcome::kFailed:
      report.kind = OutcomeKind::kFailed;
      report.reason = outcome.failed().reason();
      report.retryable = outcome.failed().retryable();
      report.after = absl::Seconds(outcome.failed().after().seconds());
      return report;
    case cv1::Outcome::kUnsupported:
      report.kind = OutcomeKind::kUnsupported;
      report.reason = outcome.unsupported().reason();
      return report;
    case cv1::Outcome::KIND_NOT_SET:
      break;
  }
  return InvalidField("outcome.kind", "none, want exactly one");
}

absl::StatusOr<Report> ReportFromCounts(
    std::string_view outcome, const google::protobuf::RepeatedPtrField<v1::CategoryCount>& counts) {
  const std::optional<OutcomeKind> kind = OutcomeOf(outcome);
  if (!kind) return InvalidField("outcome", "want DONE, NO_DATA, PARTLY_KEPT or REFUSED");
  RETURN_IF_ERROR(CheckCount(counts.size()));
  Report report;
  report.kind = *kind;
  for (const v1::CategoryCount& count : counts) {
    report.results.push_back({count.data_category(), "", "", count.found(), count.exported(),
                              count.deleted(), count.anonymised(), count.kept()});
  }
  return report;
}

}  // namespace varsam::requests
