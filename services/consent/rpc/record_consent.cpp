#include "libs/base/error.h"
#include "libs/ledger/receipt.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::RecordConsent(grpc::CallbackServerContext* context,
                                                        const v1::RecordConsentRequest* request,
                                                        v1::RecordConsentResponse* response) {
  return rpc::Unary(record_consent_, context, [&](rpc::Call& call) {
    if (absl::Status ready = NeedsCatalogue(); !ready.ok()) return call.Finish(ready);
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    auto ask = FromProto(*request);
    if (!ask.ok()) return call.Finish(ask.status());
    options->conflict_keys = {"subject/" + ask->subject.ToString()};
    parts_.journal.Submit(
        operations_.record_consent, *std::move(ask), *std::move(options),
        [this, &call, response](absl::StatusOr<journal::Committed> committed) {
          if (!committed.ok()) return call.Finish(committed.status());
          response->ParseFromString(committed->response);
          if (committed->batch == nullptr) {  // a replay: the proof stands in the ledger
            return rpc::OnWorkers(
                parts_.workers, call,
                [this, response, index = committed->first_index]() -> absl::Status {
                  ASSIGN_OR_RETURN(*response->mutable_receipt(), ReceiptAt(index));
                  return absl::OkStatus();
                });
          }
          parts_.on_commit(*committed->batch);
          const ledger::PlacedEntry& entry = committed->batch->entry(committed->first_index);
          absl::StatusOr<ledger::ReceiptFacts> facts = ReceiptFactsOf(entry.payload);
          if (!facts.ok()) return call.Finish(facts.status());
          absl::StatusOr<std::string> receipt =
              ledger::RenderReceipt(*facts, ledger::ToStored(entry),
                                    committed->batch->Prove(entry.index), parts_.ledger.signer());
          if (!receipt.ok()) return call.Finish(receipt.status());
          response->set_receipt(*std::move(receipt));
          call.Finish(absl::OkStatus());
        });
  });
}

}  // namespace varsam::consent
