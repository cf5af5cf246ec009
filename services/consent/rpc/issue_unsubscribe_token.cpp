#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"
#include "services/consent/rpc/unsubscribe_token.h"
#include "absl/strings/str_cat.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::IssueUnsubscribeToken(
    grpc::CallbackServerContext* context, const v1::IssueUnsubscribeTokenRequest* request,
    v1::IssueUnsubscribeTokenResponse* response) {
  return rpc::Unary(issue_unsubscribe_token_, context, [&](rpc::Call& call) {
    const auto subject = rpc::ParseSubjectId(request->subject_id());
    if (!subject.ok()) return call.Finish(subject.status());
    if (request->mailing().size() > kMailingBytesMax) {
      return call.Finish(InvalidField("mailing", absl::StrCat(request->mailing().size(),
                                                              " bytes, want at most ",
                                                              kMailingBytesMax)));
    }
    response->set_token(MakeUnsubscribeToken({*subject, request->mailing()}, unsubscribe_key_));
    response->set_path("/u/" + response->token());
    call.Finish(absl::OkStatus());
  });
}

}  // namespace varsam::consent
