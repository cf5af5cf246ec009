// The connector protocol, mounted beside the requests API. A peer is what its certificate says
// ("connector-<name>"); it touches only tasks of systems it has introduced, under leases it holds.
#pragma once

#include "services/request_workflow/flow/task_access.h"
#include "services/request_workflow/rpc/work_hub.h"
#include "varsam/connector/v1/connector_service.grpc.pb.h"

namespace varsam::requests {

inline constexpr uint32_t kProtocol = 1;
inline constexpr absl::Duration kClockSkewMax = absl::Minutes(5);
inline constexpr int kServedSystemsMax = 50;

#define VARSAM_CONNECTOR_RPC(name)                                                                 \
  grpc::ServerUnaryReactor* name(grpc::CallbackServerContext* context,                             \
                                 const cv1::name##Request* request, cv1::name##Response* response) \
      override

class ConnectorService final : public cv1::ConnectorService::CallbackService {
 public:
  ConnectorService(const ServiceParts& parts, WorkHub& hub) : parts_(parts), hub_(hub) {}

  VARSAM_CONNECTOR_RPC(Hello);
  VARSAM_CONNECTOR_RPC(LeaseTasks);
  VARSAM_CONNECTOR_RPC(RenewLease);
  VARSAM_CONNECTOR_RPC(Report);
  VARSAM_CONNECTOR_RPC(GetUploadOffset);
  VARSAM_CONNECTOR_RPC(Finish);
  VARSAM_CONNECTOR_RPC(AnnounceRestore);
  grpc::ServerBidiReactor<cv1::WorkRequest, cv1::WorkResponse>* Work(
      grpc::CallbackServerContext* context) override;
  grpc::ServerReadReactor<cv1::UploadResultRequest>* UploadResult(
      grpc::CallbackServerContext* context, cv1::UploadResultResponse* response) override;

 private:
  rpc::Method& Method(const char* rpc) { return parts_.admission.For<cv1::ConnectorService>(rpc); }
  // Moves the end of the lease; "renewed" or "cancelled".
  absl::StatusOr<std::string> Renew(const std::string& peer, const std::string& task_id,
                                    uint64_t fence);

  ServiceParts parts_;
  WorkHub& hub_;
};

}  // namespace varsam::requests
