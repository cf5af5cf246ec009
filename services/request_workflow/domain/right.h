// The ten rights a person can use (GDPR arts 7, 15-22, 77), in the words of the policy model. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace varsam::requests {

enum class Right : int8_t {
  kAccess,              // 15
  kRectification,       // 16
  kErasure,             // 17
  kRestriction,         // 18
  kPortability,         // 20
  kObjectionMarketing,  // 21(2)-(3)
  kObjectionLi,         // 21(1)
  kWithdrawConsent,     // 7(3)
  kHumanReview,         // 22
  kComplaintImy,        // 77
};

inline constexpr std::array kAllRights = {
    Right::kAccess,      Right::kRectification,      Right::kErasure,     Right::kRestriction,
    Right::kPortability, Right::kObjectionMarketing, Right::kObjectionLi, Right::kWithdrawConsent,
    Right::kHumanReview, Right::kComplaintImy};

// The key in the policy model: "access", "objection_li", …
std::string_view NameOf(Right right);
// nullopt for a name the model does not know.
std::optional<Right> RightOf(std::string_view name);

// Works at the instant it arrives; no assessment, no due date (arts 7(3), 21(3)).
constexpr bool IsImmediate(Right right) {
  return right == Right::kObjectionMarketing || right == Right::kWithdrawConsent;
}

}  // namespace varsam::requests
