#include "libs/rpc/client_metrics.h"

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "libs/base/clock.h"

namespace varsam::rpc {
namespace {

using grpc::experimental::InterceptionHookPoints;

class Counted final : public grpc::experimental::Interceptor {
 public:
  explicit Counted(obs::RpcMetrics& metrics) : metrics_(metrics), started_(MonotonicNow()) {
    metrics_.Started();
  }
  ~Counted() override { Finish(grpc::StatusCode::CANCELLED); }

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(InterceptionHookPoints::POST_RECV_STATUS)) {
      Finish(methods->GetRecvStatus()->error_code());
    }
    methods->Proceed();
  }

 private:
  void Finish(grpc::StatusCode code) {
    if (finished_) return;
    finished_ = true;
    metrics_.Finished(static_cast<int>(code), MonotonicNow() - started_);
  }

  obs::RpcMetrics& metrics_;
  const absl::Duration started_;
  bool finished_ = false;
};

class CountedCalls final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit CountedCalls(std::shared_ptr<obs::Metrics> metrics) : metrics_(std::move(metrics)) {}

  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo* info) override {
    return new Counted(Of(info->method()));
  }

 private:
  // `path` is "/varsam.x.v1.Service/Rpc", of the generated code.
  obs::RpcMetrics& Of(std::string_view path) {
    path.remove_prefix(path.starts_with('/') ? 1 : 0);
    std::lock_guard lock(mutex_);
    const auto known = methods_.find(path);
    if (known != methods_.end()) return *known->second;
    obs::RpcMetrics& fresh = metrics_->AddRpcClient(std::string(path));
    methods_.emplace(path, &fresh);
    return fresh;
  }

  const std::shared_ptr<obs::Metrics> metrics_;
  std::mutex mutex_;
  std::map<std::string, obs::RpcMetrics*, std::less<>> methods_;
};

}  // namespace

std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> CountCalls(
    std::shared_ptr<obs::Metrics> metrics) {
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> all;
  all.push_back(std::make_unique<CountedCalls>(std::move(metrics)));
  return all;
}

}  // namespace varsam::rpc
