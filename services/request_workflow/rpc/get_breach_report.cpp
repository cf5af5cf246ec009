#include "libs/calendar/stockholm.h"
#include "services/request_workflow/answer/breach_report.h"
#include "services/request_workflow/domain/breach_clock.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {
namespace {

BreachReport ReportOf(const v1::Breach& breach, bool english) {
  const auto words = [&](const google::protobuf::Timestamp& at) {
    return english ? calendar::InEnglish(FromProto(at)) : calendar::InSwedish(FromProto(at));
  };
  BreachReport report;
  report.id = breach.id();
  report.state = v1::BreachState_Name(breach.state());
  report.facts = breach.facts();
  report.concerned = breach.concerned();
  report.effects = breach.effects();
  report.action = breach.action();
  report.risk = breach.risk();
  report.reasons_for_delay = breach.reasons_for_delay();
  report.subjects_informed = breach.subjects_informed();
  report.authority_reference = breach.authority_reference();
  report.contact = breach.contact();
  report.aware_at = words(breach.aware_at());
  report.notify_by = words(breach.notify_by());
  report.late = breach.late();
  for (const v1::BreachNotification& told : breach.notifications()) {
    const char* const part = english ? " (in part)" : " (delvis)";
    report.notifications.push_back(words(told.at()) + (told.partial() ? part : ""));
  }
  for (const common::v1::ExplainedStep& step : breach.steps()) {
    report.steps.push_back({step.code(), step.sv(), step.en(), {}});
  }
  return report;
}

}  // namespace

grpc::ServerUnaryReactor* RequestsService::GetBreachReport(
    grpc::CallbackServerContext* context, const v1::GetBreachReportRequest* request,
    v1::GetBreachReportResponse* response) {
  return OnPool(parts_, Method("GetBreachReport"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  RETURN_IF_ERROR(StaffOnly(call).status());
                  const std::optional<BreachId> id = BreachId::Parse(request->breach_id());
                  if (!id) return InvalidField("breach_id", "want a UUID");
                  const Language language = LanguageFromProto(request->language());
                  std::vector<Breach> stored;
                  {
                    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
                    ASSIGN_OR_RETURN(stored, parts_.store.ReadBreaches(*lease, id));
                  }
                  ASSIGN_OR_RETURN(const v1::Breach breach, Render(stored.front()));
                  BreachReport report = ReportOf(breach, language == Language::kEnglish);
                  if (const auto policy = parts_.policy.Get()) {
                    report.controller = policy->controller;
                    report.controller_address = policy->controller_address;
                    report.data_protection_officer = policy->data_protection_officer;
                    report.authority = policy->authority;
                  }
                  response->set_content(WriteBreachReport(report, language));
                  response->set_content_type("text/plain; charset=utf-8");
                  response->set_file_name("incident-" + breach.id() + ".txt");
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
