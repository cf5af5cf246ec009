#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"

namespace varsam::consent {

// Pages are parts of the table: a page ends with the part that fills it.
grpc::ServerUnaryReactor* ConsentService::ListRenewals(grpc::CallbackServerContext* context,
                                                       const v1::ListRenewalsRequest* request,
                                                       v1::ListRenewalsResponse* response) {
  return rpc::Unary(list_renewals_, context, [&](rpc::Call& call) {
    rpc::OnWorkers(parts_.workers, call, [this, request, response]() -> absl::Status {
      RETURN_IF_ERROR(NeedsCatalogue());
      if (request->page_size() < 0 || request->page_size() > kPageRowsMax) {
        return InvalidField("page_size", absl::StrCat(request->page_size(), ", want 0..",
                                                      kPageRowsMax));
      }
      const int rows = request->page_size() == 0 ? kPageRowsDefault : request->page_size();
      const auto catalogue = parts_.table.catalogue();
      const CataloguePurpose* purpose =
          catalogue->FindAnywhere(request->purpose(), absl::InfiniteFuture());
      if (purpose == nullptr) {
        return ErrorWithReason(absl::StatusCode::kNotFound, "PURPOSE_UNKNOWN",
                               "purpose: not in the policy");
      }
      uint32_t part = 0;
      if (!request->page_token().empty() && (!absl::SimpleAtoi(request->page_token(), &part) ||
                                             part >= DecisionTable::kParts)) {
        return InvalidField("page_token", "not a token of this list");
      }
      const absl::Time now = parts_.clock.Now();
      for (; part < DecisionTable::kParts && response->subject_ids_size() < rows; ++part) {
        for (const SubjectId subject : parts_.table.RenewalsIn(part, purpose->purpose, now)) {
          response->add_subject_ids(subject.ToString());
        }
      }
      if (part < DecisionTable::kParts) response->set_next_page_token(absl::StrCat(part));
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::consent
