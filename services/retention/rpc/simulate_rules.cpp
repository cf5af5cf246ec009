#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/retention/rpc/convert_reviews.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::SimulateRules(
    grpc::CallbackServerContext* context, const v1::SimulateRulesRequest* request,
    v1::SimulateRulesResponse* response) {
  return rpc::Unary(simulate_rules_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(const varsam::retention::SimulateRules ask,
                       FromProto(*request, parts_.clock.Now()));
      ASSIGN_OR_RETURN(const Uuid after, PageStart(request->page_token()));
      int people = request->page_size() == 0 ? kSimulatePeopleMax : request->page_size();
      if (people < 1 || people > kSimulatePeopleMax) {
        return InvalidField("page_size", absl::StrCat(people, ", want 1..", kSimulatePeopleMax));
      }
      pg::Tx tx(connection, pg::TxKind::kSnapshot);
      ASSIGN_OR_RETURN(const std::shared_ptr<const Catalogue> catalogue,
                       parts_.store.LoadCatalogue(tx));
      RETURN_IF_ERROR(NeedsPolicy(catalogue.get()));
      ASSIGN_OR_RETURN(const std::vector<std::string> systems, SystemsOf(ask, *catalogue));
      ASSIGN_OR_RETURN(const SimulationPage page,
                       parts_.store.LoadSimulation(tx, systems, SubjectId(after), people));
      ToProto(Simulate(ask, *catalogue, page.people, page.holds), response);
      if (page.next_after) response->set_next_page_token(page.next_after->ToString());
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::retention
