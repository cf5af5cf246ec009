#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::RecordDisclosure(
    grpc::CallbackServerContext* context, const v1::RecordDisclosureRequest* request,
    v1::RecordDisclosureResponse* response) {
  return rpc::Unary(record_disclosure_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    absl::StatusOr<Disclosure> disclosure = FromProto(request->disclosure());
    if (!disclosure.ok()) return call.Finish(disclosure.status());
    options->conflict_keys = {"subject/" + disclosure->subject.ToString()};
    parts_.journal.Submit(operations_.record_disclosure,
                          varsam::registry::RecordDisclosure{*std::move(disclosure)},
                          *std::move(options), rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::registry
