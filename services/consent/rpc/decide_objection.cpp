#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"
#include "absl/strings/str_cat.h"

namespace varsam::consent {

absl::StatusOr<std::string> ConsentService::SealReasons(const Objection& objection,
                                                        const std::string& reasons) {
  if (reasons.empty()) return std::string();
  const SubjectId subjects[] = {objection.subject};
  RETURN_IF_ERROR(parts_.vault.EnsureKeys(subjects, parts_.clock.Now()));
  return parts_.vault.Seal(
      {"objection", "sealed_reasons", objection.id.AsBytes(), objection.subject}, reasons);
}

grpc::ServerUnaryReactor* ConsentService::DecideObjection(
    grpc::CallbackServerContext* context, const v1::DecideObjectionRequest* request,
    v1::DecideObjectionResponse* response) {
  return rpc::Unary(decide_objection_, context, [&](rpc::Call& call) {
    Read(call, [this, &call, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, *request));
      const std::optional<Uuid> id = Uuid::Parse(request->objection_id());
      if (!id) return InvalidField("objection_id", "not a UUID");
      if (request->outcome() != "upheld" && request->outcome() != "rejected") {
        return InvalidField("outcome", "want upheld or rejected");
      }
      if (request->reasons().size() > kReasonsBytesMax) {
        return InvalidField("reasons", absl::StrCat(request->reasons().size(),
                                                    " bytes, want at most ", kReasonsBytesMax));
      }
      varsam::consent::DecideObjection ask{*id, request->outcome() == "upheld", ""};
      ASSIGN_OR_RETURN(std::optional<Objection> objection,
                       parts_.store.ReadObjection(connection, *id));
      if (objection) {
        ASSIGN_OR_RETURN(ask.sealed_reasons, SealReasons(*objection, request->reasons()));
        options.conflict_keys = {"subject/" + objection->subject.ToString()};
      }
      ASSIGN_OR_RETURN(journal::Committed committed,
                       parts_.journal.SubmitAndWait(operations_.decide_objection, std::move(ask),
                                                    std::move(options)));
      if (committed.batch != nullptr) parts_.on_commit(*committed.batch);
      response->ParseFromString(committed.response);
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::consent
