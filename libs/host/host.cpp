#include "libs/host/host.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/ledger/migrations.h"
#include "libs/obs/log.h"
#include "libs/vault/migrations.h"
#include "varsam/ledger/v1/ledger_service.grpc.pb.h"

namespace varsam::host {
namespace {

absl::StatusOr<std::string> ReadFile(const std::string& path, std::string_view variable) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return InvalidField(variable, "the file cannot be read");
  return std::string(std::istreambuf_iterator<char>(file), {});
}

pg::ConnectOptions ConnectTo(const std::string& conninfo, const std::string& service) {
  pg::ConnectOptions options;
  options.conninfo = conninfo;
  options.application_name = "varsam-" + service;
  return options;
}

}  // namespace

Host::Host(HostConfig config, HostSpec spec) : config_(std::move(config)), spec_(std::move(spec)) {}

Host::~Host() { Stop(); }

void Host::Stop() {
  if (server_ != nullptr) server_->Drain();
  if (journal_ != nullptr) journal_->Drain();
}

absl::StatusOr<std::unique_ptr<Host>> Host::Open(HostConfig config, HostSpec spec) {
  std::unique_ptr<Host> host(new Host(std::move(config), std::move(spec)));
  RETURN_IF_ERROR(host->OpenAll());
  return host;
}

absl::Status Host::OpenVault() {
  key_pool_ = std::make_unique<pg::Pool>(pg::PoolOptions{
      .connect = ConnectTo(config_.key_database, config_.server.service), .connections_max = 4});
  vault::Options options;
  ASSIGN_OR_RETURN(options.root_key, ReadFile(config_.root_key_file, "VARSAM_ROOT_KEY_FILE"));
  ASSIGN_OR_RETURN(vault_, vault::Vault::Open(*key_pool_, std::move(options), clock_->Now()));
  return absl::OkStatus();
}

absl::Status Host::OpenRestore() {
  if (!config_.replay_list.empty()) {
    ASSIGN_OR_RETURN(replay_key_, ReadFile(config_.replay_key_file, "VARSAM_REPLAY_KEY_FILE"));
    if (replay_key_.size() != ledger::kReplayKeyBytes) {
      return InvalidField("VARSAM_REPLAY_KEY_FILE", "want 32 bytes");
    }
    own_list_ = OpenReplayList(spec_.origin.substr(spec_.origin.find('/') + 1));
  }
  ASSIGN_OR_RETURN(restore_, LookForRestore(Restore()));
  return absl::OkStatus();
}

std::unique_ptr<ledger::ReplayList> Host::OpenReplayList(const std::string& ledger) const {
  if (config_.replay_list.empty()) return nullptr;
  return std::make_unique<ledger::ReplayList>(config_.replay_list + "/" + ledger + ".list",
                                              replay_key_);
}

absl::Status Host::ReplayIfRestored(const ReplayOne& one) {
  if (!restore_.restored) return absl::OkStatus();
  RETURN_IF_ERROR(ReplayAfterRestore(Restore(), restore_, one));
  restore_.restored = false;
  return absl::OkStatus();
}

absl::Status Host::OpenAll() {
  if (config_.server.clock_file.empty()) {
    clock_ = &SystemClock();
  } else {
    ASSIGN_OR_RETURN(file_clock_, NewFileClock(config_.server.clock_file));
    clock_ = file_clock_.get();
  }
  const std::string& service = config_.server.service;
  metrics_ = std::make_shared<obs::Metrics>();
  pool_ =
      std::make_unique<pg::Pool>(pg::PoolOptions{.connect = ConnectTo(config_.database, service),
                                                 .connections_max = config_.read_connections});
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, pool_->Acquire(absl::Seconds(5)));
    const pg::MigrationSet sets[] = {ledger::Migrations(), journal::Migrations(),
                                     *spec_.migrations};
    RETURN_IF_ERROR(pg::CheckSchema(*lease, sets));
  }
  RETURN_IF_ERROR(OpenVault());
  ledger_ = std::make_unique<ledger::Ledger>(spec_.origin, vault_->DeriveKey("ledger/" + service));
  reader_ = std::make_unique<ledger::Reader>(*pool_);
  journal_ = std::make_unique<journal::Journal>(
      journal::JournalOptions{.connect = ConnectTo(config_.database, service)}, *ledger_, *clock_);
  ShowJournal();
  RETURN_IF_ERROR(OpenRestore());
  housekeeping_ = std::make_unique<Housekeeping>(*pool_, *vault_, *clock_, spec_.forget);
  workers_ = std::make_unique<rpc::WorkerPool>(
      rpc::WorkerPool::Config{.name = "reads", .threads = config_.read_connections}, *metrics_);
  if (!config_.server.caller_keys_file.empty()) {
    ASSIGN_OR_RETURN(std::string pem,
                     ReadFile(config_.server.caller_keys_file, "VARSAM_CALLER_KEYS"));
    ASSIGN_OR_RETURN(rpc::CallerVerifier verifier, rpc::CallerVerifier::FromPem(pem, service));
    caller_verifier_ = std::make_unique<rpc::CallerVerifier>(std::move(verifier));
  }
  ledger::AllowLedger(spec_.access, spec_.feed_readers);
  rpc::AllowReflection(spec_.access, {"operator"});
  admission_ = std::make_unique<rpc::Admission>(
      spec_.access,
      rpc::AdmissionConfig{.service = service,
                           .deadline_max = config_.server.deadline_max,
                           .caller_verifier = caller_verifier_.get()},
      *metrics_);
  return absl::OkStatus();
}

void Host::ShowJournal() {
  const auto show = [this](const char* name, const char* help, auto member) {
    metrics_->AddGaugeReader(
        name, help, {}, [this, member] { return static_cast<double>(journal_->Stats().*member); });
  };
  using Stats = journal::JournalStats;
  show("varsam_journal_asks_total", "Writes asked for", &Stats::asks_total);
  show("varsam_journal_commits_total", "Batches committed", &Stats::commits_total);
  show("varsam_journal_replays_total", "Writes answered from before", &Stats::replays_total);
  show("varsam_journal_sheds_total", "Writes refused because the queue was full",
       &Stats::shed_total);
  show("varsam_journal_in_doubt_total", "Commits resolved by look-up", &Stats::in_doubt_total);
  show("varsam_journal_queued", "Writes waiting for a batch", &Stats::queued);
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Host::ChannelTo(const std::string& service,
                                                               const std::string& target) const {
  return rpc::NewChannel(
      {.service = service, .target = target, .tls = config_.server.tls, .metrics = metrics_});
}

absl::Status Host::Start(std::vector<grpc::Service*> services) {
  if (restore_.restored) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "RESTORE_NOT_REPLAYED",
                           "the database comes from a backup and has not been brought up to date");
  }
  ledger_service_ =
      std::make_unique<ledger::LedgerService>(*ledger_, *pool_, *workers_, *admission_);
  services.push_back(ledger_service_.get());
  reflection_ = std::make_unique<rpc::Reflection>(spec_.access, *admission_);
  services.push_back(reflection_->v1());
  services.push_back(reflection_->v1alpha());
  ASSIGN_OR_RETURN(server_,
                   rpc::Server::Start(config_.server, *admission_, metrics_, std::move(services)));
  return absl::OkStatus();
}

int Host::Serve() {
  server_->SetServing(true);
  return rpc::Run(*server_);
}

absl::Status Migrate(const HostConfig& config, const pg::MigrationSet& service_migrations) {
  const pg::MigrateOptions options{.service_role = config.service_role};
  const std::string& service = config.server.service;
  ASSIGN_OR_RETURN(std::unique_ptr<pg::Connection> connection,
                   pg::Connection::Open(ConnectTo(config.migrate_database, service)));
  const pg::MigrationSet sets[] = {ledger::Migrations(), journal::Migrations(), service_migrations};
  RETURN_IF_ERROR(pg::Migrate(*connection, sets, options));
  ASSIGN_OR_RETURN(connection,
                   pg::Connection::Open(ConnectTo(config.migrate_key_database, service)));
  const pg::MigrationSet key_sets[] = {vault::Migrations()};
  return pg::Migrate(*connection, key_sets, options);
}

}  // namespace varsam::host
