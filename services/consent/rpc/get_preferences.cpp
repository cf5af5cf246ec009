#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::GetPreferences(
    grpc::CallbackServerContext* context, const v1::GetPreferencesRequest* request,
    v1::GetPreferencesResponse* response) {
  return rpc::Unary(get_preferences_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(SubjectId subject, rpc::ParseSubjectId(request->subject_id()));
      ASSIGN_OR_RETURN(Preferences preferences,
                       parts_.store.ReadPreferences(connection, subject));
      ToProto(preferences, response->mutable_preferences());
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::consent
