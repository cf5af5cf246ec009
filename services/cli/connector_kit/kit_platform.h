// The platform's side of the connector protocol on a loopback port, for a connector under test: it
// hands out the orders a case offers and misbehaves as the case says. Safe from every thread;
// everything is under one lock.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/grpcpp.h"
#include "libs/base/clock.h"
#include "varsam/connector/v1/connector_service.grpc.pb.h"

namespace varsam::cli {

namespace cv1 = ::varsam::connector::v1;

// What the platform does about one order.
enum class Manner {
  kKeep,       // the lease holds
  kCancel,     // called off as soon as it is leased
  kTakeAway,   // somebody else has the lease as soon as it is leased
  kLoseFinish  // the report arrives, its answer does not
};

// What has become of one order.
struct OrderRecord {
  cv1::LeasedTask task;
  Manner manner = Manner::kKeep;
  uint64_t fence = 1;
  int leased = 0, renewed = 0, reports = 0, upload_calls = 0;
  bool cut_upload = false;  // once, in the middle of the first chunk
  uint64_t cut_at = 0;      // what was stored when it was cut
  std::optional<uint64_t> resumed_at;
  std::string upload;
  bool upload_whole = false;
  std::optional<cv1::FinishRequest> last_report;  // accepted or not
  std::optional<cv1::FinishRequest> accepted;
};

// Blocking methods, since a case waits for what a connector does and nothing else runs here.
// tidy: allow(shell) it plays the platform for a connector under test; nobody else can call it
class KitPlatform final : public cv1::ConnectorService::Service {
 public:
  // Listens on host:port (0: any free port). UNAVAILABLE when it cannot.
  static absl::StatusOr<std::unique_ptr<KitPlatform>> Listen(const std::string& address);
  ~KitPlatform() override;

  const std::string& address() const { return address_; }

  // Offers an order under a new lease; an id offered before gets the next fence.
  void Offer(const cv1::LeasedTask& task, Manner manner = Manner::kKeep, bool cut_upload = false);
  // Waits until the order's record is as wanted; the record as it then is, or nullopt when time is
  // up.
  std::optional<OrderRecord> Await(const std::string& task_id,
                                   const std::function<bool(const OrderRecord&)>& wanted,
                                   absl::Duration patience);
  std::optional<cv1::HelloRequest> AwaitHello(int count, absl::Duration patience);
  std::optional<cv1::AnnounceRestoreRequest> AwaitRestore(absl::Duration patience);
  int hellos();
  // Added to every time the platform tells.
  void SetSkew(absl::Duration skew);
  // That many calls for tasks fail as if the platform were away.
  void FailLeases(int calls);
  int failing_leases();
  // What every report so far has done wrong, whatever the case.
  std::vector<std::string> Faults();

  grpc::Status Hello(grpc::ServerContext*, const cv1::HelloRequest* in,
                     cv1::HelloResponse* out) override;
  grpc::Status Work(grpc::ServerContext* context,
                    grpc::ServerReaderWriter<cv1::WorkResponse, cv1::WorkRequest>* stream) override;
  grpc::Status LeaseTasks(grpc::ServerContext*, const cv1::LeaseTasksRequest* in,
                          cv1::LeaseTasksResponse* out) override;
  grpc::Status RenewLease(grpc::ServerContext*, const cv1::RenewLeaseRequest* in,
                          cv1::RenewLeaseResponse* out) override;
  grpc::Status Report(grpc::ServerContext*, const cv1::ReportRequest* in,
                      cv1::ReportResponse* out) override;
  grpc::Status GetUploadOffset(grpc::ServerContext*, const cv1::GetUploadOffsetRequest* in,
                               cv1::GetUploadOffsetResponse* out) override;
  grpc::Status UploadResult(grpc::ServerContext*, grpc::ServerReader<cv1::UploadResultRequest>* in,
                            cv1::UploadResultResponse* out) override;
  grpc::Status Finish(grpc::ServerContext*, const cv1::FinishRequest* in,
                      cv1::FinishResponse* out) override;
  grpc::Status AnnounceRestore(grpc::ServerContext*, const cv1::AnnounceRestoreRequest* in,
                               cv1::AnnounceRestoreResponse* out) override;

 private:
  KitPlatform() = default;
  // Under the lock.
  std::optional<cv1::LeasedTask> NextFor(const std::vector<std::string>& systems);
  void SetTime(google::protobuf::Timestamp* out, absl::Duration ahead) const;
  grpc::Status Holds(const std::string& task_id, uint64_t fence);
  void Judge(const cv1::FinishRequest& report, const OrderRecord& record);
  grpc::Status Store(const cv1::UploadResultRequest& chunk, OrderRecord& record,
                     cv1::UploadResultResponse* out);

  std::string address_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> queue_;  // ids that wait
  std::map<std::string, OrderRecord> orders_;
  std::vector<cv1::HelloRequest> hellos_;
  std::vector<cv1::AnnounceRestoreRequest> restores_;
  std::vector<std::string> faults_;
  absl::Duration skew_ = absl::ZeroDuration();
  int failing_leases_ = 0;
  bool stopping_ = false;
  std::unique_ptr<grpc::Server> server_;
};

// SHA-256 of the bytes, 32 bytes.
std::string DigestOf(const std::string& bytes);

}  // namespace varsam::cli
