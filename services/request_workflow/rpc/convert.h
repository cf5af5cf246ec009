// The border between proto messages and the domain; nothing else of this service knows both.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/request_workflow/domain/changes.h"
#include "services/request_workflow/domain/policy_view.h"
#include "services/request_workflow/store/requests_store.h"
#include "varsam/connector/v1/connector.pb.h"
#include "varsam/registry/v1/policy.pb.h"
#include "varsam/requests/v1/requests.pb.h"
#include "varsam/requests/v1/requests_entry.pb.h"
#include "varsam/requests/v1/requests_service.pb.h"
#include "varsam/retention/v1/retention.pb.h"

namespace varsam::requests {

namespace cv1 = varsam::connector::v1;

google::protobuf::Timestamp ToProto(absl::Time at);
absl::Time FromProto(const google::protobuf::Timestamp& at);

absl::StatusOr<CaseId> ParseCaseId(std::string_view text, std::string_view field = "case_id");
absl::StatusOr<TaskId> ParseTaskId(std::string_view text);

v1::Right ToProto(const std::optional<Right>& right);
// nullopt inside: RIGHT_INQUIRY. INVALID_FIELD for RIGHT_UNSPECIFIED.
absl::StatusOr<std::optional<Right>> RightFromProto(v1::Right right, std::string_view field);
Language LanguageFromProto(common::v1::Language language);

v1::Case ToProto(const CaseView& view, absl::Time as_of);
v1::Task ToProto(const Task& task);
v1::IncomingMail ToProto(const IncomingMail& mail);
v1::Breach ToProto(const Breach& breach, const v1::Breach& texts, absl::Time as_of);

// INVALID_FIELD unless exactly one typed outcome is set and its lists are bounded.
absl::StatusOr<Report> ReportFromProto(const cv1::Outcome& outcome);
absl::StatusOr<Report> ReportFromCounts(
    std::string_view outcome, const google::protobuf::RepeatedPtrField<v1::CategoryCount>& counts);

// A lease as the connector gets it; `subject` holds what it understands, `changes` a rectification.
cv1::LeasedTask ToLeasedTask(const Task& task, const cv1::TaskSubject& subject,
                             const cv1::RectifyAction& changes);
// Only identifiers whose type the system declared.
cv1::TaskSubject OnlyTypes(const cv1::TaskSubject& subject, const std::vector<int32_t>& types);

PolicyView ViewOf(const registry::v1::PolicyModel& model);
PlannedErasure PlanFrom(const retention::v1::ErasureDecision& decision, std::string item_id);
Hold HoldFrom(const retention::v1::Hold& hold);

// The payload and kind of a ledger entry.
struct EntryBytes {
  std::string kind;
  std::string payload;
};
EntryBytes ToEntry(const LedgerNote& note);

}  // namespace varsam::requests
