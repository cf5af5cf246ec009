// Who may call what over HTTP. One table; what has no row is refused, and a test fails when an RPC
// with an HTTP rule has none.
//
// Roles of staff and API clients come from their token; the two below come from elsewhere.
//   public   anybody, without signing in: what proves the right to act is in the message itself
//   person   a person signed in by a case link, for the own case only
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace varsam::gateway {

inline constexpr std::string_view kRolePublic = "public";
inline constexpr std::string_view kRolePerson = "person";

struct Operation {
  std::string_view method;  // full name: varsam.consent.v1.ConsentService.Decide
  std::vector<std::string_view> roles;
};

const std::vector<Operation>& Operations();

// Empty when the method has no row.
std::vector<std::string> RolesOf(std::string_view method);

// The roles a token may carry; others in it are ignored.
bool IsTokenRole(std::string_view role);

}  // namespace varsam::gateway
