#include "services/retention/rpc/convert_reviews.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::GetStatistics(grpc::CallbackServerContext* context,
                                                          const v1::GetStatisticsRequest*,
                                                          v1::GetStatisticsResponse* response) {
  return rpc::Unary(get_statistics_, context, [&](rpc::Call& call) {
    Read(call, [this, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(std::vector<StatisticsCell> cells, parts_.store.ReadCounts(connection));
      for (const StatisticsCell& cell : Publishable(std::move(cells))) {
        ToProto(cell, response->add_cells());
      }
      response->set_cell_min(kCellMin);
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::retention
