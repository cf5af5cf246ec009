// varsam.ledger.v1.LedgerService over the log of this process's service. Written once, mounted by
// all four.
//
//   ledger::AllowLedger(access, {"consent", "retention"});
//   ledger::LedgerService service(ledger, pool, workers, admission);
//   rpc::Server::Start(config, admission, metrics, {&own_service, &service});
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libs/ledger/ledger.h"
#include "libs/ledger/reader.h"
#include "libs/ledger/tail.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/worker_pool.h"
#include "varsam/ledger/v1/ledger_service.grpc.pb.h"

namespace varsam::ledger {

// The gateway may read what is public and have the log verified; `feed_readers` may follow it.
void AllowLedger(rpc::AccessTable& access, const std::vector<std::string>& feed_readers);

class LedgerService final : public v1::LedgerService::CallbackService {
 public:
  // All must outlive the service; the server must be drained before it is destroyed.
  LedgerService(Ledger& ledger, pg::Pool& pool, rpc::WorkerPool& workers,
                rpc::Admission& admission);
  ~LedgerService() override;

  grpc::ServerUnaryReactor* GetCheckpoint(grpc::CallbackServerContext* context,
                                          const v1::GetCheckpointRequest* request,
                                          v1::GetCheckpointResponse* response) override;
  grpc::ServerUnaryReactor* GetTile(grpc::CallbackServerContext* context,
                                    const v1::GetTileRequest* request,
                                    v1::GetTileResponse* response) override;
  grpc::ServerUnaryReactor* ListEntries(grpc::CallbackServerContext* context,
                                        const v1::ListEntriesRequest* request,
                                        v1::ListEntriesResponse* response) override;
  grpc::ServerUnaryReactor* GetProof(grpc::CallbackServerContext* context,
                                     const v1::GetProofRequest* request,
                                     v1::GetProofResponse* response) override;
  grpc::ServerUnaryReactor* VerifyLog(grpc::CallbackServerContext* context,
                                      const v1::VerifyLogRequest* request,
                                      v1::VerifyLogResponse* response) override;
  grpc::ServerWriteReactor<v1::TailResponse>* Tail(grpc::CallbackServerContext* context,
                                                   const v1::TailRequest* request) override;

 private:
  Ledger& ledger_;
  pg::Pool& pool_;
  const Reader reader_;
  rpc::WorkerPool& workers_;
  rpc::Method& get_checkpoint_;
  rpc::Method& get_tile_;
  rpc::Method& list_entries_;
  rpc::Method& get_proof_;
  rpc::Method& verify_log_;
  rpc::Method& tail_method_;
  TailPump pump_;
};

}  // namespace varsam::ledger
