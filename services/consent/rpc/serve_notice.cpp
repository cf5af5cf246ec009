#include "libs/base/error.h"
#include "services/consent/rpc/claim_tokens.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

absl::StatusOr<ConsentService::Served> ConsentService::Serve(const std::string& notice_id,
                                                             const std::string& language,
                                                             const std::string& ui_sha256,
                                                             SubjectId subject) const {
  RETURN_IF_ERROR(NeedsCatalogue());
  const bool hash = ui_sha256.size() == 64 &&
                    ui_sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (!ui_sha256.empty() && !hash) {
    return InvalidField("ui_sha256", "want 64 hexadecimal digits in lower case");
  }
  const absl::Time now = parts_.clock.Now();
  Served served{.alive = parts_.table.catalogue()};
  served.notice = served.alive->NoticeAt(notice_id, language.empty() ? "sv" : language, now);
  if (served.notice == nullptr || served.notice->text == nullptr) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "NOTICE_UNKNOWN",
                           "notice_id: no such text in that language");
  }
  served.shown = {.notice = served.notice->ref,
                  .ui_sha256 = ui_sha256,
                  .subject = subject,
                  .shown_at = now,
                  .valid_until = now + kSnapshotLife};
  served.token = MakeSnapshotToken(served.shown, snapshot_key_);
  return served;
}

grpc::ServerUnaryReactor* ConsentService::ServeNotice(grpc::CallbackServerContext* context,
                                                      const v1::ServeNoticeRequest* request,
                                                      v1::ServeNoticeResponse* response) {
  return rpc::Unary(serve_notice_, context, [&](rpc::Call&) -> absl::Status {
    SubjectId subject;
    if (!request->subject_id().empty()) {
      ASSIGN_OR_RETURN(subject, rpc::ParseSubjectId(request->subject_id()));
    }
    ASSIGN_OR_RETURN(const Served served, Serve(request->notice_id(), request->language(),
                                                request->ui_sha256(), subject));
    ToProto(served.notice->ref, response->mutable_notice());
    response->set_text(*served.notice->text);
    for (const std::string& purpose : served.notice->purposes) response->add_purposes(purpose);
    response->set_snapshot_token(served.token);
    ToProto(served.shown.valid_until, response->mutable_valid_until());
    return absl::OkStatus();
  });
}

}  // namespace varsam::consent
