#include "services/retention/rpc/convert.h"

#include <google/protobuf/util/json_util.h>

#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace varsam::retention {
namespace {

absl::Status CheckName(const std::string& text, std::string_view field, int bytes_max) {
  if (!text.empty() && text.size() <= static_cast<size_t>(bytes_max) &&
      text.find(',') == std::string::npos) {
    return absl::OkStatus();
  }
  return InvalidField(field, absl::StrCat(text.size(), " bytes, want 1..", bytes_max,
                                          " and no comma"));
}

template <typename Texts>
absl::StatusOr<std::vector<std::string>> Names(const Texts& texts, const std::string& field,
                                               int least) {
  if (texts.size() < least || texts.size() > kSignalCategoriesMax) {
    return InvalidField(field, absl::StrCat(texts.size(), " entries, want ", least, "..",
                                            kSignalCategoriesMax));
  }
  for (const std::string& text : texts) RETURN_IF_ERROR(CheckName(text, field, kNameBytesMax));
  std::set<std::string> sorted(texts.begin(), texts.end());
  return std::vector<std::string>(sorted.begin(), sorted.end());
}

absl::StatusOr<bool> BoolFrom(const std::string& text, const std::string& field) {
  if (text == "true" || text == "false") return text == "true";
  return InvalidField(field, "want true or false");
}

absl::StatusOr<Flags> FlagsFrom(const google::protobuf::Map<std::string, std::string>& map,
                                const std::string& field) {
  Flags flags;
  for (const auto& [key, value] : map) {
    const std::string at = absl::StrCat(field, "[", key, "]");
    if (key == "origin") {
      if (value != "self_initiated" && value != "outbound") {
        return InvalidField(at, "want self_initiated or outbound");
      }
      flags.origin = value;
    } else if (key == "source") {
      RETURN_IF_ERROR(CheckName(value, at, kNameBytesMax));
      flags.source = value;
    } else if (key == "customer") {
      ASSIGN_OR_RETURN(flags.customer, BoolFrom(value, at));
    } else if (key == "contacted") {
      ASSIGN_OR_RETURN(flags.contacted, BoolFrom(value, at));
    } else {
      return InvalidField(field, "unknown key, want origin, customer, source or contacted");
    }
  }
  return flags;
}

// Clocks only: erasures, withdrawals and holds have roads of their own. What moves no clock is
// dropped.
absl::Status AddEvent(const v1::ClockEvent& message, const std::string& field, Signal& signal) {
  const std::optional<RecordEvent> event = EventNamed(message.type());
  if (!event || (event->type != EventType::kClock && event->type != EventType::kNothing)) {
    return InvalidField(absl::StrCat(field, ".type"), "not a clock of the policy");
  }
  ASSIGN_OR_RETURN(absl::Time at, FromProto(message.at(), absl::StrCat(field, ".at")));
  if (event->type == EventType::kClock) signal.events.push_back({message.type(), at, at});
  return absl::OkStatus();
}

void SetId(const std::optional<RunId>& id, std::string* to) {
  if (id) *to = id->ToString();
}

}  // namespace

void ToProto(absl::Time at, google::protobuf::Timestamp* to) {
  const int64_t seconds = absl::ToUnixSeconds(at);
  to->set_seconds(seconds);
  to->set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(at - absl::FromUnixSeconds(seconds))));
}

absl::StatusOr<absl::Time> FromProto(const google::protobuf::Timestamp& at,
                                     std::string_view field) {
  constexpr int64_t kLeast = -2208988800, kMost = 253402300799;  // 1900 and 9999
  if (at.seconds() < kLeast || at.seconds() > kMost || at.nanos() < 0 ||
      at.nanos() > 999'999'999 || (at.seconds() == 0 && at.nanos() == 0)) {
    return InvalidField(field, "missing or outside the years 1900..9999");
  }
  return absl::FromUnixSeconds(at.seconds()) +
         absl::Microseconds(at.nanos() / 1000);  // what the database keeps
}

std::string DayText(const std::optional<calendar::LocalDay>& day) {
  return day ? day->ToString() : std::string();
}

absl::StatusOr<std::optional<calendar::LocalDay>> DayFrom(const std::string& text,
                                                          std::string_view field) {
  if (text.empty()) return std::optional<calendar::LocalDay>();
  absl::StatusOr<calendar::LocalDay> day = calendar::ParseDay(text);
  if (!day.ok()) return InvalidField(field, "want YYYY-MM-DD");
  return std::optional(*day);
}

absl::StatusOr<Signal> FromProto(const v1::RecordSignal& message, const std::string& field) {
  const auto at = [&](const char* name) { return absl::StrCat(field, ".", name); };
  Signal signal;
  const std::optional<SubjectId> subject = SubjectId::Parse(message.subject_id());
  if (!subject) return InvalidField(at("subject_id"), "want a UUID");
  signal.subject = *subject;
  RETURN_IF_ERROR(CheckName(message.system(), at("system"), kNameBytesMax));
  signal.system = message.system();
  signal.record_key = message.record_key();
  if (signal.record_key.empty() || signal.record_key.size() > kRecordKeyBytesMax) {
    return InvalidField(at("record_key"), absl::StrCat(signal.record_key.size(),
                                                       " bytes, want 1..", kRecordKeyBytesMax));
  }
  ASSIGN_OR_RETURN(signal.data_categories,
                   Names(message.data_categories(), at("data_categories"), 1));
  ASSIGN_OR_RETURN(signal.subject_categories,
                   Names(message.subject_categories(), at("subject_categories"), 0));
  ASSIGN_OR_RETURN(signal.flags, FlagsFrom(message.flags(), at("flags")));
  for (const v1::RecordPurpose& one : message.purposes()) {
    HeldPurpose purpose{one.purpose(), std::nullopt};
    RETURN_IF_ERROR(CheckName(one.purpose(), at("purposes"), kNameBytesMax));
    if (one.has_ended_at()) {
      ASSIGN_OR_RETURN(purpose.ended_at, FromProto(one.ended_at(), at("purposes.ended_at")));
    }
    signal.purposes.push_back(std::move(purpose));
  }
  if (message.has_collected_at()) {
    ASSIGN_OR_RETURN(signal.collected_at, FromProto(message.collected_at(), at("collected_at")));
  }
  if (message.events_size() > kSignalEventsMax || message.purposes_size() > kSignalEventsMax) {
    return InvalidField(at("events"), absl::StrCat("want at most ", kSignalEventsMax));
  }
  for (int i = 0; i < message.events_size(); ++i) {
    RETURN_IF_ERROR(AddEvent(message.events(i), absl::StrCat(field, ".events[", i, "]"), signal));
  }
  signal.claims_need_recorded = message.claims_need_recorded();
  if (message.has_observed_at()) {
    ASSIGN_OR_RETURN(signal.observed_at, FromProto(message.observed_at(), at("observed_at")));
  }
  return signal;
}

absl::StatusOr<varsam::retention::PlaceHold> HoldFrom(const v1::Hold& message) {
  varsam::retention::PlaceHold ask;
  ask.hold.matter = message.matter();
  ask.hold.owner = message.owner();
  ask.hold.reason = message.reason();
  for (const std::string& text : message.scope().subject_ids()) {
    const std::optional<SubjectId> id = SubjectId::Parse(text);
    if (!id) return InvalidField("hold.scope.subject_ids", "want UUIDs");
    ask.hold.scope.subjects.push_back(*id);
  }
  const auto copy = [](const auto& from) {
    return std::vector<std::string>(from.begin(), from.end());
  };
  ask.hold.scope.subject_categories = copy(message.scope().subject_categories());
  ask.hold.scope.systems = copy(message.scope().systems());
  ask.hold.scope.data_categories = copy(message.scope().data_categories());
  ASSIGN_OR_RETURN(ask.review_by, DayFrom(message.review_by(), "hold.review_by"));
  return ask;
}

void ToProto(const Hold& from, v1::Hold* to) {
  to->set_id(from.id.ToString());
  to->set_matter(from.matter);
  to->set_owner(from.owner);
  to->set_reason(from.reason);
  v1::HoldScope* scope = to->mutable_scope();
  for (const SubjectId& id : from.scope.subjects) scope->add_subject_ids(id.ToString());
  for (const std::string& one : from.scope.subject_categories) scope->add_subject_categories(one);
  for (const std::string& one : from.scope.systems) scope->add_systems(one);
  for (const std::string& one : from.scope.data_categories) scope->add_data_categories(one);
  ToProto(from.set_at, to->mutable_set_at());
  to->set_review_by(from.review_by.ToString());
  if (from.released_at) ToProto(*from.released_at, to->mutable_released_at());
}

void ToProto(const DisposalItem& from, v1::DisposalItem* to) {
  if (!from.id.IsNil()) to->set_id(from.id.ToString());
  to->set_subject_id(from.subject.ToString());
  to->set_system(from.system);
  to->set_record_key(from.record_key);
  for (const std::string& one : from.data_categories) to->add_data_categories(one);
  to->set_method(from.method);
  to->set_rule(from.rule);
  to->set_reference(from.reference);
  to->set_retain_until(DayText(from.retain_until));
  to->set_state(static_cast<v1::DisposalState>(static_cast<int>(from.state)));
  to->set_blocked_by(from.blocked_by);
  if (from.staged_until) ToProto(*from.staged_until, to->mutable_staged_until());
}

void ToProto(const DisposalRun& from, v1::DisposalRun* to) {
  to->set_id(from.id.ToString());
  ToProto(from.as_of, to->mutable_as_of());
  ToProto(from.started_at, to->mutable_started_at());
  if (from.finished_at) ToProto(*from.finished_at, to->mutable_finished_at());
  to->set_items_total(from.items_total);
  to->set_items_done(from.items_done);
  to->set_items_failed(from.items_failed);
  to->set_items_blocked(from.items_blocked);
  to->set_operator_(from.operator_name);
}

void ToProto(const RetentionStep& from, common::v1::ExplainedStep* to) {
  to->set_code(from.code);
  to->set_sv(from.sv);
  to->set_en(from.en);
  to->set_date(DayText(from.date));
  to->set_reference(from.law);
}

void ToProto(const ErasureDecision& from, v1::ErasureDecision* to) {
  const ErasurePlanItem& plan = from.planned;
  to->set_system(from.key.system);
  to->set_record_key(from.key.record_key);
  to->set_data_category(from.key.category);
  to->set_erase(plan.outcome == ErasureOutcome::kErase);
  to->set_method(plan.action);
  to->set_keep_until(DayText(plan.keep_until));
  const bool quarantine = plan.outcome == ErasureOutcome::kQuarantine;
  to->set_code(quarantine ? "UNMAPPED_FIELD" : std::string(NameOf(plan.reason)));
  to->set_reference(plan.law);
  for (const RetentionStep& step : plan.answer.steps) ToProto(step, to->add_steps());
  common::v1::ExplainedStep* last = to->add_steps();
  last->set_code(plan.outcome == ErasureOutcome::kErase ? "ERASE" : "KEEP");
  last->set_sv(plan.sv);
  last->set_en(plan.en);
  last->set_date(DayText(plan.outcome == ErasureOutcome::kErase ? plan.erase_by
                                                                : plan.keep_until));
  last->set_reference(plan.law);
}

void ToProto(const FieldKey& key, const RetentionAnswer& answer, v1::FieldRetention* to) {
  to->set_system(key.system);
  to->set_record_key(key.record_key);
  to->set_data_category(key.category);
  to->set_status(std::string(NameOf(answer.status)));
  to->set_may_until(DayText(answer.may_until));
  to->set_must_until(DayText(answer.must_until));
  to->set_retain_until(DayText(answer.retain_until));
  if (answer.use_denied_from) ToProto(*answer.use_denied_from, to->mutable_use_denied_from());
  to->set_erase_by(DayText(answer.erase_by));
  to->set_erasure_blocked(answer.erasure_blocked);
  if (answer.readers.claims) to->add_readable_by("claims");
  if (answer.readers.legal) to->add_readable_by("legal");
  if (answer.readers.ordinary) to->add_readable_by("ordinary");
  for (const std::string& code : answer.codes.Names()) to->add_codes(code);
  to->set_decided_by(answer.decided_by);
  if (answer.rule != nullptr) {
    to->set_action(answer.rule->action);
    to->set_reference(answer.rule->law);
  }
  to->set_notify_on(DayText(answer.notify_on));
  to->set_review_on(DayText(answer.review_on));
  if (answer.disposition == Disposition::kEraseNow) to->set_disposition("erase_now");
  if (answer.disposition == Disposition::kQuarantine) to->set_disposition("quarantine");
  for (const RetentionStep& step : answer.steps) ToProto(step, to->add_steps());
}

void ToProto(const ReplayFact& from, v1::ReplayItem* to) {
  to->set_kind(from.kind);
  to->set_subject_hash(from.subject_hash);
  to->set_purpose(from.purpose);
  ToProto(from.at, to->mutable_at());
}

void ToProto(const Backup& from, v1::Backup* to) {
  to->set_id(from.id);
  to->set_target(from.target);
  ToProto(from.taken_at, to->mutable_taken_at());
  to->set_expires_on(from.expires_on.ToString());
}

void ToProto(const BackupHealth& from, v1::BackupHealth* to) {
  to->set_target(from.target);
  to->set_newest_backup_id(from.newest_id);
  ToProto(from.newest_taken_at, to->mutable_newest_taken_at());
  to->set_age_seconds(absl::ToInt64Seconds(from.age));
  if (from.stale) to->set_code("BACKUP_STALE");
}

absl::StatusOr<Backup> FromProto(const v1::Backup& message) {
  Backup backup;
  RETURN_IF_ERROR(CheckName(message.id(), "backup.id", kNameBytesMax));
  RETURN_IF_ERROR(CheckName(message.target(), "backup.target", kNameBytesMax));
  backup.id = message.id();
  backup.target = message.target();
  ASSIGN_OR_RETURN(backup.taken_at, FromProto(message.taken_at(), "backup.taken_at"));
  ASSIGN_OR_RETURN(std::optional<calendar::LocalDay> expires,
                   DayFrom(message.expires_on(), "backup.expires_on"));
  if (!expires) return InvalidField("backup.expires_on", "want YYYY-MM-DD");
  backup.expires_on = *expires;
  return backup;
}

void ToProto(const Certificate& from, v1::Certificate* to) {
  to->set_id(from.id.ToString());
  to->set_subject_hash(from.subject_hash);
  to->set_case_id(from.case_id);
  SetId(from.run, to->mutable_run_id());
  for (const ExecutedErasure& one : from.executed) {
    v1::ExecutedErasure* executed = to->add_executed();
    executed->set_system(one.system);
    executed->set_record_key(one.record_key);
    executed->set_data_category(one.category);
    executed->set_method(one.method);
    executed->set_count(one.count);
    ToProto(one.executed_at, executed->mutable_executed_at());
    executed->set_verification(one.verification);
  }
  for (const ErasureResidue& one : from.residue) {
    v1::ErasureResidue* residue = to->add_residue();
    residue->set_system(one.system);
    residue->set_data_category(one.category);
    residue->set_code(one.code);
    residue->set_reference(one.reference);
    residue->set_retain_until(one.retain_until);
  }
  for (const std::string& one : from.recipients_told) to->add_recipients_told(one);
  to->set_policy_version(from.policy_version);
  ToProto(from.issued_at, to->mutable_issued_at());
  to->set_backup_clear_by(from.backup_clear_by.ToString());
  to->set_operator_(from.operator_name);
}

void ToProto(const PersonLimits& from, v1::SubjectLimits* to) {
  to->set_subject_id(from.subject.ToString());
  for (const CategoryLimit& one : from.limits) {
    v1::FieldLimit* limit = to->add_limits();
    limit->set_data_category(one.category);
    limit->set_may_until(DayText(one.may_until));
    limit->set_must_until(DayText(one.must_until));
  }
}

std::string RecordOf(const Certificate& certificate) {
  v1::Certificate message;
  ToProto(certificate, &message);
  google::protobuf::util::JsonPrintOptions options;
  options.preserve_proto_field_names = true;
  std::string json;
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  return json;
}

absl::Status FromRecord(const StoredCertificate& stored, v1::Certificate* to) {
  if (google::protobuf::util::JsonStringToMessage(stored.record_json, to).ok()) {
    return absl::OkStatus();
  }
  return ErrorWithReason(absl::StatusCode::kDataLoss, "CERTIFICATE_UNREADABLE",
                         "the stored certificate does not read");
}

}  // namespace varsam::retention
