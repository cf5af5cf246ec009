#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::AddSuppression(
    grpc::CallbackServerContext* context, const v1::AddSuppressionRequest* request,
    v1::AddSuppressionResponse* response) {
  return rpc::Unary(add_suppression_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    auto address = AddressOf(parts_.vault, parts_.clock, request->identifier().type(),
                             request->identifier().value(), "identifier");
    if (!address.ok()) return call.Finish(address.status());
    options->conflict_keys = {"address/" + address->hash};
    parts_.journal.Submit(
        operations_.add_suppression,
        varsam::consent::AddSuppression{address->identifier_type, address->hash, request->scope()},
        *std::move(options), FinishWrite(call, response));
  });
}

}  // namespace varsam::consent
