#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"
#include "absl/strings/str_cat.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::ScreenSuppressions(
    grpc::CallbackServerContext* context, const v1::ScreenSuppressionsRequest* request,
    v1::ScreenSuppressionsResponse* response) {
  return rpc::Unary(screen_suppressions_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      if (request->identifiers_size() > kSuppressionsScreenMax) {
        return InvalidField("identifiers", absl::StrCat(request->identifiers_size(),
                                                        ", want at most ",
                                                        kSuppressionsScreenMax));
      }
      std::vector<ConsentStore::Address> addresses;
      for (int i = 0; i < request->identifiers_size(); ++i) {
        ASSIGN_OR_RETURN(ConsentStore::Address address,
                         AddressOf(parts_.vault, parts_.clock, request->identifiers(i).type(),
                                   request->identifiers(i).value(),
                                   absl::StrCat("identifiers[", i, "]")));
        addresses.push_back(std::move(address));
      }
      ASSIGN_OR_RETURN(std::vector<bool> suppressed,
                       parts_.store.ReadSuppressed(connection, addresses));
      for (const bool one : suppressed) response->add_suppressed(one);
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::consent
