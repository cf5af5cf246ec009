#include "services/gateway/auth/principal.h"

#include "services/gateway/auth/operations.h"

namespace varsam::gateway {

bool Principal::MayActAs(const std::vector<std::string>& roles) const {
  for (const std::string& role : roles) {
    if (role == kRolePublic) return true;
    if (anonymous) continue;
    if (role == kRolePerson ? IsPerson() : !IsPerson() && caller.HasRole(role)) return true;
  }
  return false;
}

}  // namespace varsam::gateway
