#include "services/request_workflow/domain/right.h"

namespace varsam::requests {

std::string_view NameOf(Right right) {
  switch (right) {
    case Right::kAccess:
      return "access";
    case Right::kRectification:
      return "rectification";
    case Right::kErasure:
      return "erasure";
    case Right::kRestriction:
      return "restriction";
    case Right::kPortability:
      return "portability";
    case Right::kObjectionMarketing:
      return "objection_marketing";
    case Right::kObjectionLi:
      return "objection_li";
    case Right::kWithdrawConsent:
      return "withdraw_consent";
    case Right::kHumanReview:
      return "human_review";
    case Right::kComplaintImy:
      return "complaint_imy";
  }
  return "";
}

std::optional<Right> RightOf(std::string_view name) {
  for (Right right : kAllRights) {
    if (NameOf(right) == name) return right;
  }
  return std::nullopt;
}

}  // namespace varsam::requests
