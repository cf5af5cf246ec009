#include "services/connector/app.h"

#include <signal.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/obs/admin.h"
#include "libs/obs/log.h"
#include "libs/rpc/channel.h"
#include "services/connector/adapters/files/files_adapter.h"
#include "services/connector/adapters/sql/odbc_database.h"
#include "services/connector/adapters/sql/postgres_database.h"
#include "services/connector/adapters/sql/sql_adapter.h"
#include "services/connector/agent/agent.h"
#include "services/connector/sync/inventory_sync.h"

namespace varsam::connector {
namespace {

constexpr absl::Duration kTaskStatementTime = absl::Seconds(30);

using Adapters = std::vector<std::unique_ptr<Adapter>>;

// "Driver=…" and "DSN=…" are for ODBC, everything else for libpq.
sql::Opener OpenerFor(const Config& config, const std::string& database) {
  if (database.starts_with("Driver=") || database.starts_with("DSN=")) {
    return sql::OpenOdbc({.connection = database, .statement_timeout = kTaskStatementTime});
  }
  pg::ConnectOptions connect;
  connect.conninfo = database;
  connect.application_name = absl::StrCat("varsam-connector-", config.name);
  connect.statement_timeout = kTaskStatementTime;
  connect.reply_timeout = kTaskStatementTime + absl::Seconds(5);
  return sql::OpenPostgres(connect);
}

absl::StatusOr<Adapters> MakeAdapters(const Config& config) {
  Adapters adapters;
  for (const MappedSystem& mapped : config.mapped) {
    ASSIGN_OR_RETURN(sql::Mapping mapping, sql::LoadMapping(mapped.file));
    adapters.push_back(
        std::make_unique<sql::SqlAdapter>(std::move(mapping), OpenerFor(config, mapped.database)));
  }
  if (!config.files_rules.empty()) {
    ASSIGN_OR_RETURN(files::Rules rules, files::LoadRules(config.files_rules));
    adapters.push_back(std::make_unique<files::FilesAdapter>(std::move(rules), config.files_root));
  }
  if (config.mailbox) adapters.push_back(std::make_unique<imap::ImapAdapter>(*config.mailbox));
  return adapters;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> ChannelTo(const Config& config,
                                                         const std::string& service,
                                                         const std::string& address,
                                                         std::vector<std::string> retried,
                                                         std::shared_ptr<obs::Metrics> metrics) {
  if (address.empty()) return InvalidField(absl::StrCat("address of ", service), "missing");
  return rpc::NewChannel({.service = service,
                          .target = absl::StrCat("dns:///", address),
                          .tls = config.process.tls,
                          .retry_methods = std::move(retried),
                          .metrics = std::move(metrics)});
}

absl::StatusOr<std::unique_ptr<InventorySync>> MakeSync(
    const Config& config, const Clock& clock, const std::shared_ptr<obs::Metrics>& metrics) {
  ASSIGN_OR_RETURN(const auto registry,
                   ChannelTo(config, "subject-registry", config.subject_registry,
                             {"varsam.registry.v1.RegistryService/ImportSubjects"}, metrics));
  ASSIGN_OR_RETURN(const auto retention,
                   ChannelTo(config, "retention", config.retention,
                             {"varsam.retention.v1.RetentionService/RecordSignals"}, metrics));
  return std::make_unique<InventorySync>(registry, retention, clock);
}

absl::StatusOr<std::unique_ptr<Clock>> FileClock(const Config& config) {
  if (config.process.clock_file.empty()) return std::unique_ptr<Clock>();
  return NewFileClock(config.process.clock_file);
}

void LogSync(const std::string& system, const SyncReport& report) {
  obs::Log(
      obs::Level::kInfo, "inventory_synced",
      {obs::F("system", system), obs::F("read", report.read), obs::F("created", report.created),
       obs::F("matched", report.matched), obs::F("held", report.held),
       obs::F("signals", report.signals), obs::F("faults", report.faults)});
}

// Repeats the inventory of every system until it is told to stop.
class SyncLoop {
 public:
  SyncLoop(std::unique_ptr<InventorySync> sync, const Adapters& adapters, Agent& agent,
           absl::Duration every, obs::Metrics& metrics)
      : sync_(std::move(sync)),
        adapters_(adapters),
        agent_(agent),
        every_(every),
        failures_(metrics.AddCounter("varsam_connector_sync_failures_total",
                                     "Inventories that broke off")),
        signals_(
            metrics.AddCounter("varsam_connector_sync_signals_total", "Records told to retention")),
        thread_([this] { Loop(); }) {}
  ~SyncLoop() {
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  void Loop() {
    Backoff backoff(absl::Seconds(2), absl::Minutes(5));
    for (;;) {
      bool good = true;
      for (const auto& adapter : adapters_) good = SyncSystem(*adapter) && good;
      if (good) backoff.Reset();
      if (Stopping(good ? every_ : backoff.Next())) return;
    }
  }

  // Page by page, so that tasks come in between.
  bool SyncSystem(Adapter& adapter) {
    SyncReport report;
    std::string after;
    do {
      std::lock_guard working(agent_.InWork(adapter.system()));
      auto next = sync_->SyncPage(adapter, after, report);
      if (!next.ok()) {
        failures_.Add();
        obs::Log(obs::Level::kWarn, "sync_failed",
                 {obs::F("system", adapter.system()), obs::F("error", next.status())});
        return false;
      }
      after = *std::move(next);
    } while (!after.empty() && !Stopping(absl::ZeroDuration()));
    signals_.Add(report.signals);
    LogSync(adapter.system(), report);
    return true;
  }

  bool Stopping(absl::Duration within) {
    std::unique_lock lock(mutex_);
    return wake_.wait_for(lock, absl::ToChronoMilliseconds(within), [this] { return stopping_; });
  }

  const std::unique_ptr<InventorySync> sync_;
  const Adapters& adapters_;
  Agent& agent_;
  const absl::Duration every_;
  obs::Counter& failures_;
  obs::Counter& signals_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

void WaitForTheEnd() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  int signal = 0;
  while (sigwait(&ends, &signal) != 0) {
  }
  obs::Log(obs::Level::kInfo, "drain_started", {obs::F("signal", signal)});
}

absl::Status RunUntilTheEnd(const Config& config) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Clock> file_clock, FileClock(config));
  const Clock& clock = file_clock ? *file_clock : SystemClock();
  ASSIGN_OR_RETURN(const Adapters adapters, MakeAdapters(config));
  ASSIGN_OR_RETURN(TaskMemory memory, TaskMemory::Open(config.state_folder));
  const auto metrics = std::make_shared<obs::Metrics>();
  ASSIGN_OR_RETURN(const auto channel,
                   ChannelTo(config, "request-workflow", config.request_workflow,
                             {"varsam.connector.v1.ConnectorService/Hello",
                              "varsam.connector.v1.ConnectorService/RenewLease",
                              "varsam.connector.v1.ConnectorService/GetUploadOffset"},
                             metrics));
  ASSIGN_OR_RETURN(const auto admin,
                   obs::Admin::Start(config.process.bind, config.admin_port, metrics));
  Platform platform(channel);
  std::vector<Adapter*> all;
  for (const auto& adapter : adapters) all.push_back(adapter.get());
  AgentConfig agent_config;
  agent_config.poll = config.poll;
  agent_config.gates = config.gates;
  agent_config.rules.erasures_per_hour_max = config.erasures_per_hour_max;
  Agent agent(agent_config, platform, memory, clock, all, *metrics);
  metrics->AddGaugeReader("varsam_connector_ready", "1 while the platform answers", {},
                          [&agent] { return agent.ready() ? 1.0 : 0.0; });
  std::unique_ptr<SyncLoop> sync_loop;
  if (config.sync_every > absl::ZeroDuration()) {
    ASSIGN_OR_RETURN(auto sync, MakeSync(config, clock, metrics));
    sync_loop =
        std::make_unique<SyncLoop>(std::move(sync), adapters, agent, config.sync_every, *metrics);
  }
  agent.Start();
  obs::Log(obs::Level::kInfo, "connector_started",
           {obs::F("systems", static_cast<uint64_t>(all.size())),
            obs::F("admin_port", static_cast<int>(admin->port()))});
  WaitForTheEnd();
  agent.Stop();
  return absl::OkStatus();
}

}  // namespace

absl::Status Check(const Config& config) {
  ASSIGN_OR_RETURN(const Adapters adapters, MakeAdapters(config));
  absl::Status first;
  for (const auto& adapter : adapters) {
    const auto digest = adapter->CheckMapping();
    if (digest.ok()) continue;
    std::fprintf(stderr, "%s: %s\n", adapter->system().c_str(),
                 std::string(digest.status().message()).c_str());
    for (const FieldViolation& one : FieldViolationsOf(digest.status())) {
      std::fprintf(stderr, "  %s: %s\n", one.field.c_str(), one.description.c_str());
    }
    first.Update(digest.status());
  }
  return first;
}

int Run(const Config& config) {
  const absl::Status ended = RunUntilTheEnd(config);
  if (!ended.ok()) {
    obs::Log(obs::Level::kError, "connector_ended", {obs::F("error", ended)});
  }
  obs::FlushLog();
  return ended.ok() ? 0 : 1;
}

absl::Status AnnounceRestore(const Config& config, const std::string& system, absl::Time taken_at) {
  ASSIGN_OR_RETURN(const auto channel,
                   ChannelTo(config, "request-workflow", config.request_workflow, {}, nullptr));
  Platform platform(channel);
  v1::AnnounceRestoreRequest request;
  request.set_request_id(NewUuidV4().ToString());
  request.set_system(system);
  request.mutable_backup_taken_at()->set_seconds(absl::ToUnixSeconds(taken_at));
  ASSIGN_OR_RETURN(const v1::AnnounceRestoreResponse response, platform.AnnounceRestore(request));
  obs::Log(obs::Level::kInfo, "restore_announced",
           {obs::F("system", system),
            obs::F("reissued", static_cast<uint64_t>(response.tasks_reissued()))});
  obs::FlushLog();
  return absl::OkStatus();
}

absl::Status SyncOnce(const Config& config) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Clock> file_clock, FileClock(config));
  const Clock& clock = file_clock ? *file_clock : SystemClock();
  ASSIGN_OR_RETURN(const Adapters adapters, MakeAdapters(config));
  ASSIGN_OR_RETURN(const std::unique_ptr<InventorySync> sync, MakeSync(config, clock, nullptr));
  for (const auto& adapter : adapters) {
    ASSIGN_OR_RETURN(const SyncReport report, sync->SyncAll(*adapter));
    LogSync(adapter->system(), report);
  }
  obs::FlushLog();
  return absl::OkStatus();
}

}  // namespace varsam::connector
