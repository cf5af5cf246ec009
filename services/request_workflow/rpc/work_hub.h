// Leases for connectors that keep a stream open: one thread looks for work whenever something may
// have changed, and at least every kWorkLookEvery; polling is the truth, waking only the haste.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "services/request_workflow/flow/service_parts.h"
#include "varsam/connector/v1/connector_service.pb.h"

namespace varsam::requests {

inline constexpr absl::Duration kWorkLookEvery = absl::Milliseconds(500);
inline constexpr uint32_t kWorkCreditsMax = 256;

// What a stream and the hub share. The stream clears `push` when it ends.
struct WorkState {
  std::mutex mutex;
  std::string peer;
  std::vector<std::string> systems;
  uint32_t credits = 0;
  std::function<void(varsam::connector::v1::WorkResponse)> push;  // called under the mutex
  std::function<void(const absl::Status&)> fail;                  // called under the mutex
};

class WorkHub {
 public:
  explicit WorkHub(const ServiceParts& parts) : parts_(parts) {}
  ~WorkHub() { Stop(); }
  void Start();
  void Stop();
  void Wake();
  void Join(std::shared_ptr<WorkState> state);
  void Leave(const std::shared_ptr<WorkState>& state);

 private:
  void Loop();
  void Serve(WorkState& state);

  const ServiceParts parts_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  bool woken_ = false;
  std::vector<std::shared_ptr<WorkState>> states_;
  std::thread thread_;
};

}  // namespace varsam::requests
