#include "libs/base/error.h"
#include "libs/ledger/receipt.h"
#include "services/consent/rpc/claim_tokens.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {
namespace {

// Made of what was recorded, so that a replay gives the same token.
void AddConfirmation(const std::string& key, v1::RecordConsentResponse* response) {
  const v1::ConsentEvent& event = response->event();
  const absl::Time recorded = absl::FromUnixMicros(event.recorded_at().seconds() * 1'000'000 +
                                                   event.recorded_at().nanos() / 1000);
  const ConfirmConsent claims{*Uuid::Parse(event.id()), recorded + kConfirmationLife};
  response->set_confirmation_token(MakeConfirmationToken(claims, key));
  ToProto(claims.valid_until, response->mutable_confirmation_valid_until());
}

}  // namespace

grpc::ServerUnaryReactor* ConsentService::RecordConsent(grpc::CallbackServerContext* context,
                                                        const v1::RecordConsentRequest* request,
                                                        v1::RecordConsentResponse* response) {
  return rpc::Unary(record_consent_, context, [&](rpc::Call& call) {
    if (absl::Status ready = NeedsCatalogue(); !ready.ok()) return call.Finish(ready);
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    auto ask = FromProto(*request);
    if (!ask.ok()) return call.Finish(ask.status());
    auto shown = ShownBy(request->snapshot_token());
    if (!shown.ok()) return call.Finish(shown.status());
    ask->shown = *std::move(shown);
    options->conflict_keys = {"subject/" + ask->subject.ToString()};
    parts_.journal.Submit(
        operations_.record_consent, *std::move(ask), *std::move(options),
        [this, &call, request, response](absl::StatusOr<journal::Committed> committed) {
          if (!committed.ok()) return call.Finish(committed.status());
          const uint64_t index = committed->first_index;
          response->set_revision(index + 1);
          if (committed->batch == nullptr) {  // a replay: what was done stands in the ledger
            return rpc::OnWorkers(parts_.workers, call,
                                  [this, request, response, index]() -> absl::Status {
                                    RETURN_IF_ERROR(ReadRecorded(index, response));
                                    if (request->confirmation_wanted())
                                      AddConfirmation(confirmation_key_, response);
                                    return absl::OkStatus();
                                  });
          }
          parts_.on_commit(*committed->batch);
          const ledger::PlacedEntry& entry = committed->batch->entry(index);
          if (absl::Status read = RecordedEventFrom(entry.payload, response->mutable_event());
              !read.ok()) {
            return call.Finish(read);
          }
          if (request->confirmation_wanted()) AddConfirmation(confirmation_key_, response);
          absl::StatusOr<std::string> receipt =
              ledger::RenderReceipt(entry, committed->batch->Prove(index), parts_.ledger.signer());
          if (!receipt.ok()) return call.Finish(receipt.status());
          response->set_receipt(*std::move(receipt));
          call.Finish(absl::OkStatus());
        });
  });
}

absl::Status ConsentService::ReadRecorded(uint64_t index, v1::RecordConsentResponse* response) {
  ASSIGN_OR_RETURN(const ledger::StoredEntry entry, parts_.reader.EntryAt(index));
  ASSIGN_OR_RETURN(*response->mutable_receipt(), ReceiptOf(entry));
  return RecordedEventFrom(*entry.payload, response->mutable_event());
}

}  // namespace varsam::consent
