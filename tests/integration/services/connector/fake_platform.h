// A ConnectorService whose state a test writes, behind the real server and the real wire.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "grpcpp/grpcpp.h"
#include "libs/rpc/channel.h"
#include "services/connector/digest.h"
#include "varsam/connector/v1/connector_service.grpc.pb.h"

namespace varsam::connector {

// Answers on gRPC's own threads; everything under one lock.
class FakePlatform final : public v1::ConnectorService::Service {
 public:
  FakePlatform() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
  }
  ~FakePlatform() override { server_->Shutdown(); }
  std::shared_ptr<grpc::Channel> Channel() {
    auto channel = rpc::NewChannel(
        {.service = "request-workflow", .target = "dns:///127.0.0.1:" + std::to_string(port_)});
    return *channel;
  }

  std::mutex mutex;
  std::deque<v1::LeasedTask> queue;        // handed out one by one
  std::map<std::string, uint64_t> fences;  // the current fence of each task
  std::set<std::string> cancelled;
  std::vector<v1::FinishRequest> finished;  // accepted
  std::vector<v1::FinishRequest> stale;
  std::map<std::string, std::string> uploads;  // by task
  std::vector<std::string> warnings;
  int lose_finish_answers = 0;       // Finish works, but its answer is lost
  int cut_uploads_after_chunks = 0;  // 0: not at all; once
  int renewals = 0, upload_calls = 0;
  v1::HelloRequest hello;

  void Offer(v1::LeasedTask task, uint64_t fence) {
    std::lock_guard lock(mutex);
    task.set_fence(fence);
    fences[task.task_id()] = fence;
    queue.push_back(std::move(task));
  }

  grpc::Status Hello(grpc::ServerContext*, const v1::HelloRequest* in,
                     v1::HelloResponse* out) override {
    std::lock_guard lock(mutex);
    hello = *in;
    out->set_protocol(1);
    for (const std::string& one : warnings) out->add_warnings(one);
    return grpc::Status::OK;
  }
  grpc::Status LeaseTasks(grpc::ServerContext*, const v1::LeaseTasksRequest*,
                          v1::LeaseTasksResponse* out) override {
    std::lock_guard lock(mutex);
    if (queue.empty()) return grpc::Status::OK;
    *out->add_tasks() = queue.front();
    queue.pop_front();
    return grpc::Status::OK;
  }
  grpc::Status RenewLease(grpc::ServerContext*, const v1::RenewLeaseRequest* in,
                          v1::RenewLeaseResponse* out) override {
    std::lock_guard lock(mutex);
    ++renewals;
    if (fences[in->task_id()] != in->fence()) {
      return {grpc::StatusCode::FAILED_PRECONDITION, "lease lost"};
    }
    out->set_cancelled(cancelled.count(in->task_id()) > 0);
    return grpc::Status::OK;
  }
  grpc::Status GetUploadOffset(grpc::ServerContext*, const v1::GetUploadOffsetRequest* in,
                               v1::GetUploadOffsetResponse* out) override {
    std::lock_guard lock(mutex);
    out->set_offset(uploads[in->task_id()].size());
    return grpc::Status::OK;
  }
  grpc::Status UploadResult(grpc::ServerContext*, grpc::ServerReader<v1::UploadResultRequest>* in,
                            v1::UploadResultResponse* out) override {
    v1::UploadResultRequest chunk;
    int chunks = 0;
    std::lock_guard lock(mutex);
    ++upload_calls;
    while (in->Read(&chunk)) {
      std::string& stored = uploads[chunk.task_id()];
      if (chunk.offset() != stored.size()) return {grpc::StatusCode::INVALID_ARGUMENT, "offset"};
      stored += chunk.chunk();
      out->set_stored(stored.size());
      if (chunk.last() && Sha256(stored) != chunk.sha256()) {
        return {grpc::StatusCode::INVALID_ARGUMENT, "digest"};
      }
      if (++chunks == cut_uploads_after_chunks) {
        cut_uploads_after_chunks = 0;
        return {grpc::StatusCode::UNAVAILABLE, "cut"};
      }
    }
    return grpc::Status::OK;
  }
  grpc::Status Finish(grpc::ServerContext*, const v1::FinishRequest* in,
                      v1::FinishResponse* out) override {
    std::lock_guard lock(mutex);
    const bool current = fences[in->task_id()] == in->fence();
    out->set_accepted(current);
    (current ? finished : stale).push_back(*in);
    if (lose_finish_answers > 0) {
      --lose_finish_answers;
      return {grpc::StatusCode::UNAVAILABLE, "lost"};
    }
    return grpc::Status::OK;
  }

 private:
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace varsam::connector
