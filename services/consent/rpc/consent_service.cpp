#include "services/consent/rpc/consent_service.h"

#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "libs/base/error.h"
#include "libs/ledger/receipt.h"
#include "services/consent/rpc/claim_tokens.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

rpc::AccessTable ConsentAccess() {
  rpc::AccessTable access;
  const auto allow = [&](const char* rpc, std::vector<std::string> peers,
                         rpc::MethodRules rules = {}) {
    access.Allow<v1::ConsentService>(rpc, std::move(peers), rules);
  };
  for (const char* rpc : {"RecordConsent", "RecordObjection", "DecideObjection"}) {
    allow(rpc, {"gateway", "request-workflow"}, {.in_flight_max = 4096});
  }
  for (const char* rpc : {"BatchRecordConsents", "UpdatePreferences", "Unsubscribe",
                          "IssueUnsubscribeToken", "ServeNotice", "ConfirmConsent", "ListRenewals",
                          "OpenBanner", "RecordBannerChoices", "LinkSubjects", "UndoLink"}) {
    allow(rpc, {"gateway", "system-*"});
  }
  for (const char* rpc : {"ImportConsents", "ListConsents", "GetReceipt", "GetPreferences",
                          "AddSuppression", "ListSuppressionReviews", "ReviewSuppression"}) {
    allow(rpc, {"gateway", "request-workflow"});
  }
  allow("ScreenSuppressions", {"gateway", "system-*", "connector-*"});
  for (const char* rpc : {"Decide", "BatchDecide"}) {
    allow(rpc, {"gateway", "request-workflow", "retention", "system-*", "connector-*"},
          {.in_flight_max = 4096, .caller = rpc::CallerRule::kIgnored});
  }
  allow("WatchDecisions", {"gateway", "system-*", "connector-*"},
        {.caller = rpc::CallerRule::kIgnored});
  return access;
}

ConsentService::ConsentService(const ServiceParts& parts)
    : parts_(parts),
      operations_(parts.store, parts.table, parts.clock),
      unsubscribe_key_(parts.vault.DeriveKey("token/unsubscribe/1")),
      snapshot_key_(parts.vault.DeriveKey("token/snapshot/1")),
      confirmation_key_(parts.vault.DeriveKey("token/confirmation/1")),
      serve_notice_(Method("ServeNotice")),
      confirm_consent_(Method("ConfirmConsent")),
      import_consents_(Method("ImportConsents")),
      list_renewals_(Method("ListRenewals")),
      open_banner_(Method("OpenBanner")),
      record_banner_choices_(Method("RecordBannerChoices")),
      link_subjects_(Method("LinkSubjects")),
      undo_link_(Method("UndoLink")),
      list_suppression_reviews_(Method("ListSuppressionReviews")),
      review_suppression_(Method("ReviewSuppression")),
      record_consent_(Method("RecordConsent")),
      batch_record_consents_(Method("BatchRecordConsents")),
      list_consents_(Method("ListConsents")),
      get_receipt_(Method("GetReceipt")),
      record_objection_(Method("RecordObjection")),
      decide_objection_(Method("DecideObjection")),
      get_preferences_(Method("GetPreferences")),
      update_preferences_(Method("UpdatePreferences")),
      unsubscribe_(Method("Unsubscribe")),
      issue_unsubscribe_token_(Method("IssueUnsubscribeToken")),
      screen_suppressions_(Method("ScreenSuppressions")),
      add_suppression_(Method("AddSuppression")),
      decide_(Method("Decide")),
      batch_decide_(Method("BatchDecide")),
      watch_decisions_(Method("WatchDecisions")) {
  SetMessageAllocatorFor_BatchDecide(&batch_decide_messages_);
}

absl::Status ConsentService::NeedsCatalogue() const {
  if (parts_.table.has_read(FeedSource::kRegistry)) return absl::OkStatus();
  return RetryLater(absl::StatusCode::kUnavailable, "CATALOGUE_NOT_READ",
                    "the policy has not been read from the registry yet", absl::Milliseconds(500));
}

void ConsentService::WhenThere(rpc::Call& call, uint64_t revision,
                               std::function<absl::Status()> answer) {
  const auto late = [&call] {
    call.Finish(RetryLater(absl::StatusCode::kUnavailable, "REVISION_NOT_YET",
                           "the revision asked for has not been read yet", absl::Milliseconds(50)));
  };
  // A little before the caller's own end, so that the answer still reaches it.
  const absl::Duration until = MonotonicNow() + rpc::TimeLeft(call) - absl::Milliseconds(50);
  const bool parked =
      parts_.gate.Await(revision, until, [&call, late, answer = std::move(answer)](bool there) {
        if (!there) return late();
        call.Finish(answer());
      });
  if (!parked) late();
}

absl::StatusOr<std::optional<ShownNotice>> ConsentService::ShownBy(const std::string& token) const {
  if (token.empty()) return std::optional<ShownNotice>();
  std::optional<ShownNotice> shown = ReadSnapshotToken(token, snapshot_key_);
  if (shown) return shown;
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "SNAPSHOT_UNKNOWN",
                         "snapshot_token: not one of ours");
}

absl::StatusOr<std::string> ConsentService::ReceiptOf(const journal::Committed& committed) const {
  if (committed.batch == nullptr) {
    ASSIGN_OR_RETURN(const ledger::StoredEntry entry, parts_.reader.EntryAt(committed.first_index));
    return ReceiptOf(entry);
  }
  return ledger::RenderReceipt(committed.batch->entry(committed.first_index),
                               committed.batch->Prove(committed.first_index),
                               parts_.ledger.signer());
}

absl::StatusOr<std::string> ConsentService::ReceiptOf(const ledger::StoredEntry& entry) const {
  if (!entry.payload) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "ENTRY_ERASED",
                           "the record was erased");
  }
  ASSIGN_OR_RETURN(ledger::ReceiptFacts facts, ReceiptFactsOf(*entry.payload));
  ASSIGN_OR_RETURN(ledger::Proof proof, parts_.reader.Prove(entry.index));
  return ledger::RenderReceipt(facts, entry, proof, parts_.ledger.signer());
}

absl::StatusOr<ConsentStore::Address> AddressOf(const vault::Vault& vault, const Clock& clock,
                                                int type, const std::string& value,
                                                const std::string& field) {
  const auto kind = static_cast<vault::IdentifierType>(type);
  if (kind != vault::IdentifierType::kEmail && kind != vault::IdentifierType::kPhone) {
    return InvalidField(absl::StrCat(field, ".type"),
                        "want IDENTIFIER_TYPE_EMAIL or IDENTIFIER_TYPE_PHONE");
  }
  const int year = static_cast<int>(absl::ToCivilYear(clock.Now(), absl::UTCTimeZone()).year());
  const absl::StatusOr<std::string> normal = vault::Normalise(kind, value, year);
  if (!normal.ok()) return InvalidField(absl::StrCat(field, ".value"), "not such an address");
  return ConsentStore::Address{type, vault.BlindIndex(kind, *normal)};
}

}  // namespace varsam::consent
