#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::UndoLink(grpc::CallbackServerContext* context,
                                                   const v1::UndoLinkRequest* request,
                                                   v1::UndoLinkResponse* response) {
  return rpc::Unary(undo_link_, context, [&](rpc::Call& call) {
    Read(call, [this, &call, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, *request));
      const std::optional<Uuid> id = Uuid::Parse(request->link_id());
      if (!id) return InvalidField("link_id", "not a UUID");
      ASSIGN_OR_RETURN(const std::optional<SubjectLink> link,
                       parts_.store.ReadLink(connection, *id));
      if (link) {
        options.conflict_keys = {"subject/" + link->subject.ToString(),
                                 "subject/" + link->browser.ToString()};
      }
      ASSIGN_OR_RETURN(journal::Committed committed,
                       parts_.journal.SubmitAndWait(operations_.undo_link,
                                                    varsam::consent::UndoLink{*id},
                                                    std::move(options)));
      if (committed.batch != nullptr) parts_.on_commit(*committed.batch);
      response->ParseFromString(committed.response);
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::consent
