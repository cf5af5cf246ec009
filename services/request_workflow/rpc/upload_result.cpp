#include "libs/base/running_digest.h"
#include "libs/rpc/stream.h"
#include "services/request_workflow/answer/document_parts.h"
#include "services/request_workflow/rpc/connector_service.h"

namespace varsam::requests {
namespace {

// What has gone through one stream so far: its digest, and whether it can be taken apart later.
class Passed {
 public:
  absl::Status Add(std::string_view bytes) {
    sum_.Add(bytes);
    end_ += static_cast<int64_t>(bytes.size());
    return document_.Feed(bytes);
  }
  std::string Digest() const { return sum_.Sha256(); }
  int64_t end() const { return end_; }

 private:
  RunningDigest sum_;
  const OnRecord nothing_ = [](size_t, std::string_view) { return absl::OkStatus(); };
  DocumentParts document_{nothing_};
  int64_t end_ = 0;
};

// One chunk under a living lease, where the one before it ended. Returns what is stored now.
absl::StatusOr<int64_t> StoreChunk(const ServiceParts& parts, const std::string& peer,
                                   const cv1::UploadResultRequest& request, Passed& passed) {
  ASSIGN_OR_RETURN(const TaskId id, ParseTaskId(request.task_id()));
  if (request.chunk().size() > kUploadChunkBytesMax) {
    return InvalidField("chunk", "want at most 1048576 bytes");
  }
  const auto fence = static_cast<int64_t>(request.fence());
  ASSIGN_OR_RETURN(const Task task, ReadTask(parts, id));
  RETURN_IF_ERROR(CheckLease(task, peer, fence, parts.clock.Now()));
  int64_t end = 0;
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts.pool.Acquire(kPoolWait));
    ASSIGN_OR_RETURN(end, parts.store.ReadUploadEnd(*lease, id, fence));
  }
  if (request.offset() != static_cast<uint64_t>(end)) {
    return ErrorWithReason(absl::StatusCode::kOutOfRange, "UPLOAD_OFFSET",
                           "ask for the offset and go on from there");
  }
  if (request.chunk().empty() && !request.last()) return end;
  if (request.offset() + request.chunk().size() > kUploadBytesMax) {
    return InvalidField("offset", "a result has at most 17179869184 bytes");
  }
  // An upload that goes on after a cut: what came before passes as well.
  if (passed.end() == 0 && end > 0) {
    RETURN_IF_ERROR(ReadUploaded(parts, task, fence, end,
                                 [&](std::string_view bytes) { return passed.Add(bytes); }));
  }
  RETURN_IF_ERROR(passed.Add(request.chunk()));
  Changes changes;
  if (!request.chunk().empty()) {
    ASSIGN_OR_RETURN(UploadChunk chunk, SealChunk(parts, task, fence, end, request.chunk()));
    changes.chunks.push_back(std::move(chunk));
  }
  if (request.last()) {
    changes.upload_digest = UploadDigest{id, fence, passed.Digest()};
    if (changes.upload_digest->sha256 != request.sha256()) {
      return InvalidField("sha256", "does not match what was uploaded");
    }
  }
  WriteAsk write;
  write.want.task_id = id;
  write.decide = [peer, fence, changes = std::move(changes)](
                     const Facts& facts, const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
    RETURN_IF_ERROR(CheckLease(*facts.task, peer, fence, frozen.now));
    return changes;
  };
  journal::SubmitOptions options;
  // Its case does not change: uploads for one case need not wait for each other.
  options.conflict_keys = {"task/" + task.id.ToString()};
  options.bytes = request.chunk().size() + 1024;
  RETURN_IF_ERROR(parts.writer.Write(std::move(write), std::move(options)).status());
  return passed.end();
}

// Reads one chunk, stores it on the worker pool, reads the next. Only this sequence ends the
// stream, so that nothing is freed while a worker still uses it.
class UploadStream final : public rpc::ReadStream<cv1::UploadResultRequest> {
 public:
  UploadStream(rpc::Call& call, const ServiceParts& parts, cv1::UploadResultResponse* response)
      : StreamReactor(call), parts_(parts), response_(response), peer_(call.peer()) {
    Read(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return End(seen_any_ ? absl::OkStatus() : absl::CancelledError("no chunk"));
    seen_any_ = true;
    const bool taken = parts_.workers.Submit([this] { Store(); });
    if (!taken) {
      End(RetryLater(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "too busy",
                     absl::Milliseconds(250)));
    }
  }
  void OnCancel() override {}
  void OnDrain() override {}

 private:
  void Store() {
    const absl::StatusOr<int64_t> stored = StoreChunk(parts_, peer_, request_, passed_);
    if (!stored.ok()) return End(stored.status());
    response_->set_stored(static_cast<uint64_t>(*stored));
    if (request_.last()) return End(absl::OkStatus());
    if (call().cancelled()) return End(absl::CancelledError("cancelled"));
    Read(&request_);
  }

  const ServiceParts& parts_;
  cv1::UploadResultResponse* response_;
  const std::string peer_;
  cv1::UploadResultRequest request_;
  Passed passed_;
  bool seen_any_ = false;
};

}  // namespace

grpc::ServerReadReactor<cv1::UploadResultRequest>* ConnectorService::UploadResult(
    grpc::CallbackServerContext* context, cv1::UploadResultResponse* response) {
  return rpc::Stream<grpc::ServerReadReactor<cv1::UploadResultRequest>>(
      Method("UploadResult"), context,
      [&](rpc::Call& call) { return new UploadStream(call, parts_, response); });
}

}  // namespace varsam::requests
