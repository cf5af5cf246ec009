// Who is calling, after authentication.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/rpc/assertion.h"

namespace varsam::gateway {

struct Principal {
  bool anonymous = true;
  rpc::Caller caller;  // meaningful unless anonymous

  bool IsPerson() const { return !anonymous && caller.kind == rpc::CallerKind::kPerson; }
  // May this principal act in one of these roles (a row of the operation table)?
  bool MayActAs(const std::vector<std::string>& roles) const;
  // Scopes idempotency keys and limits: two principals never share one.
  std::string Key() const {
    return anonymous ? "public" : absl::StrCat(static_cast<int>(caller.kind), ":", caller.id);
  }
};

}  // namespace varsam::gateway
