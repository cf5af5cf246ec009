#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/calendar/stockholm.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::ListSuppressionReviews(
    grpc::CallbackServerContext* context, const v1::ListSuppressionReviewsRequest* request,
    v1::ListSuppressionReviewsResponse* response) {
  return rpc::Unary(list_suppression_reviews_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      RETURN_IF_ERROR(NeedsCatalogue());
      if (request->page_size() < 0 || request->page_size() > kPageRowsMax) {
        return InvalidField("page_size", absl::StrCat(request->page_size(), ", want 0..",
                                                      kPageRowsMax));
      }
      const int rows = request->page_size() == 0 ? kPageRowsDefault : request->page_size();
      std::optional<Uuid> after = Uuid{};
      if (!request->page_token().empty()) after = Uuid::Parse(request->page_token());
      if (!after) return InvalidField("page_token", "not a token of this list");
      const absl::Time now = parts_.clock.Now();
      const auto catalogue = parts_.table.catalogue();
      const PolicyVersion* policy = catalogue->VersionAt(now, absl::InfiniteFuture());
      if (policy == nullptr || !policy->review_suppression) return absl::OkStatus();
      const absl::Time before = calendar::StartOfDay(
          calendar::SubtractPeriod(calendar::LocalDayOf(now), *policy->review_suppression) + 1);
      ASSIGN_OR_RETURN(const std::vector<ConsentStore::Review> due,
                       parts_.store.ReadReviews(connection, before, *after, rows));
      for (const ConsentStore::Review& one : due) {
        v1::SuppressionReview* to = response->add_reviews();
        to->set_suppression_id(one.id.ToString());
        to->set_scope(one.scope);
        ToProto(one.since, to->mutable_since());
      }
      if (static_cast<int>(due.size()) == rows) {
        response->set_next_page_token(due.back().id.ToString());
      }
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::consent
