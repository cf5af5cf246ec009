#include "libs/calendar/stockholm.h"
#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/flow/new_letter.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::LiftRestriction(
    grpc::CallbackServerContext* context, const v1::LiftRestrictionRequest* request,
    v1::LiftRestrictionResponse* response) {
  return OnPool(
      parts_, Method("LiftRestriction"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
        ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
        if (request->reason().size() > kMethodBytesMax) {
          return InvalidField("reason", "want at most 100 bytes");
        }
        varsam::requests::LiftRestriction ask;
        ask.lift_at = FromProto(request->lift_at());
        ask.reason = request->reason();
        ask.actor = who.actor;
        ASSIGN_OR_RETURN(const std::string contact, ContactOf(parts_, id));
        if (!contact.empty()) {
          CaseView view;
          {
            ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
            ASSIGN_OR_RETURN(view, parts_.store.ReadCase(*lease, id));
          }
          LetterValues values;
          values.due_date = calendar::LocalDayOf(ask.lift_at).ToString();
          values.reason_code = ask.reason;
          ASSIGN_OR_RETURN(OutgoingMail notice,
                           NewLetter(parts_, view.file.c, contact, LetterKind::kLifting, values));
          ask.notice.push_back(std::move(notice));
        }
        ASSIGN_OR_RETURN(*response->mutable_case_(), Change(call, *request, id, std::move(ask)));
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
