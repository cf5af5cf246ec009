#include <openssl/sha.h>

#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::PublishNotice(grpc::CallbackServerContext* context,
                                                         const v1::PublishNoticeRequest* request,
                                                         v1::PublishNoticeResponse* response) {
  return rpc::Unary(publish_notice_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    absl::StatusOr<Notice> notice = FromProto(request->notice());
    if (!notice.ok()) return call.Finish(notice.status());
    notice->text_sha256.assign(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(notice->text.data()), notice->text.size(),
           reinterpret_cast<unsigned char*>(notice->text_sha256.data()));
    options->conflict_keys = {"notice/" + notice->id};
    parts_.journal.Submit(operations_.publish_notice,
                          varsam::registry::PublishNotice{*std::move(notice)}, *std::move(options),
                          rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::registry
