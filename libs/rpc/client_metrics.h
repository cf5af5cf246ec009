// Counts the calls of a channel: varsam_rpc_client_…{method,code}. Installed by NewChannel when its
// config has metrics.
#pragma once

#include <memory>
#include <vector>

#include "grpcpp/support/client_interceptor.h"
#include "libs/obs/metrics.h"

namespace varsam::rpc {

// A call counts as one, its retries within; one that is let go before its status is CANCELLED.
std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> CountCalls(
    std::shared_ptr<obs::Metrics> metrics);

}  // namespace varsam::rpc
