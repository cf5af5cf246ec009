#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::OpenIncomingMail(
    grpc::CallbackServerContext* context, const v1::OpenIncomingMailRequest* request,
    v1::OpenIncomingMailResponse* response) {
  return OnPool(
      parts_, Method("OpenIncomingMail"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        RETURN_IF_ERROR(StaffOnly(call).status());
        const std::optional<Uuid> id = Uuid::Parse(request->mail_id());
        if (!id) return InvalidField("mail_id", "want a UUID");
        IncomingMail mail;
        {
          ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
          ASSIGN_OR_RETURN(mail, parts_.store.ReadIncomingMail(*lease, *id));
        }
        if (mail.state == "ignored") {
          // The intake reads it anew, this time whatever it says of itself.
          mail.state = "arrived";
          mail.reason = kOpenedByStaff;
          ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, *request));
          options.conflict_keys = {"mail/" + std::to_string(mail.uid)};
          WriteAsk write;
          write.decide = [mail](const Facts&, const journal::Frozen&) {
            Changes changes;
            changes.incoming.push_back(mail);
            return absl::StatusOr<Changes>(std::move(changes));
          };
          RETURN_IF_ERROR(parts_.writer.Write(std::move(write), std::move(options)).status());
        }
        *response->mutable_mail() = ToProto(mail);
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
