#include "services/retention/rpc/retention_service.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/ledger/receipt.h"
#include "services/retention/rpc/convert.h"

namespace varsam::retention {

rpc::AccessTable RetentionAccess() {
  rpc::AccessTable access;
  const auto allow = [&](std::initializer_list<const char*> rpcs, std::vector<std::string> peers) {
    for (const char* rpc : rpcs) access.Allow<v1::RetentionService>(rpc, peers);
  };
  allow({"PlanDisposal", "RunDisposal", "GetDisposalRun", "ListDisposals", "PlaceHold",
         "ReleaseHold", "ListHolds", "RegisterBackup", "ListBackups", "ReplayErasures",
         "SimulateRules", "CancelDisposalRun", "OpenReview", "SignReview", "ListReviews",
         "GetStatistics"},
        {"gateway"});
  allow({"ExplainRetention", "GetCertificate", "ListCertificates"},
        {"gateway", "request-workflow"});
  allow({"RecordSignals"}, {"gateway", "connector-*", "request-workflow"});
  allow({"PlanErasure"}, {"request-workflow"});
  return access;
}

RetentionService::RetentionService(const ServiceParts& parts)
    : parts_(parts),
      explain_retention_(Method("ExplainRetention")),
      plan_disposal_(Method("PlanDisposal")),
      run_disposal_(Method("RunDisposal")),
      get_disposal_run_(Method("GetDisposalRun")),
      list_disposals_(Method("ListDisposals")),
      place_hold_(Method("PlaceHold")),
      release_hold_(Method("ReleaseHold")),
      list_holds_(Method("ListHolds")),
      record_signals_(Method("RecordSignals")),
      get_certificate_(Method("GetCertificate")),
      list_certificates_(Method("ListCertificates")),
      register_backup_(Method("RegisterBackup")),
      list_backups_(Method("ListBackups")),
      replay_erasures_(Method("ReplayErasures")),
      plan_erasure_(Method("PlanErasure")),
      simulate_rules_(Method("SimulateRules")),
      cancel_disposal_run_(Method("CancelDisposalRun")),
      open_review_(Method("OpenReview")),
      sign_review_(Method("SignReview")),
      list_reviews_(Method("ListReviews")),
      get_statistics_(Method("GetStatistics")) {}

absl::Status RetentionService::Certify(const StoredCertificate& stored, v1::Certificate* to) {
  RETURN_IF_ERROR(FromRecord(stored, to));
  ASSIGN_OR_RETURN(ledger::StoredEntry entry, parts_.reader.EntryAt(stored.entry_index));
  ASSIGN_OR_RETURN(ledger::Proof proof, parts_.reader.Prove(stored.entry_index));
  ASSIGN_OR_RETURN(*to->mutable_receipt(),
                   ledger::RenderReceipt({"certificate", stored.text_sv, stored.text_en,
                                          stored.record_json},
                                         entry, proof, parts_.ledger.signer()));
  return absl::OkStatus();
}

std::string NameOf(const rpc::Call& call) {
  return call.caller() != nullptr ? call.caller()->id : std::string(call.peer());
}

absl::StatusOr<int> PageRows(int page_size) {
  if (page_size < 0 || page_size > kPageRowsMax) {
    return InvalidField("page_size", absl::StrCat(page_size, ", want 0..", kPageRowsMax));
  }
  return page_size == 0 ? kPageRowsDefault : page_size;
}

absl::StatusOr<Uuid> PageStart(const std::string& page_token) {
  if (page_token.empty()) return Uuid{};
  if (auto id = Uuid::Parse(page_token)) return *id;
  return InvalidField("page_token", "not a token of this list");
}

}  // namespace varsam::retention
