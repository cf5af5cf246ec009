#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"
#include "services/consent/rpc/unsubscribe_token.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::Unsubscribe(
    grpc::CallbackServerContext* context, const v1::UnsubscribeRequest* request,
    v1::UnsubscribeResponse* response) {
  return rpc::Unary(unsubscribe_, context, [&](rpc::Call& call) {
    const auto link = ReadUnsubscribeToken(request->token(), unsubscribe_key_);
    if (!link) {
      return call.Finish(ErrorWithReason(absl::StatusCode::kNotFound, "TOKEN_UNKNOWN",
                                         "token: not a link of ours"));
    }
    // No request id: a second click is told apart by what stands in the books (domain/objection.h).
    journal::SubmitOptions options;
    options.time_left = rpc::TimeLeft(call);
    options.conflict_keys = {"subject/" + link->subject.ToString()};
    parts_.journal.Submit(
        operations_.unsubscribe,
        varsam::consent::Unsubscribe{link->subject, request->scope() == "all"},
        std::move(options),
        [this, &call, response](absl::StatusOr<journal::Committed> committed) {
          if (!committed.ok()) return call.Finish(committed.status());
          if (committed->batch != nullptr) parts_.on_commit(*committed->batch);
          v1::RecordObjectionResponse recorded;
          recorded.ParseFromString(committed->response);
          response->set_revision(recorded.revision());
          call.Finish(absl::OkStatus());
        });
  });
}

}  // namespace varsam::consent
