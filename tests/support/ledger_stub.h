// A LedgerService whose answers a test writes, behind the real server, admission and shells. It
// stands for "some service" in the tests of libs/rpc and libs/client.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "libs/obs/metrics.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/shell.h"
#include "libs/rpc/worker_pool.h"
#include "varsam/ledger/v1/ledger_service.grpc.pb.h"

namespace varsam::testing {

using ledger::v1::LedgerService;

// GetCheckpoint runs `answer` inline, ListEntries on a worker pool, GetTile is held until
// ReleaseHeld(), Tail writes the entries put in so far and those that come. VerifyLog is
// implemented but no table allows it.
class LedgerStub final : public LedgerService::CallbackService {
 public:
  using Answer = std::function<absl::Status(rpc::Call&, ledger::v1::GetCheckpointResponse*)>;

  LedgerStub(rpc::Admission& admission, rpc::WorkerPool& workers);
  ~LedgerStub() override;

  // Before calls come.
  void SetAnswer(Answer answer) { answer_ = std::move(answer); }
  void AddEntries(int count);
  // Ends every Tail with UNAVAILABLE, as a crash would.
  void BreakStreams();
  void ReleaseHeld();
  int held() const;
  // The next batches skip one index.
  void SetHole(bool hole) { hole_ = hole; }

  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext*,
                                          const ledger::v1::GetCheckpointRequest*,
                                          ledger::v1::GetCheckpointResponse*) override;
  grpc::ServerUnaryReactor* GetTile(grpc::CallbackServerContext*, const ledger::v1::GetTileRequest*,
                                    ledger::v1::GetTileResponse*) override;
  grpc::ServerUnaryReactor* ListEntries(grpc::CallbackServerContext*,
                                        const ledger::v1::ListEntriesRequest*,
                                        ledger::v1::ListEntriesResponse*) override;
  grpc::ServerUnaryReactor* VerifyLog(grpc::CallbackServerContext*,
                                      const ledger::v1::VerifyLogRequest*,
                                      ledger::v1::VerifyLogResponse*) override;
  grpc::ServerWriteReactor<ledger::v1::TailResponse>* Tail(grpc::CallbackServerContext*,
                                                           const ledger::v1::TailRequest*) override;

 private:
  friend class TailStream;
  rpc::Method& get_checkpoint_;
  rpc::Method& get_tile_;
  rpc::Method& list_entries_;
  rpc::Method& verify_log_;
  rpc::Method& tail_;
  rpc::WorkerPool& workers_;
  Answer answer_;
  mutable std::mutex mutex_;
  uint64_t size_ = 0;
  bool hole_ = false;
  std::vector<rpc::Call*> held_;
  std::vector<class TailStream*> streams_;
};

// The access the tests agree on: gateway all but ListEntries and VerifyLog, retention ListEntries
// and Tail.
rpc::AccessTable TestAccess();

// One running service called "consent".
struct TestService {
  explicit TestService(rpc::ServerConfig config, rpc::AccessTable access = TestAccess(),
                       const rpc::CallerVerifier* verifier = nullptr);
  ~TestService();
  std::string target() const;  // "dns:///localhost:port"
  std::string health_target() const;

  std::shared_ptr<obs::Metrics> metrics = std::make_shared<obs::Metrics>();
  rpc::Admission admission;
  rpc::WorkerPool workers;
  LedgerStub stub;
  std::unique_ptr<rpc::Server> server;
};

rpc::ServerConfig TestServerConfig();  // development, every port free, service "consent"

// One GetCheckpoint within 5 seconds.
absl::Status CallOnce(const std::shared_ptr<grpc::Channel>& channel,
                      std::string_view assertion = "");

}  // namespace varsam::testing
