#include "services/consent/app.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/server.h"
#include "services/consent/rpc/replay_entry.h"

namespace varsam::consent {

absl::StatusOr<std::unique_ptr<App>> App::Start(Config config) {
  std::unique_ptr<App> app(new App());
  host::HostSpec spec{.origin = "varsam/consent",
                      .migrations = &Migrations(),
                      .access = ConsentAccess(),
                      .feed_readers = {"retention", "gateway"}};
  ASSIGN_OR_RETURN(app->host_, host::Host::Open(std::move(config.host), std::move(spec)));
  host::Host& host = *app->host_;
  app->table_.SetListener(
      [hub = &app->hub_](SubjectId subject, std::string_view purpose, ChangeSource source) {
        hub->Note(subject, purpose, source);
      });
  app->own_ledger_ = std::make_unique<OwnLedger>(
      OwnLedger::Parts{host.reader(), host.ledger(), app->table_, app->gate_, app->hub_});
  FeedChannels channels;
  ASSIGN_OR_RETURN(channels.registry, host.ChannelTo("subject-registry", config.registry_address));
  ASSIGN_OR_RETURN(channels.requests, host.ChannelTo("request-workflow", config.requests_address));
  ASSIGN_OR_RETURN(channels.retention, host.ChannelTo("retention", config.retention_address));
  app->feeds_ = std::make_unique<Feeds>(channels, app->table_, app->hub_, host.metrics());
  app->service_ = std::make_unique<ConsentService>(ServiceParts{
      app->store_, app->table_, app->gate_, app->hub_, host.journal(), host.ledger(), host.reader(),
      host.pool(), host.workers(), host.vault(), host.clock(), host.admission(),
      [own = app->own_ledger_.get()](const ledger::CommittedBatch& batch) { own->Offer(batch); }});
  app->keep_proofs_ = std::make_unique<KeepProofs>(KeepProofs::Parts{
      app->store_, app->table_, host.journal(), host.pool(), host.clock(),
      [own = app->own_ledger_.get()](const ledger::CommittedBatch& batch) { own->Offer(batch); }});
  RETURN_IF_ERROR(host.ReplayIfRestored([&](const ledger::ListedEntry& entry) {
    return ReplayEntry(app->store_, host.journal(), entry);
  }));
  RETURN_IF_ERROR(host.Start({app->service_.get()}));
  app->keep_proofs_->Start();
  app->feeds_->Start();
  app->own_ledger_->Start([raw = app.get()] { raw->LookReady(); });
  return app;
}

void App::LookReady() {
  // Until then no feed counts as read either, and everything is denied: a yes could be in the table
  // without the no that came after it.
  if (!own_ledger_->caught_up()) return;
  feeds_->Look();
  if (ready_ || !table_.has_read(FeedSource::kRegistry)) return;
  ready_ = true;
  hub_.Hold();
  host_->server().SetServing(true);
}

App::~App() {
  if (keep_proofs_ != nullptr) keep_proofs_->Stop();
  // Those who wait are let go first, or the server would wait for them.
  if (own_ledger_ != nullptr) own_ledger_->Stop();
  if (feeds_ != nullptr) feeds_->Stop();
  // Then the server, before the service it calls and the table behind it.
  if (host_ != nullptr) {
    if (service_ != nullptr) host_->Stop();
    keep_proofs_.reset();
    own_ledger_.reset();
    feeds_.reset();
    host_.reset();
  }
}

int App::Serve() { return rpc::Run(host_->server()); }

}  // namespace varsam::consent
