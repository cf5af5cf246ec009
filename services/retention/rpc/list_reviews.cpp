#include "services/retention/rpc/convert_reviews.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {
namespace {

constexpr int kReviewsMax = 100;

}  // namespace

grpc::ServerUnaryReactor* RetentionService::ListReviews(grpc::CallbackServerContext* context,
                                                        const v1::ListReviewsRequest* request,
                                                        v1::ListReviewsResponse* response) {
  return rpc::Unary(list_reviews_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(const std::vector<Review> reviews,
                       parts_.store.ReadReviews(connection, request->system(), kReviewsMax));
      const absl::Time now = parts_.clock.Now();
      for (const Review& one : reviews) ToProto(one, now, response->add_reviews());
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::retention
