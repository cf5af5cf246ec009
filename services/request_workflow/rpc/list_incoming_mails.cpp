#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::ListIncomingMails(
    grpc::CallbackServerContext* context, const v1::ListIncomingMailsRequest* request,
    v1::ListIncomingMailsResponse* response) {
  return OnPool(
      parts_, Method("ListIncomingMails"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        RETURN_IF_ERROR(StaffOnly(call).status());
        if (request->page_size() < 0 || request->page_size() > kPageRowsMax) {
          return InvalidField("page_size", std::to_string(request->page_size()) + ", want 0..500");
        }
        const int32_t rows = request->page_size() > 0 ? request->page_size() : kPageRowsDefault;
        ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
        ASSIGN_OR_RETURN(
            const std::vector<IncomingMail> mails,
            parts_.store.ReadIncomingMails(*lease, request->state(), request->page_token(), rows));
        for (const IncomingMail& mail : mails) *response->add_mails() = ToProto(mail);
        if (static_cast<int32_t>(mails.size()) == rows) {
          response->set_next_page_token(mails.back().id.ToString());
        }
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
