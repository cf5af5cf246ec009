// Server reflection (grpc.reflection.v1 and v1alpha) for operators: which services a server has and
// what their protos say, from the descriptors linked into the program. gRPC's packaged plugin
// answers everybody; this one is an rpc like any other, admitted by the access table.
//
//   rpc::AllowReflection(access, {"operator"});
//   rpc::Reflection reflection(access, admission);
//   rpc::Server::Start(config, admission, metrics, {&consent, reflection.v1(), …});
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "grpcpp/impl/service_type.h"
#include "libs/rpc/admission.h"

namespace varsam::rpc {

// Questions one stream may ask; one more: RESOURCE_EXHAUSTED, reason REFLECTION_LIMIT.
inline constexpr int kReflectionAsksMax = 1000;

void AllowReflection(AccessTable& access, const std::vector<std::string>& peers);

// Lists the services named in `access`; describes whatever is linked. Thread-safe; must outlive the
// server. `admission` must outlive it.
class Reflection {
 public:
  Reflection(const AccessTable& access, Admission& admission);
  ~Reflection();

  grpc::Service* v1() const;
  grpc::Service* v1alpha() const;

 private:
  std::vector<std::string> services_;
  std::unique_ptr<grpc::Service> v1_;
  std::unique_ptr<grpc::Service> v1alpha_;
};

}  // namespace varsam::rpc
