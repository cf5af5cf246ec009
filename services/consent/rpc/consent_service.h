// The consent service's RPCs; each stands in a file of its own name. Writes go through the
// journal, Decide is answered from memory on the gRPC thread, the other reads take a connection on
// the worker pool.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/journal/journal.h"
#include "libs/ledger/ledger.h"
#include "libs/ledger/reader.h"
#include "libs/pg/pool.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/arena_messages.h"
#include "libs/rpc/shell.h"
#include "libs/rpc/stream.h"
#include "libs/rpc/worker_pool.h"
#include "libs/rpc/write.h"
#include "libs/vault/vault.h"
#include "services/consent/rpc/operations.h"
#include "services/consent/store/change_hub.h"
#include "services/consent/store/revision_gate.h"
#include "varsam/consent/v1/consent_service.grpc.pb.h"

namespace varsam::consent {

inline constexpr int kDecisionsBatchMax = 1000;
inline constexpr int kSuppressionsScreenMax = 1000;

// Who may call what; deny by default.
rpc::AccessTable ConsentAccess();

// What the shells stand on; all of it outlives the service.
struct ServiceParts {
  ConsentStore& store;
  DecisionTable& table;
  RevisionGate& gate;
  ChangeHub& hub;
  journal::Journal& journal;
  const ledger::Ledger& ledger;
  const ledger::Reader& reader;
  pg::Pool& pool;
  rpc::WorkerPool& workers;
  vault::Vault& vault;
  const Clock& clock;
  rpc::Admission& admission;
  // Told of each batch right after its commit, before its callers are.
  std::function<void(const ledger::CommittedBatch&)> on_commit;
};

class ConsentService final : public v1::ConsentService::CallbackService {
 public:
  explicit ConsentService(const ServiceParts& parts);

#define VARSAM_RPC(Name)                                                                         \
  grpc::ServerUnaryReactor* Name(grpc::CallbackServerContext* context,                           \
                                 const v1::Name##Request* request, v1::Name##Response* response) \
      override
  VARSAM_RPC(RecordConsent);
  VARSAM_RPC(BatchRecordConsents);
  VARSAM_RPC(ServeNotice);
  VARSAM_RPC(ConfirmConsent);
  VARSAM_RPC(ImportConsents);
  VARSAM_RPC(ListRenewals);
  VARSAM_RPC(OpenBanner);
  VARSAM_RPC(RecordBannerChoices);
  VARSAM_RPC(LinkSubjects);
  VARSAM_RPC(UndoLink);
  VARSAM_RPC(ListSuppressionReviews);
  VARSAM_RPC(ReviewSuppression);
  VARSAM_RPC(ListConsents);
  VARSAM_RPC(GetReceipt);
  VARSAM_RPC(RecordObjection);
  VARSAM_RPC(DecideObjection);
  VARSAM_RPC(GetPreferences);
  VARSAM_RPC(UpdatePreferences);
  VARSAM_RPC(Unsubscribe);
  VARSAM_RPC(IssueUnsubscribeToken);
  VARSAM_RPC(ScreenSuppressions);
  VARSAM_RPC(AddSuppression);
  VARSAM_RPC(Decide);
  VARSAM_RPC(BatchDecide);
#undef VARSAM_RPC
  grpc::ServerWriteReactor<v1::WatchDecisionsResponse>* WatchDecisions(
      grpc::CallbackServerContext* context, const v1::WatchDecisionsRequest* request) override;

 private:
  rpc::Method& Method(const char* rpc) { return parts_.admission.For<v1::ConsentService>(rpc); }
  // Runs a read on the worker pool with a connection that waits no longer than the caller.
  template <typename Body>
  void Read(rpc::Call& call, Body body) {
    rpc::OnWorkers(parts_.workers, call, [this, &call, body = std::move(body)]() -> absl::Status {
      ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(rpc::TimeLeft(call)));
      return body(*lease);
    });
  }
  // A journal::Done: the batch has its effect on the table, then the caller is answered.
  template <typename Response>
  auto FinishWrite(rpc::Call& call, Response* response) {
    return [this, finish = rpc::FinishWrite(call, response)](
               absl::StatusOr<journal::Committed> committed) {
      if (committed.ok() && committed->batch != nullptr) parts_.on_commit(*committed->batch);
      finish(std::move(committed));
    };
  }
  // UNAVAILABLE until the registry's ledger has been read once: writes are judged by the policy.
  absl::Status NeedsCatalogue() const;
  // Runs `answer` once the table has reached the revision; then the call is finished with its
  // status, or with UNAVAILABLE REVISION_NOT_YET.
  void WhenThere(rpc::Call& call, uint64_t revision, std::function<absl::Status()> answer);
  // Where the answer may be kept: until when.
  void AddHoldsUntil(const v1::DecisionQuery& query, const Question& question,
                     v1::Decision* decision) const;
  // FAILED_PRECONDITION ENTRY_ERASED when nothing is left of it.
  absl::StatusOr<std::string> ReceiptOf(const ledger::StoredEntry& entry) const;
  // What RecordConsent once answered, from its entry.
  absl::Status ReadRecorded(uint64_t index, v1::RecordConsentResponse* response);
  // The receipt of a choice just committed, or of a replayed one.
  absl::StatusOr<std::string> ReceiptOf(const journal::Committed& committed) const;
  // INVALID_ARGUMENT SNAPSHOT_UNKNOWN; nullopt for no token.
  absl::StatusOr<std::optional<ShownNotice>> ShownBy(const std::string& token) const;
  // The text in force, with a token for whom it is served to. NOT_FOUND NOTICE_UNKNOWN.
  struct Served {
    std::shared_ptr<const Catalogue> alive;
    const Notice* notice = nullptr;
    ShownNotice shown;
    std::string token;
  };
  absl::StatusOr<Served> Serve(const std::string& notice_id, const std::string& language,
                               const std::string& ui_sha256, SubjectId subject) const;
  // The browser's id is its own: PERMISSION_DENIED BROWSER_ID_FOREIGN for a person's.
  absl::StatusOr<SubjectId> BrowserOf(const std::string& browser_id) const;
  // What the browser's signal answers, where it has not been written down yet.
  absl::Status HonourSignal(rpc::Call& call, pg::Connection& connection, const Served& served);
  absl::StatusOr<varsam::consent::BatchRecordConsents> BannerAsk(
      const v1::RecordBannerChoicesRequest& request) const;
  void SetPurposes(const Served& served, bool gpc, v1::OpenBannerResponse* response) const;
  // Free text about a person, under their own key.
  absl::StatusOr<std::string> SealReasons(const Objection& objection, const std::string& reasons);
  // The state of each purpose (and recipient) that the choices are about.
  void AddStates(SubjectId subject, const std::vector<RecordedConsent>& consents,
                 v1::ListConsentsResponse* response) const;

  ServiceParts parts_;
  rpc::ArenaMessages<v1::BatchDecideRequest, v1::BatchDecideResponse> batch_decide_messages_;
  Operations operations_;
  const std::string unsubscribe_key_, snapshot_key_, confirmation_key_;
  rpc::Method &serve_notice_, &confirm_consent_, &import_consents_, &list_renewals_, &open_banner_,
      &record_banner_choices_, &link_subjects_, &undo_link_, &list_suppression_reviews_,
      &review_suppression_;
  rpc::Method &record_consent_, &batch_record_consents_, &list_consents_, &get_receipt_,
      &record_objection_, &decide_objection_, &get_preferences_, &update_preferences_,
      &unsubscribe_, &issue_unsubscribe_token_, &screen_suppressions_, &add_suppression_, &decide_,
      &batch_decide_, &watch_decisions_;
};

// The key an address is found by. INVALID_FIELD naming `field`, never the value.
absl::StatusOr<ConsentStore::Address> AddressOf(const vault::Vault& vault, const Clock& clock,
                                                int type, const std::string& value,
                                                const std::string& field);

}  // namespace varsam::consent
