#include <openssl/sha.h>

#include "services/subject_registry/model/parse_policy.h"
#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::ApplyPolicy(grpc::CallbackServerContext* context,
                                                       const v1::ApplyPolicyRequest* request,
                                                       v1::ApplyPolicyResponse* response) {
  return rpc::Unary(apply_policy_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    absl::StatusOr<PolicyModel> model = ParsePolicy(request->yaml());
    if (!model.ok()) return call.Finish(model.status());
    varsam::registry::ApplyPolicy ask{request->yaml(), std::string(SHA256_DIGEST_LENGTH, '\0'),
                                      std::make_shared<const PolicyModel>(*std::move(model))};
    SHA256(reinterpret_cast<const unsigned char*>(ask.yaml.data()), ask.yaml.size(),
           reinterpret_cast<unsigned char*>(ask.sha256.data()));
    options->conflict_keys = {"policy"};
    parts_.journal.Submit(operations_.apply_policy, std::move(ask), *std::move(options),
                          rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::registry
