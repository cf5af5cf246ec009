// The calls of the protocol, each with a deadline and an absl::Status. Safe from every thread.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "libs/base/clock.h"
#include "services/connector/adapters/spool.h"
#include "varsam/connector/v1/connector_service.grpc.pb.h"

namespace varsam::connector {

inline constexpr absl::Duration kCallTime = absl::Seconds(10);
inline constexpr size_t kChunkBytes = 512 * 1024;

class Platform {
 public:
  explicit Platform(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(v1::ConnectorService::NewStub(channel)) {}

  absl::StatusOr<v1::HelloResponse> Hello(const v1::HelloRequest& request);
  absl::StatusOr<v1::LeaseTasksResponse> LeaseTasks(const v1::LeaseTasksRequest& request);
  absl::StatusOr<v1::RenewLeaseResponse> RenewLease(const std::string& task_id, uint64_t fence);
  absl::StatusOr<v1::FinishResponse> Finish(const v1::FinishRequest& request);
  absl::StatusOr<v1::AnnounceRestoreResponse> AnnounceRestore(
      const v1::AnnounceRestoreRequest& request);
  // Sends what the server does not have yet. An error leaves the server with a part; call again.
  absl::Status Upload(const std::string& task_id, uint64_t fence, const Spool& document);

 private:
  std::unique_ptr<v1::ConnectorService::Stub> stub_;
};

}  // namespace varsam::connector
