#include "services/cli/connector_kit/kit_platform.h"

#include <openssl/sha.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace varsam::cli {
namespace {

constexpr absl::Duration kLeaseTime = absl::Seconds(60);
constexpr absl::Duration kLookEvery = absl::Milliseconds(50);
constexpr size_t kChunkBytesMax = 1 << 20;

const grpc::Status kLeaseLost(grpc::StatusCode::FAILED_PRECONDITION, "another lease exists");
const grpc::Status kAway(grpc::StatusCode::UNAVAILABLE, "the platform is away");

bool IsCode(const std::string& text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string TextsOf(const cv1::Outcome& outcome) {
  return absl::StrCat(outcome.refused().reason(), " ", outcome.needs_human().question(), " ",
                      outcome.failed().reason(), " ", outcome.unsupported().reason());
}

}  // namespace

std::string DigestOf(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return std::string(reinterpret_cast<const char*>(digest), sizeof(digest));
}

absl::StatusOr<std::unique_ptr<KitPlatform>> KitPlatform::Listen(const std::string& address) {
  std::unique_ptr<KitPlatform> platform(new KitPlatform);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(platform.get());
  platform->server_ = builder.BuildAndStart();
  if (platform->server_ == nullptr || port == 0) {
    return ErrorWithReason(absl::StatusCode::kUnavailable, "CANNOT_LISTEN",
                           absl::StrCat("cannot listen on ", address));
  }
  platform->address_ = absl::StrCat(address.substr(0, address.rfind(':')), ":", port);
  return platform;
}

KitPlatform::~KitPlatform() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (server_ != nullptr) server_->Shutdown(absl::ToChronoTime(SystemClock().Now()));
}

void KitPlatform::Offer(const cv1::LeasedTask& task, Manner manner, bool cut_upload) {
  std::lock_guard lock(mutex_);
  const auto [at, fresh] = orders_.try_emplace(task.task_id());
  OrderRecord& record = at->second;
  const uint64_t fence = fresh ? 1 : record.fence + 1;
  record = OrderRecord{};
  record.task = task;
  record.task.set_attempt(static_cast<uint32_t>(fence));
  record.manner = manner;
  record.fence = fence;
  record.cut_upload = cut_upload;
  queue_.push_back(task.task_id());
  changed_.notify_all();
}

std::optional<OrderRecord> KitPlatform::Await(const std::string& task_id,
                                              const std::function<bool(const OrderRecord&)>& wanted,
                                              absl::Duration patience) {
  std::unique_lock lock(mutex_);
  const bool there = changed_.wait_for(lock, absl::ToChronoMilliseconds(patience),
                                       [&] { return wanted(orders_[task_id]); });
  return there ? std::optional(orders_[task_id]) : std::nullopt;
}

std::optional<cv1::HelloRequest> KitPlatform::AwaitHello(int count, absl::Duration patience) {
  std::unique_lock lock(mutex_);
  const auto enough = [&] { return static_cast<int>(hellos_.size()) >= count; };
  if (!changed_.wait_for(lock, absl::ToChronoMilliseconds(patience), enough)) return std::nullopt;
  return hellos_.back();
}

std::optional<cv1::AnnounceRestoreRequest> KitPlatform::AwaitRestore(absl::Duration patience) {
  std::unique_lock lock(mutex_);
  const auto told = [&] { return !restores_.empty(); };
  if (!changed_.wait_for(lock, absl::ToChronoMilliseconds(patience), told)) return std::nullopt;
  return restores_.back();
}

int KitPlatform::hellos() {
  std::lock_guard lock(mutex_);
  return static_cast<int>(hellos_.size());
}

void KitPlatform::SetSkew(absl::Duration skew) {
  std::lock_guard lock(mutex_);
  skew_ = skew;
}

void KitPlatform::FailLeases(int calls) {
  std::lock_guard lock(mutex_);
  failing_leases_ = calls;
}

int KitPlatform::failing_leases() {
  std::lock_guard lock(mutex_);
  return failing_leases_;
}

std::vector<std::string> KitPlatform::Faults() {
  std::lock_guard lock(mutex_);
  return faults_;
}

void KitPlatform::SetTime(google::protobuf::Timestamp* out, absl::Duration ahead) const {
  out->set_seconds(absl::ToUnixSeconds(SystemClock().Now() + skew_ + ahead));
}

std::optional<cv1::LeasedTask> KitPlatform::NextFor(const std::vector<std::string>& systems) {
  for (auto waiting = queue_.begin(); waiting != queue_.end(); ++waiting) {
    OrderRecord& record = orders_[*waiting];
    if (std::ranges::find(systems, record.task.system()) == systems.end()) continue;
    queue_.erase(waiting);
    cv1::LeasedTask lease = record.task;
    lease.set_fence(record.fence);
    SetTime(lease.mutable_lease_until(), kLeaseTime);
    ++record.leased;
    if (record.manner == Manner::kTakeAway) ++record.fence;
    changed_.notify_all();
    return lease;
  }
  return std::nullopt;
}

grpc::Status KitPlatform::Hello(grpc::ServerContext*, const cv1::HelloRequest* in,
                                cv1::HelloResponse* out) {
  std::lock_guard lock(mutex_);
  hellos_.push_back(*in);
  out->set_protocol(1);
  SetTime(out->mutable_server_time(), absl::ZeroDuration());
  if (skew_ != absl::ZeroDuration()) out->add_warnings("CLOCK_SKEW");
  changed_.notify_all();
  return grpc::Status::OK;
}

grpc::Status KitPlatform::Work(
    grpc::ServerContext* context,
    grpc::ServerReaderWriter<cv1::WorkResponse, cv1::WorkRequest>* stream) {
  uint32_t credits = 0;
  bool open = true;
  std::vector<std::string> systems;
  std::thread reader([&] {
    cv1::WorkRequest request;
    while (stream->Read(&request)) {
      std::lock_guard lock(mutex_);
      credits += request.credits();
      if (!request.systems().empty()) {
        systems.assign(request.systems().begin(), request.systems().end());
      }
      changed_.notify_all();
    }
    std::lock_guard lock(mutex_);
    open = false;
    changed_.notify_all();
  });
  std::unique_lock lock(mutex_);
  while (open && !stopping_) {
    std::optional<cv1::LeasedTask> lease;
    if (credits > 0 && failing_leases_ == 0) lease = NextFor(systems);
    if (!lease) {
      changed_.wait_for(lock, absl::ToChronoMilliseconds(kLookEvery));
      continue;
    }
    --credits;
    cv1::WorkResponse response;
    *response.mutable_lease() = *std::move(lease);
    lock.unlock();
    stream->Write(response);
    lock.lock();
  }
  lock.unlock();
  context->TryCancel();
  reader.join();
  return grpc::Status::OK;
}

grpc::Status KitPlatform::LeaseTasks(grpc::ServerContext*, const cv1::LeaseTasksRequest* in,
                                     cv1::LeaseTasksResponse* out) {
  std::lock_guard lock(mutex_);
  if (failing_leases_ > 0) {
    --failing_leases_;
    changed_.notify_all();
    return kAway;
  }
  const std::vector<std::string> systems(in->systems().begin(), in->systems().end());
  for (uint32_t i = 0; i < std::max(1u, in->tasks_max()); ++i) {
    std::optional<cv1::LeasedTask> lease = NextFor(systems);
    if (!lease) break;
    *out->add_tasks() = *std::move(lease);
  }
  return grpc::Status::OK;
}

grpc::Status KitPlatform::Holds(const std::string& task_id, uint64_t fence) {
  const auto order = orders_.find(task_id);
  if (order == orders_.end()) return {grpc::StatusCode::NOT_FOUND, "no such task"};
  return order->second.fence == fence ? grpc::Status::OK : kLeaseLost;
}

grpc::Status KitPlatform::RenewLease(grpc::ServerContext*, const cv1::RenewLeaseRequest* in,
                                     cv1::RenewLeaseResponse* out) {
  std::lock_guard lock(mutex_);
  const grpc::Status holds = Holds(in->task_id(), in->fence());
  if (holds.error_code() == grpc::StatusCode::NOT_FOUND) return holds;
  OrderRecord& record = orders_[in->task_id()];
  ++record.renewed;
  changed_.notify_all();
  if (!holds.ok()) return holds;
  out->set_cancelled(record.manner == Manner::kCancel);
  SetTime(out->mutable_lease_until(), kLeaseTime);
  return grpc::Status::OK;
}

grpc::Status KitPlatform::Report(grpc::ServerContext*, const cv1::ReportRequest* in,
                                 cv1::ReportResponse* out) {
  std::lock_guard lock(mutex_);
  SetTime(out->mutable_lease_until(), kLeaseTime);
  return Holds(in->task_id(), in->fence());
}

grpc::Status KitPlatform::GetUploadOffset(grpc::ServerContext*,
                                          const cv1::GetUploadOffsetRequest* in,
                                          cv1::GetUploadOffsetResponse* out) {
  std::lock_guard lock(mutex_);
  const grpc::Status holds = Holds(in->task_id(), in->fence());
  if (holds.ok()) out->set_offset(orders_[in->task_id()].upload.size());
  return holds;
}

grpc::Status KitPlatform::Store(const cv1::UploadResultRequest& chunk, OrderRecord& record,
                                cv1::UploadResultResponse* out) {
  if (chunk.chunk().size() > kChunkBytesMax) {
    faults_.push_back("a chunk of an upload exceeds 1 MiB");
    return {grpc::StatusCode::INVALID_ARGUMENT, "chunk too large"};
  }
  if (chunk.offset() != record.upload.size()) {
    faults_.push_back(absl::StrCat("an upload went on at byte ", chunk.offset(), ", not at ",
                                   record.upload.size(), ", what GetUploadOffset tells"));
    return {grpc::StatusCode::INVALID_ARGUMENT, "offset"};
  }
  if (record.cut_at > 0 && !record.resumed_at) record.resumed_at = chunk.offset();
  if (record.cut_upload) {
    record.cut_upload = false;
    record.upload += chunk.chunk().substr(0, chunk.chunk().size() / 2);
    record.cut_at = record.upload.size();
    return kAway;
  }
  record.upload += chunk.chunk();
  out->set_stored(record.upload.size());
  if (!chunk.last()) return grpc::Status::OK;
  record.upload_whole = DigestOf(record.upload) == chunk.sha256();
  if (!record.upload_whole) {
    faults_.push_back("the digest of an upload is not that of its bytes");
    return {grpc::StatusCode::INVALID_ARGUMENT, "digest"};
  }
  return grpc::Status::OK;
}

grpc::Status KitPlatform::UploadResult(grpc::ServerContext*,
                                       grpc::ServerReader<cv1::UploadResultRequest>* in,
                                       cv1::UploadResultResponse* out) {
  cv1::UploadResultRequest chunk;
  bool first = true;
  while (in->Read(&chunk)) {
    std::lock_guard lock(mutex_);
    if (const grpc::Status holds = Holds(chunk.task_id(), chunk.fence()); !holds.ok()) return holds;
    OrderRecord& record = orders_[chunk.task_id()];
    record.upload_calls += first ? 1 : 0;
    first = false;
    const grpc::Status stored = Store(chunk, record, out);
    changed_.notify_all();
    if (!stored.ok()) return stored;
  }
  return grpc::Status::OK;
}

// What no report may do.
void KitPlatform::Judge(const cv1::FinishRequest& report, const OrderRecord& record) {
  const cv1::Outcome& outcome = report.outcome();
  const std::string about = absl::StrCat(" (task ", report.task_id(), ")");
  if (outcome.kind_case() == cv1::Outcome::KIND_NOT_SET) {
    faults_.push_back("a report without an outcome" + about);
  }
  if (outcome.has_failed() && !IsCode(outcome.failed().reason())) {
    faults_.push_back("the reason of a failure is no CAPITAL code" + about);
  }
  const std::string texts = TextsOf(outcome);
  for (const auto& identifier : record.task.subject().identifiers()) {
    if (absl::StrContains(texts, identifier.value())) {
      faults_.push_back("the text of a report holds an identifier of the person" + about);
    }
  }
  if (!report.result_sha256().empty() && report.result_sha256() != DigestOf(record.upload)) {
    faults_.push_back("a report names another digest than that of the upload" + about);
  }
}

grpc::Status KitPlatform::Finish(grpc::ServerContext*, const cv1::FinishRequest* in,
                                 cv1::FinishResponse* out) {
  std::lock_guard lock(mutex_);
  const grpc::Status holds = Holds(in->task_id(), in->fence());
  if (holds.error_code() == grpc::StatusCode::NOT_FOUND) return holds;
  OrderRecord& record = orders_[in->task_id()];
  ++record.reports;
  record.last_report = *in;
  const bool accepted = holds.ok() && record.manner != Manner::kCancel;
  if (accepted) Judge(*in, record);
  changed_.notify_all();
  if (record.manner == Manner::kLoseFinish) return kAway;
  if (accepted) record.accepted = *in;
  out->set_accepted(accepted);
  return grpc::Status::OK;
}

grpc::Status KitPlatform::AnnounceRestore(grpc::ServerContext*,
                                          const cv1::AnnounceRestoreRequest* in,
                                          cv1::AnnounceRestoreResponse* out) {
  std::lock_guard lock(mutex_);
  restores_.push_back(*in);
  changed_.notify_all();
  return grpc::Status::OK;
}

}  // namespace varsam::cli
