// The requests API: one member per rpc, each in a file of its own.
#pragma once

#include "services/request_workflow/flow/service_parts.h"
#include "services/request_workflow/rpc/convert.h"
#include "varsam/requests/v1/requests_service.grpc.pb.h"

namespace varsam::requests {

// Who may call RequestsService and ConnectorService.
rpc::AccessTable RequestsAccess();

#define VARSAM_REQUESTS_RPC(name)                                                                \
  grpc::ServerUnaryReactor* name(grpc::CallbackServerContext* context,                           \
                                 const v1::name##Request* request, v1::name##Response* response) \
      override

class RequestsService final : public v1::RequestsService::CallbackService {
 public:
  explicit RequestsService(const ServiceParts& parts) : parts_(parts) {}

  VARSAM_REQUESTS_RPC(SubmitRequest);
  VARSAM_REQUESTS_RPC(ListRequests);
  VARSAM_REQUESTS_RPC(GetRequest);
  VARSAM_REQUESTS_RPC(ClassifyRequest);
  VARSAM_REQUESTS_RPC(VerifyRequest);
  VARSAM_REQUESTS_RPC(ApproveRequest);
  VARSAM_REQUESTS_RPC(RefuseRequest);
  VARSAM_REQUESTS_RPC(ExtendRequest);
  VARSAM_REQUESTS_RPC(PauseRequest);
  VARSAM_REQUESTS_RPC(ResumeRequest);
  VARSAM_REQUESTS_RPC(WithdrawRequest);
  VARSAM_REQUESTS_RPC(ComplainRequest);
  VARSAM_REQUESTS_RPC(AcknowledgeRequest);
  VARSAM_REQUESTS_RPC(ListIncomingMails);
  VARSAM_REQUESTS_RPC(OpenIncomingMail);
  VARSAM_REQUESTS_RPC(IssueCode);
  VARSAM_REQUESTS_RPC(RecordMandate);
  VARSAM_REQUESTS_RPC(StopRequest);
  VARSAM_REQUESTS_RPC(LiftRestriction);
  VARSAM_REQUESTS_RPC(ListReviewItems);
  VARSAM_REQUESTS_RPC(DecideReviewItem);
  VARSAM_REQUESTS_RPC(ListMessages);
  VARSAM_REQUESTS_RPC(AddMessage);
  VARSAM_REQUESTS_RPC(EndContact);
  VARSAM_REQUESTS_RPC(GetBreachReport);
  VARSAM_REQUESTS_RPC(CloseRequest);
  VARSAM_REQUESTS_RPC(ListTasks);
  VARSAM_REQUESTS_RPC(FinishTask);
  VARSAM_REQUESTS_RPC(GetPackage);
  VARSAM_REQUESTS_RPC(ExchangeCaseLink);
  VARSAM_REQUESTS_RPC(RecordBreach);
  VARSAM_REQUESTS_RPC(GetBreach);
  VARSAM_REQUESTS_RPC(ListBreaches);

 private:
  rpc::Method& Method(const char* rpc) { return parts_.admission.For<v1::RequestsService>(rpc); }
  // The case as it stands now.
  absl::StatusOr<v1::Case> ReadCase(CaseId id);
  // A change of one case by one decision; answers with the case after it.
  template <typename Request, typename Ask>
  absl::StatusOr<v1::Case> Change(rpc::Call& call, const Request& request, CaseId id, Ask ask,
                                  std::vector<std::string> more_keys = {}) {
    ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, request));
    options.conflict_keys = std::move(more_keys);
    options.conflict_keys.push_back("case/" + id.ToString());
    WriteAsk write;
    write.want.case_id = id;
    write.decide = [ask = std::move(ask)](
                       const Facts& facts,
                       const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
      ASSIGN_OR_RETURN(CaseFile file, FileOf(facts));
      return Decide(ask, std::move(file), frozen.now);
    };
    RETURN_IF_ERROR(parts_.writer.Write(std::move(write), std::move(options)).status());
    return ReadCase(id);
  }
  absl::StatusOr<std::string> UseLink(const std::string& token, std::optional<CaseId> id,
                                      bool open_too, journal::SubmitOptions options);
  absl::Status UseCode(const std::string& code, CaseId id, journal::SubmitOptions options);
  absl::StatusOr<v1::Breach> Render(const Breach& breach);

  ServiceParts parts_;
};

}  // namespace varsam::requests
