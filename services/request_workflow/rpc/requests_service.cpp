#include "services/request_workflow/rpc/requests_service.h"

#include "varsam/connector/v1/connector_service.grpc.pb.h"

namespace varsam::requests {

rpc::AccessTable RequestsAccess() {
  rpc::AccessTable access;
  for (const char* rpc :
       {"SubmitRequest",      "ListRequests",     "GetRequest",       "ClassifyRequest",
        "VerifyRequest",      "ApproveRequest",   "RefuseRequest",    "ExtendRequest",
        "PauseRequest",       "ResumeRequest",    "WithdrawRequest",  "ComplainRequest",
        "CloseRequest",       "ListTasks",        "FinishTask",       "GetPackage",
        "AcknowledgeRequest", "IssueCode",        "RecordMandate",    "StopRequest",
        "LiftRestriction",    "ListReviewItems",  "DecideReviewItem", "ListMessages",
        "AddMessage",         "EndContact",       "GetBreachReport",  "ListIncomingMails",
        "OpenIncomingMail",   "ExchangeCaseLink", "RecordBreach",     "GetBreach",
        "ListBreaches"}) {
    access.Allow<v1::RequestsService>(rpc, {"gateway"});
  }
  rpc::MethodRules rules;
  rules.caller = rpc::CallerRule::kIgnored;
  for (const char* rpc : {"Hello", "LeaseTasks", "RenewLease", "Report", "UploadResult",
                          "GetUploadOffset", "Finish", "AnnounceRestore"}) {
    access.Allow<cv1::ConnectorService>(rpc, {"connector-*"}, rules);
  }
  rules.deadline_max = absl::Minutes(10);
  access.Allow<cv1::ConnectorService>("Work", {"connector-*"}, rules);
  return access;
}

absl::StatusOr<v1::Case> RequestsService::ReadCase(CaseId id) {
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
  ASSIGN_OR_RETURN(CaseView view, parts_.store.ReadCase(*lease, id));
  return ToProto(view, parts_.clock.Now());
}

}  // namespace varsam::requests
