#include "services/request_workflow/app.h"

#include "libs/base/status_macros.h"

namespace varsam::requests {
namespace {

constexpr absl::Duration kStepEvery = absl::Milliseconds(250);
constexpr absl::Duration kUpkeepEvery = absl::Seconds(1);
constexpr absl::Duration kOutboxEvery = absl::Milliseconds(500);
constexpr absl::Duration kIntakeEvery = absl::Seconds(2);

}  // namespace

absl::StatusOr<std::unique_ptr<App>> App::Start(Config config) {
  std::unique_ptr<App> app(new App());
  host::HostSpec spec{.origin = "varsam/requests",
                      .migrations = &Migrations(),
                      .access = RequestsAccess(),
                      .feed_readers = {"consent", "retention", "gateway"}};
  ASSIGN_OR_RETURN(app->host_, host::Host::Open(config.host, std::move(spec)));
  RETURN_IF_ERROR(app->Build(config));
  // Restrictions and executed erasures work through the feeds of those who read this ledger.
  RETURN_IF_ERROR(app->host_->ReplayIfRestored([&](const ledger::ListedEntry& entry) {
    return host::AppendAgain(app->host_->journal(), entry);
  }));
  RETURN_IF_ERROR(app->host_->Start({app->service_.get(), app->connector_service_.get()}));
  if (config.lmtp) {
    MailIntake& intake = *app->intake_;
    ASSIGN_OR_RETURN(app->lmtp_, LmtpServer::Listen(*config.lmtp, [&](const std::string& raw) {
                       return intake.Log(raw);
                     }));
  }
  app->StartWorkers(config);
  return app;
}

absl::Status App::Build(const Config& config) {
  host::Host& host = *host_;
  writer_ = std::make_unique<Writer>(store_, host.journal());
  texts_ = std::make_unique<Texts>(host.vault());
  leases_ = std::make_unique<LeaseDesk>(*writer_, host.clock());
  parts_ = std::make_unique<ServiceParts>(
      ServiceParts{store_, *writer_, *texts_, *leases_, host.pool(), host.workers(), host.clock(),
                   host.admission(), policy_, config.public_url, config.cooling_off});
  PeerChannels channels;
  ASSIGN_OR_RETURN(channels.registry, host.ChannelTo("subject-registry", config.registry_address));
  ASSIGN_OR_RETURN(channels.consent, host.ChannelTo("consent", config.consent_address));
  ASSIGN_OR_RETURN(channels.retention, host.ChannelTo("retention", config.retention_address));
  peers_ = std::make_unique<Peers>(channels);
  hub_ = std::make_unique<WorkHub>(*parts_);
  service_ = std::make_unique<RequestsService>(*parts_);
  connector_service_ = std::make_unique<ConnectorService>(*parts_, *hub_);
  ASSIGN_OR_RETURN(feeds_, Feeds::Open(*parts_, *peers_, channels, host.metrics()));
  steps_ = std::make_unique<CaseSteps>(*parts_, *peers_);
  upkeep_ = std::make_unique<Upkeep>(*parts_);
  if (config.smtp) outbox_ = std::make_unique<MailOutbox>(*parts_, *config.smtp);
  if (config.imap || config.lmtp) {
    intake_ = std::make_unique<MailIntake>(
        *parts_,
        MailIntake::Config{config.imap, config.smtp ? config.smtp->from : "", config.mail_reader});
  }
  return absl::OkStatus();
}

void App::StartWorkers(const Config& config) {
  const auto add = [&](const char* name, absl::Duration every, Loop::Tick tick) {
    loops_.push_back(std::make_unique<Loop>(name, every, std::move(tick), host_->metrics()));
  };
  add("case_steps", kStepEvery, [this] { return steps_->Tick(); });
  add("upkeep", kUpkeepEvery, [this] { return upkeep_->Tick(); });
  if (outbox_ != nullptr) add("mail_outbox", kOutboxEvery, [this] { return outbox_->Tick(); });
  if (intake_ != nullptr) add("mail_intake", kIntakeEvery, [this] { return intake_->Tick(); });
  feeds_->Start();
  hub_->Start();
  for (const std::unique_ptr<Loop>& loop : loops_) loop->Start();
}

App::~App() {
  // Nothing asks the journal for more before it drains.
  for (const std::unique_ptr<Loop>& loop : loops_) loop->Stop();
  if (steps_ != nullptr) steps_->Stop();
  lmtp_.reset();
  if (feeds_ != nullptr) feeds_->Stop();
  if (host_ != nullptr) host_->Stop();
  if (hub_ != nullptr) hub_->Stop();
  loops_.clear();
  feeds_.reset();
  host_.reset();
}

}  // namespace varsam::requests
