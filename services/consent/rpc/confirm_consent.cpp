#include "libs/base/error.h"
#include "services/consent/rpc/claim_tokens.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::ConfirmConsent(grpc::CallbackServerContext* context,
                                                         const v1::ConfirmConsentRequest* request,
                                                         v1::ConfirmConsentResponse* response) {
  return rpc::Unary(confirm_consent_, context, [&](rpc::Call& call) {
    if (absl::Status ready = NeedsCatalogue(); !ready.ok()) return call.Finish(ready);
    Read(call, [this, &call, request, response](pg::Connection& connection) -> absl::Status {
      const auto ask = ReadConfirmationToken(request->token(), confirmation_key_);
      std::optional<RecordedConsent> requested;
      if (ask) {
        ASSIGN_OR_RETURN(requested, parts_.store.ReadConsent(connection, ask->requested));
      }
      if (!requested) {
        return ErrorWithReason(absl::StatusCode::kNotFound, "TOKEN_UNKNOWN",
                               "token: not a link of ours");
      }
      journal::SubmitOptions options;
      options.time_left = rpc::TimeLeft(call);
      options.conflict_keys = {"subject/" + requested->subject.ToString()};
      ASSIGN_OR_RETURN(
          journal::Committed committed,
          parts_.journal.SubmitAndWait(operations_.confirm_consent, *ask, std::move(options)));
      if (committed.batch != nullptr) parts_.on_commit(*committed.batch);
      response->ParseFromString(committed.response);
      ASSIGN_OR_RETURN(*response->mutable_receipt(), ReceiptOf(committed));
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::consent
