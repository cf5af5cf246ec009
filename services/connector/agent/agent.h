// The agent: introduces its systems, leases their tasks, one at a time for each system, and carries
// them out. Outbound only.
#pragma once

#include <atomic>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/clock.h"
#include "libs/obs/metrics.h"
#include "services/connector/agent/backoff.h"
#include "services/connector/agent/run_task.h"
#include "services/connector/system_gate.h"

namespace varsam::connector {

inline constexpr uint32_t kProtocol = 1;

struct AgentConfig {
  std::string software_version = "0.1.0";
  absl::Duration poll = absl::Milliseconds(500);   // while there is nothing to do
  absl::Duration backoff_cap = absl::Seconds(30);  // while the platform does not answer
  absl::Duration hello_every = absl::Minutes(5);   // so that drift is seen while it runs
  TaskRules rules;
  std::map<std::string, SystemGate> gates;  // by system
};

class Agent {
 public:
  // Adapters, platform, memory, clock and metrics outlive the agent.
  Agent(AgentConfig config, Platform& platform, TaskMemory& memory, const Clock& clock,
        std::vector<Adapter*> adapters, obs::Metrics& metrics);
  // Stops: takes no further task, finishes the one in work.
  ~Agent();

  // Checks every mapping and says hello. The warnings of the platform are logged and returned. A
  // system whose mapping does not fit is left out (and logged): none of its tasks is taken.
  absl::StatusOr<std::vector<std::string>> SayHello();
  // For whoever else calls an adapter (the inventory): holds its tasks off meanwhile.
  std::mutex& InWork(const std::string& system) { return in_work_.at(system); }
  // Leases and carries out at most one task of the system: its outcome as of TaskRunner::Run, or ""
  // when there was none.
  absl::StatusOr<std::string> WorkOnce(Adapter& adapter);

  void Start();
  void Stop();
  // Serving: has said hello and was answered at the last call.
  bool ready() const { return ready_.load(std::memory_order_acquire); }

 private:
  void Loop(Adapter& adapter);
  // One round; how long to wait before the next.
  absl::Duration Round(Adapter& adapter, Backoff& backoff);
  bool Wait(absl::Duration time);
  bool Serves(const std::string& system);

  const AgentConfig config_;
  Platform& platform_;
  const Clock& clock_;
  const std::vector<Adapter*> adapters_;
  LeaseKeeper leases_;
  TaskRunner runner_;
  std::map<std::string, std::map<std::string, obs::Counter*>> outcomes_;  // system, outcome
  obs::Counter& platform_failures_;
  std::atomic<bool> ready_{false};
  std::map<std::string, std::mutex> in_work_;  // one call at a time for each adapter
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::map<std::string, bool> serves_;  // guarded by mutex_
  std::vector<std::thread> threads_;
};

}  // namespace varsam::connector
