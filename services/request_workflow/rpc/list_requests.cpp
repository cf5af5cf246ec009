#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

grpc::ServerUnaryReactor* RequestsService::ListRequests(grpc::CallbackServerContext* context,
                                                        const v1::ListRequestsRequest* request,
                                                        v1::ListRequestsResponse* response) {
  return OnPool(parts_, Method("ListRequests"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  const Who who = WhoAsks(call);
                  ListFilter filter;
                  if (!who.staff) {
                    if (!who.own_case) return StaffOnly(call).status();
                    filter.only = who.own_case;
                  }
                  for (const int state : request->states()) filter.states.push_back(state);
                  if (!request->subject_id().empty()) {
                    ASSIGN_OR_RETURN(filter.subject, rpc::ParseSubjectId(request->subject_id()));
                  }
                  if (request->page_size() < 0 || request->page_size() > kPageRowsMax) {
                    return InvalidField("page_size",
                                        std::to_string(request->page_size()) + ", want 0..500");
                  }
                  if (request->page_size() > 0) filter.rows_max = request->page_size();
                  filter.after = request->page_token();
                  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
                  ASSIGN_OR_RETURN(
                      std::vector<CaseView> views,
                      parts_.store.ReadCases(*lease, filter, response->mutable_next_page_token()));
                  for (const CaseView& view : views) {
                    *response->add_cases() = ToProto(view, parts_.clock.Now());
                  }
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
