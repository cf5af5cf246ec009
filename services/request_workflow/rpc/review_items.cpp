// What was found and needs a person's eye before it goes out: listing it, deciding it.
#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {
namespace {

v1::ReviewItem ToProto(const ReviewItem& item) {
  v1::ReviewItem out;
  out.set_id(item.id);
  out.set_system(item.system);
  out.set_path(item.path);
  out.set_kind(item.kind);
  out.set_decision(item.decision);
  out.set_code(item.code);
  out.set_decided_by(item.decided_by);
  return out;
}

}  // namespace

grpc::ServerUnaryReactor* RequestsService::ListReviewItems(
    grpc::CallbackServerContext* context, const v1::ListReviewItemsRequest* request,
    v1::ListReviewItemsResponse* response) {
  return OnPool(parts_, Method("ListReviewItems"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  RETURN_IF_ERROR(StaffOnly(call).status());
                  ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
                  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
                  ASSIGN_OR_RETURN(const CaseView view, parts_.store.ReadCase(*lease, id));
                  for (const ReviewItem& item : view.file.c.review) {
                    *response->add_items() = ToProto(item);
                  }
                  return absl::OkStatus();
                });
}

grpc::ServerUnaryReactor* RequestsService::DecideReviewItem(
    grpc::CallbackServerContext* context, const v1::DecideReviewItemRequest* request,
    v1::DecideReviewItemResponse* response) {
  return OnPool(
      parts_, Method("DecideReviewItem"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
        ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
        varsam::requests::DecideReviewItem ask{request->item_id(), request->decision(), who.actor};
        RETURN_IF_ERROR(Change(call, *request, id, std::move(ask)).status());
        ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
        ASSIGN_OR_RETURN(const CaseView view, parts_.store.ReadCase(*lease, id));
        for (const ReviewItem& item : view.file.c.review) {
          if (item.id == request->item_id()) *response->mutable_item() = ToProto(item);
        }
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
