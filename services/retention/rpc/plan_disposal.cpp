#include <algorithm>

#include "absl/strings/numbers.h"
#include "libs/base/error.h"
#include "libs/calendar/stockholm.h"
#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/convert_plan.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::PlanDisposal(grpc::CallbackServerContext* context,
                                                         const v1::PlanDisposalRequest* request,
                                                         v1::PlanDisposalResponse* response) {
  return rpc::Unary(plan_disposal_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      absl::Time as_of = parts_.clock.Now();
      if (request->has_as_of()) {
        ASSIGN_OR_RETURN(as_of, FromProto(request->as_of(), "as_of"));
      }
      ASSIGN_OR_RETURN(const int rows, PageRows(request->page_size()));
      uint64_t start = 0;
      if (!request->page_token().empty() && !absl::SimpleAtoi(request->page_token(), &start)) {
        return InvalidField("page_token", "not a token of this list");
      }
      pg::Tx tx(connection, pg::TxKind::kSnapshot);
      ASSIGN_OR_RETURN(RunDisposalFacts facts,
                       parts_.store.LoadDue(tx, calendar::LocalDayOf(as_of)));
      RETURN_IF_ERROR(NeedsPolicy(facts.catalogue.get()));
      const DisposalPlan plan =
          PlanDisposals(*facts.catalogue, facts.candidates, facts.holds, as_of,
                        {request->systems().begin(), request->systems().end()},
                        // What will be read until a day to come nobody knows.
                        SilentSystems(facts.heard, std::min(as_of, parts_.clock.Now())));
      RenderPlan(plan, start, rows, response);
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::retention
