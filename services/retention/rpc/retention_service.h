// The RPCs of retention; each stands in a file of its own name. Writes go through the journal,
// reads take a connection on the worker pool.
#pragma once

#include "libs/base/clock.h"
#include "libs/journal/journal.h"
#include "libs/ledger/ledger.h"
#include "libs/ledger/reader.h"
#include "libs/pg/pool.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/shell.h"
#include "libs/rpc/worker_pool.h"
#include "libs/rpc/write.h"
#include "services/retention/rpc/operations.h"
#include "varsam/retention/v1/retention_service.grpc.pb.h"

namespace varsam::retention {

inline constexpr int kSignalsBatchMax = 500;

// Who may call what; deny by default.
rpc::AccessTable RetentionAccess();

// What the shells stand on; all of it outlives the service.
struct ServiceParts {
  RetentionStore& store;
  const Operations& operations;
  journal::Journal& journal;
  const ledger::Ledger& ledger;
  const ledger::Reader& reader;
  pg::Pool& pool;
  rpc::WorkerPool& workers;
  const varsam::Clock& clock;
  rpc::Admission& admission;
  // OK once every feed has been read to its end: before that a hold-back the others know of may be
  // missing here. UNAVAILABLE FEEDS_BEHIND.
  std::function<absl::Status()> feeds_ready;
  // Wall and monotonic clock, or nothing while a file drives the time.
  std::function<std::optional<ClockAnchor>()> read_clocks;
};

class RetentionService final : public v1::RetentionService::CallbackService {
 public:
  explicit RetentionService(const ServiceParts& parts);

#define VARSAM_RPC(Name)                                                                         \
  grpc::ServerUnaryReactor* Name(grpc::CallbackServerContext* context,                           \
                                 const v1::Name##Request* request, v1::Name##Response* response) \
      override
  VARSAM_RPC(ExplainRetention);
  VARSAM_RPC(PlanDisposal);
  VARSAM_RPC(RunDisposal);
  VARSAM_RPC(GetDisposalRun);
  VARSAM_RPC(ListDisposals);
  VARSAM_RPC(PlaceHold);
  VARSAM_RPC(ReleaseHold);
  VARSAM_RPC(ListHolds);
  VARSAM_RPC(RecordSignals);
  VARSAM_RPC(GetCertificate);
  VARSAM_RPC(ListCertificates);
  VARSAM_RPC(RegisterBackup);
  VARSAM_RPC(ListBackups);
  VARSAM_RPC(ReplayErasures);
  VARSAM_RPC(PlanErasure);
  VARSAM_RPC(SimulateRules);
  VARSAM_RPC(CancelDisposalRun);
  VARSAM_RPC(OpenReview);
  VARSAM_RPC(SignReview);
  VARSAM_RPC(ListReviews);
  VARSAM_RPC(GetStatistics);
#undef VARSAM_RPC

 private:
  rpc::Method& Method(const char* rpc) { return parts_.admission.For<v1::RetentionService>(rpc); }
  // Runs a read on the worker pool with a connection that waits no longer than the caller.
  template <typename Body>
  void Read(rpc::Call& call, Body body);
  // The signed document of a certificate, with a proof against the newest checkpoint.
  absl::Status Certify(const StoredCertificate& stored, v1::Certificate* to);

  ServiceParts parts_;
  rpc::Method &explain_retention_, &plan_disposal_, &run_disposal_, &get_disposal_run_,
      &list_disposals_, &place_hold_, &release_hold_, &list_holds_, &record_signals_,
      &get_certificate_, &list_certificates_, &register_backup_, &list_backups_,
      &replay_erasures_, &plan_erasure_, &simulate_rules_, &cancel_disposal_run_, &open_review_,
      &sign_review_, &list_reviews_, &get_statistics_;
};

template <typename Body>
void RetentionService::Read(rpc::Call& call, Body body) {
  rpc::OnWorkers(parts_.workers, call, [this, &call, body = std::move(body)]() -> absl::Status {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(rpc::TimeLeft(call)));
    return body(*lease);
  });
}

// Who calls: the person behind the gateway, else the peer.
std::string NameOf(const rpc::Call& call);
// "page_size: 0..500"; 0 is the default.
absl::StatusOr<int> PageRows(int page_size);
// Tokens are the last row's id.
absl::StatusOr<Uuid> PageStart(const std::string& page_token);

}  // namespace varsam::retention
