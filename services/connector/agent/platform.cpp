#include "services/connector/agent/platform.h"

#include <algorithm>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status.h"

namespace varsam::connector {
namespace {

constexpr absl::Duration kUploadTime = absl::Minutes(10);

std::unique_ptr<grpc::ClientContext> Within(absl::Duration time) {
  auto context = rpc::NewContext({.deadline = SystemClock().Now() + time});
  // A blocking call drives its own connection: one that fails at once while the channel connects
  // would leave the handshake to nobody, and it would time out again and again.
  context->set_wait_for_ready(true);
  return context;
}

}  // namespace

absl::StatusOr<v1::HelloResponse> Platform::Hello(const v1::HelloRequest& request) {
  v1::HelloResponse response;
  RETURN_IF_ERROR(rpc::FromGrpc(stub_->Hello(Within(kCallTime).get(), request, &response)));
  return response;
}

absl::StatusOr<v1::LeaseTasksResponse> Platform::LeaseTasks(const v1::LeaseTasksRequest& request) {
  v1::LeaseTasksResponse response;
  RETURN_IF_ERROR(rpc::FromGrpc(stub_->LeaseTasks(Within(kCallTime).get(), request, &response)));
  return response;
}

absl::StatusOr<v1::RenewLeaseResponse> Platform::RenewLease(const std::string& task_id,
                                                            uint64_t fence) {
  v1::RenewLeaseRequest request;
  request.set_task_id(task_id);
  request.set_fence(fence);
  v1::RenewLeaseResponse response;
  RETURN_IF_ERROR(rpc::FromGrpc(stub_->RenewLease(Within(kCallTime).get(), request, &response)));
  return response;
}

absl::StatusOr<v1::FinishResponse> Platform::Finish(const v1::FinishRequest& request) {
  v1::FinishResponse response;
  RETURN_IF_ERROR(rpc::FromGrpc(stub_->Finish(Within(kCallTime).get(), request, &response)));
  return response;
}

absl::StatusOr<v1::AnnounceRestoreResponse> Platform::AnnounceRestore(
    const v1::AnnounceRestoreRequest& request) {
  v1::AnnounceRestoreResponse response;
  RETURN_IF_ERROR(
      rpc::FromGrpc(stub_->AnnounceRestore(Within(kCallTime).get(), request, &response)));
  return response;
}

absl::Status Platform::Upload(const std::string& task_id, uint64_t fence, const Spool& document) {
  v1::GetUploadOffsetRequest where;
  where.set_task_id(task_id);
  where.set_fence(fence);
  v1::GetUploadOffsetResponse at;
  RETURN_IF_ERROR(rpc::FromGrpc(stub_->GetUploadOffset(Within(kCallTime).get(), where, &at)));
  uint64_t offset = std::min<uint64_t>(at.offset(), document.size());
  const auto context = Within(kUploadTime);
  v1::UploadResultResponse response;
  const auto writer = stub_->UploadResult(context.get(), &response);
  bool last = false;
  while (!last) {
    v1::UploadResultRequest chunk;
    chunk.set_task_id(task_id);
    chunk.set_fence(fence);
    chunk.set_offset(offset);
    absl::StatusOr<std::string> some = document.ReadAt(offset, kChunkBytes);
    if (!some.ok()) {
      context->TryCancel();
      writer->Finish();
      return some.status();
    }
    chunk.set_chunk(*std::move(some));
    offset += chunk.chunk().size();
    last = offset == document.size();
    if (last) {
      chunk.set_last(true);
      chunk.set_sha256(document.Sha256());
    }
    if (!writer->Write(chunk)) break;
  }
  writer->WritesDone();
  RETURN_IF_ERROR(rpc::FromGrpc(writer->Finish()));
  if (response.stored() != document.size()) {
    return ErrorWithReason(absl::StatusCode::kUnavailable, "UPLOAD_SHORT",
                           "the server has not stored everything");
  }
  return absl::OkStatus();
}

}  // namespace varsam::connector
