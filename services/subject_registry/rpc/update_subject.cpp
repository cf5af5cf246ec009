#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {
namespace {

absl::StatusOr<varsam::registry::UpdateSubject> FromProto(const v1::UpdateSubjectRequest& request) {
  varsam::registry::UpdateSubject ask;
  ASSIGN_OR_RETURN(ask.subject, rpc::ParseSubjectId(request.subject().id(), "subject.id"));
  if (!absl::SimpleAtoi(request.subject().etag(), &ask.revision)) {
    return InvalidField("subject.etag", "missing, want the etag that was read");
  }
  if (request.update_mask().empty()) return InvalidField("update_mask", "empty");
  for (const std::string& path : request.update_mask()) {
    if (path == "categories") {
      ask.categories.emplace(request.subject().categories().begin(),
                             request.subject().categories().end());
    } else if (path == "capacity") {
      ask.capacity = CapacityFrom(request.subject().capacity());
      if (!ask.capacity) return InvalidField("subject.capacity", "missing");
    } else if (path == "soft_opt_in") {
      ask.soft_opt_in = varsam::registry::FromProto(request.subject().soft_opt_in());
    } else if (path == "language") {
      ask.language = request.subject().language();
    } else {
      return InvalidField("update_mask", absl::StrCat(path, ", want categories, capacity, ",
                                                      "soft_opt_in or language"));
    }
  }
  return ask;
}

}  // namespace

grpc::ServerUnaryReactor* RegistryService::UpdateSubject(grpc::CallbackServerContext* context,
                                                         const v1::UpdateSubjectRequest* request,
                                                         v1::UpdateSubjectResponse* response) {
  return rpc::Unary(update_subject_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    auto ask = FromProto(*request);
    if (!ask.ok()) return call.Finish(ask.status());
    options->conflict_keys = {"subject/" + ask->subject.ToString()};
    parts_.journal.Submit(operations_.update_subject, *std::move(ask), *std::move(options),
                          rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::registry
