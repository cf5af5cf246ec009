// What the four services share between main and app: opening what a service stands on, in one
// order, and closing it in the other. A service's app.* builds its store, shells and workers on a
// Host; main.cpp is Main() with the service's own two functions.
//
//   int main(int argc, char** argv) {
//     return varsam::host::Main(argc, argv, {.load = LoadConfig, .migrations = …, .serve = Serve});
//   }
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/impl/service_type.h"
#include "libs/base/clock.h"
#include "libs/host/host_config.h"
#include "libs/host/housekeeping.h"
#include "libs/host/restore.h"
#include "libs/journal/journal.h"
#include "libs/ledger/ledger.h"
#include "libs/ledger/ledger_service.h"
#include "libs/ledger/reader.h"
#include "libs/obs/metrics.h"
#include "libs/pg/migrate.h"
#include "libs/pg/pool.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/reflection.h"
#include "libs/rpc/server.h"
#include "libs/rpc/worker_pool.h"
#include "libs/vault/vault.h"

namespace varsam::host {

struct HostSpec {
  std::string origin;  // of the ledger: "varsam/consent"
  // The service's own migration set; those of ledger and journal come before it.
  const pg::MigrationSet* migrations = nullptr;
  rpc::AccessTable access;
  // Peers that may follow the ledger.
  std::vector<std::string> feed_readers;
  // What the service forgets of its own (housekeeping.h), or null.
  Housekeeping::Forget forget;
};

class Host {
 public:
  // Opens databases, vault, ledger and journal. FAILED_PRECONDITION when a schema is older than
  // this binary needs (run `migrate`); UNAVAILABLE while a database does not answer.
  static absl::StatusOr<std::unique_ptr<Host>> Open(HostConfig config, HostSpec spec);
  // Drains the server, then the journal.
  ~Host();

  const HostConfig& config() const { return config_; }
  const Clock& clock() const { return *clock_; }
  obs::Metrics& metrics() { return *metrics_; }
  pg::Pool& pool() { return *pool_; }
  vault::Vault& vault() { return *vault_; }
  ledger::Ledger& ledger() { return *ledger_; }
  const ledger::Reader& reader() const { return *reader_; }
  journal::Journal& journal() { return *journal_; }
  rpc::WorkerPool& workers() { return *workers_; }
  rpc::Admission& admission() { return *admission_; }
  // A channel to a peer with this service's certificate; its calls are counted in the metrics.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> ChannelTo(const std::string& service,
                                                           const std::string& target) const;

  // Call before Start: puts back what a restored database has forgotten (restore.h). At once OK
  // when it has not been restored.
  absl::Status ReplayIfRestored(const ReplayOne& one);
  // The list of any ledger ("consent"), or null when this installation keeps none.
  std::unique_ptr<ledger::ReplayList> OpenReplayList(const std::string& ledger) const;

  // Opens the ports with these services, the ledger's and reflection; RESTORE_NOT_REPLAYED. Health
  // stays NOT_SERVING until Serve.
  absl::Status Start(std::vector<grpc::Service*> services);
  rpc::Server& server() { return *server_; }
  // SERVING until SIGTERM, then drained. The exit code.
  int Serve();
  // Drains the server, then the journal; afterwards nothing calls the service any more. ~Host does
  // it too; call it first when something between the service and the host has to go in between.
  void Stop();

 private:
  Host(HostConfig config, HostSpec spec);
  absl::Status OpenAll();
  absl::Status OpenVault();
  absl::Status OpenRestore();
  RestoreParts Restore() const {
    return {*pool_, *reader_, *journal_, *clock_, own_list_.get()};
  }
  void ShowJournal();

  HostConfig config_;
  HostSpec spec_;
  std::unique_ptr<Clock> file_clock_;
  const Clock* clock_ = nullptr;
  std::shared_ptr<obs::Metrics> metrics_;
  std::unique_ptr<pg::Pool> key_pool_;
  std::unique_ptr<pg::Pool> pool_;
  std::unique_ptr<vault::Vault> vault_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<ledger::Reader> reader_;
  std::unique_ptr<journal::Journal> journal_;
  std::string replay_key_;
  std::unique_ptr<ledger::ReplayList> own_list_;
  RestoreState restore_;
  std::unique_ptr<rpc::WorkerPool> workers_;
  std::unique_ptr<rpc::CallerVerifier> caller_verifier_;
  std::unique_ptr<rpc::Admission> admission_;
  std::unique_ptr<ledger::LedgerService> ledger_service_;
  std::unique_ptr<rpc::Reflection> reflection_;
  std::unique_ptr<Housekeeping> housekeeping_;
  std::unique_ptr<rpc::Server> server_;
};

// Applies the migrations of the service's database and of its key database.
absl::Status Migrate(const HostConfig& config, const pg::MigrationSet& service_migrations);

struct Program {
  std::string name;  // "varsam-consent"
  const pg::MigrationSet* migrations = nullptr;
  // The whole configuration; what it says beyond the host's is kept by the service.
  std::function<absl::StatusOr<HostConfig>(const rpc::Lookup&)> load;
  std::function<int()> serve;
};

// serve | migrate | --check-config. Exit codes: 0 done, 1 failed, 2 usage or configuration.
// `lookup` is the service's view of the environment.
int Main(int argc, char** argv, const Program& program, const rpc::Lookup& lookup);

}  // namespace varsam::host
