#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::UpdatePreferences(
    grpc::CallbackServerContext* context, const v1::UpdatePreferencesRequest* request,
    v1::UpdatePreferencesResponse* response) {
  return rpc::Unary(update_preferences_, context, [&](rpc::Call& call) {
    if (absl::Status ready = NeedsCatalogue(); !ready.ok()) return call.Finish(ready);
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    auto ask = FromProto(*request);
    if (!ask.ok()) return call.Finish(ask.status());
    options->conflict_keys = {"subject/" + ask->subject.ToString()};
    parts_.journal.Submit(operations_.update_preferences, *std::move(ask), *std::move(options),
                          FinishWrite(call, response));
  });
}

}  // namespace varsam::consent
