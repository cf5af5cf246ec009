#include "services/connector/agent/agent.h"

#include <array>
#include <chrono>

#include "libs/base/status_macros.h"
#include "libs/obs/log.h"

namespace varsam::connector {
namespace {

constexpr std::array<const char*, 10> kOutcomes = {
    "done",   "no_data",     "partly_kept", "refused", "needs_human",
    "failed", "unsupported", "cancelled",   "lost",    "unreported"};

}  // namespace

Agent::Agent(AgentConfig config, Platform& platform, TaskMemory& memory, const Clock& clock,
             std::vector<Adapter*> adapters, obs::Metrics& metrics)
    : config_(std::move(config)),
      platform_(platform),
      clock_(clock),
      adapters_(std::move(adapters)),
      leases_(platform),
      runner_(platform, leases_, memory, clock, config_.rules),
      platform_failures_(metrics.AddCounter("varsam_connector_platform_failures_total",
                                            "Calls to the platform that failed")) {
  for (Adapter* adapter : adapters_) {
    in_work_.try_emplace(adapter->system());
    for (const char* outcome : kOutcomes) {
      outcomes_[adapter->system()][outcome] =
          &metrics.AddCounter("varsam_connector_tasks_total", "Tasks taken, by what became of them",
                              {{"system", adapter->system()}, {"outcome", outcome}});
    }
  }
}

Agent::~Agent() { Stop(); }

absl::StatusOr<std::vector<std::string>> Agent::SayHello() {
  v1::HelloRequest request;
  request.set_software_version(config_.software_version);
  request.set_protocol_min(kProtocol);
  request.set_protocol_max(kProtocol);
  request.set_parallelism(static_cast<uint32_t>(adapters_.size()));
  const absl::Time now = clock_.Now();
  request.mutable_agent_time()->set_seconds(absl::ToUnixSeconds(now));
  for (Adapter* adapter : adapters_) {
    std::lock_guard working(InWork(adapter->system()));
    const auto digest = adapter->CheckMapping();
    {
      std::lock_guard lock(mutex_);
      serves_[adapter->system()] = digest.ok();
    }
    if (!digest.ok()) {
      obs::Log(obs::Level::kError, "mapping_refused",
               {obs::F("system", adapter->system()), obs::F("error", digest.status())});
      continue;
    }
    v1::ServedSystem* const served = request.add_systems();
    *served = ToProto(adapter->system(), adapter->Capabilities(), *digest);
    const auto gate = config_.gates.find(adapter->system());
    if (gate == config_.gates.end()) continue;
    for (const std::string& window : gate->second.closed) served->add_closed(window);
    served->set_tasks_per_hour_max(gate->second.tasks_per_hour_max);
  }
  if (request.systems().empty()) return absl::FailedPreconditionError("no system can be served");
  ASSIGN_OR_RETURN(const v1::HelloResponse response, platform_.Hello(request));
  std::vector<std::string> warnings(response.warnings().begin(), response.warnings().end());
  for (const std::string& warning : warnings) {
    obs::Log(obs::Level::kWarn, "platform_warns", {obs::F("warning", warning)});
  }
  ready_.store(true, std::memory_order_release);
  return warnings;
}

absl::StatusOr<std::string> Agent::WorkOnce(Adapter& adapter) {
  v1::LeaseTasksRequest request;
  request.add_systems(adapter.system());
  request.set_tasks_max(1);
  std::lock_guard working(InWork(adapter.system()));
  ASSIGN_OR_RETURN(const v1::LeaseTasksResponse leased, platform_.LeaseTasks(request));
  if (leased.tasks().empty()) return "";
  const Task task = FromProto(leased.tasks(0));
  const std::string outcome = runner_.Run(adapter, task);
  outcomes_.at(adapter.system()).at(outcome)->Add();
  obs::Log(obs::Level::kInfo, "task_finished",
           {obs::F("task_id", task.id), obs::F("system", task.system), obs::F("outcome", outcome)});
  return outcome;
}

bool Agent::Serves(const std::string& system) {
  std::lock_guard lock(mutex_);
  return serves_[system];
}

absl::Duration Agent::Round(Adapter& adapter, Backoff& backoff) {
  if (!Serves(adapter.system())) return config_.backoff_cap;
  const auto outcome = WorkOnce(adapter);
  if (!outcome.ok()) {
    platform_failures_.Add();
    ready_.store(false, std::memory_order_release);
    obs::Log(obs::Level::kWarn, "no_tasks_leased",
             {obs::F("system", adapter.system()), obs::F("error", outcome.status())});
    return backoff.Next();
  }
  ready_.store(true, std::memory_order_release);
  backoff.Reset();
  return outcome->empty() ? config_.poll : absl::ZeroDuration();
}

void Agent::Loop(Adapter& adapter) {
  Backoff backoff(config_.poll, config_.backoff_cap);
  while (Wait(Round(adapter, backoff))) {
  }
}

// false when stopping.
bool Agent::Wait(absl::Duration time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, absl::ToChronoMilliseconds(time), [this] { return stopping_; });
}

void Agent::Start() {
  threads_.emplace_back([this] {
    Backoff backoff(absl::Seconds(1), config_.backoff_cap);
    for (;;) {
      const auto hello = SayHello();
      if (hello.ok()) {
        backoff.Reset();
      } else {
        platform_failures_.Add();
        obs::Log(obs::Level::kWarn, "hello_failed", {obs::F("error", hello.status())});
      }
      if (!Wait(hello.ok() ? config_.hello_every : backoff.Next())) return;
    }
  });
  for (Adapter* adapter : adapters_) {
    threads_.emplace_back([this, adapter] {
      Backoff first(absl::Milliseconds(100), absl::Seconds(1));
      while (!Serves(adapter->system())) {
        if (!Wait(first.Next())) return;
      }
      Loop(*adapter);
    });
  }
}

void Agent::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace varsam::connector
