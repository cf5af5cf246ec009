// What the shells stand on. Everything outlives them.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "libs/base/clock.h"
#include "libs/pg/pool.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/shell.h"
#include "libs/rpc/worker_pool.h"
#include "libs/rpc/write.h"
#include "services/request_workflow/domain/policy_view.h"
#include "services/request_workflow/flow/lease_desk.h"
#include "services/request_workflow/flow/writer.h"
#include "services/request_workflow/store/requests_store.h"

namespace varsam::requests {

// The policy in force, as last heard from the registry. Safe from every thread.
class PolicyInForce {
 public:
  // nullptr before the first policy.
  std::shared_ptr<const PolicyView> Get() const {
    std::lock_guard lock(mutex_);
    return view_;
  }
  void Set(PolicyView view) {
    auto fresh = std::make_shared<const PolicyView>(std::move(view));
    std::lock_guard lock(mutex_);
    view_ = std::move(fresh);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const PolicyView> view_;
};

inline constexpr absl::Duration kPoolWait = absl::Seconds(3);

struct ServiceParts {
  RequestsStore& store;
  Writer& writer;
  Texts& texts;
  LeaseDesk& leases;
  pg::Pool& pool;
  rpc::WorkerPool& workers;
  const Clock& clock;
  rpc::Admission& admission;
  PolicyInForce& policy;
  std::string public_url;      // without a slash at its end
  absl::Duration cooling_off;  // between proof by one factor and what cannot be undone
};

// Runs `body` on the worker pool: reads and writes block there, never on a gRPC thread.
template <typename Body>
grpc::ServerUnaryReactor* OnPool(const ServiceParts& parts, rpc::Method& method,
                                 grpc::CallbackServerContext* context, Body body) {
  return rpc::Unary(method, context, [&](rpc::Call& call) {
    rpc::OnWorkers(parts.workers, call,
                   [&call, body = std::move(body)]() mutable { return body(call); });
  });
}

// Who asks. Staff and API clients come with the gateway's word; a person has a session for one
// case.
struct Who {
  bool person = false;
  bool staff = false;
  std::string actor;  // subject, staff:<id>, client:<id>, public
  std::optional<CaseId> own_case;
};
Who WhoAsks(const rpc::Call& call);
// PERMISSION_DENIED STAFF_ONLY.
absl::StatusOr<Who> StaffOnly(const rpc::Call& call);
// Staff, or the person whose case it is; for everybody else it does not exist (NOT_FOUND
// CASE_UNKNOWN).
absl::StatusOr<Who> MayTouch(const rpc::Call& call, CaseId id);

}  // namespace varsam::requests
