#include <deque>

#include "libs/rpc/stream.h"
#include "services/request_workflow/rpc/connector_service.h"

namespace varsam::requests {
namespace {

class WorkStream final : public rpc::BidiStream<cv1::WorkRequest, cv1::WorkResponse> {
 public:
  WorkStream(rpc::Call& call, WorkHub& hub)
      : StreamReactor(call), hub_(hub), state_(std::make_shared<WorkState>()) {
    state_->peer = std::string(call.peer());
    state_->push = [this](cv1::WorkResponse response) { Push(std::move(response)); };
    state_->fail = [this](const absl::Status& status) {
      ended_ = status;
      Pump();
    };
    hub_.Join(state_);
    Read(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) {
      std::lock_guard lock(state_->mutex);
      ended_ = absl::OkStatus();
      return Pump();
    }
    {
      std::lock_guard lock(state_->mutex);
      state_->credits = std::min(state_->credits + request_.credits(), kWorkCreditsMax);
      if (!request_.systems().empty()) {
        state_->systems.assign(request_.systems().begin(), request_.systems().end());
      }
    }
    hub_.Wake();
    Read(&request_);
  }

  void OnWriteDone(bool ok) override {
    std::lock_guard lock(state_->mutex);
    writing_ = false;
    if (!ok) ended_ = absl::CancelledError("the connector is gone");
    Pump();
  }

  void OnCancel() override {
    std::lock_guard lock(state_->mutex);
    ended_ = absl::CancelledError("cancelled");
    Pump();
  }

  void OnDrain() override {
    std::lock_guard lock(state_->mutex);
    ended_ = RetryLater(absl::StatusCode::kUnavailable, "DRAINING", "the server is shutting down",
                        absl::Milliseconds(100));
    Pump();
  }

  void OnDone() override {
    {
      std::lock_guard lock(state_->mutex);
      state_->push = nullptr;
      state_->fail = nullptr;
    }
    hub_.Leave(state_);
    StreamReactor::OnDone();
  }

 private:
  // All three under the state's mutex: one write at a time, and none after the end.
  void Push(cv1::WorkResponse response) {
    queue_.push_back(std::move(response));
    Pump();
  }
  void Pump() {
    if (writing_ || finished_) return;
    if (ended_.has_value()) {
      finished_ = true;
      return End(*ended_);
    }
    if (queue_.empty()) return;
    current_ = std::move(queue_.front());
    queue_.pop_front();
    writing_ = true;
    Write(&current_);
  }

  WorkHub& hub_;
  const std::shared_ptr<WorkState> state_;
  cv1::WorkRequest request_;
  cv1::WorkResponse current_;
  std::deque<cv1::WorkResponse> queue_;
  std::optional<absl::Status> ended_;
  bool writing_ = false;
  bool finished_ = false;
};

}  // namespace

grpc::ServerBidiReactor<cv1::WorkRequest, cv1::WorkResponse>* ConnectorService::Work(
    grpc::CallbackServerContext* context) {
  return rpc::Stream<grpc::ServerBidiReactor<cv1::WorkRequest, cv1::WorkResponse>>(
      Method("Work"), context, [&](rpc::Call& call) { return new WorkStream(call, hub_); });
}

}  // namespace varsam::requests
