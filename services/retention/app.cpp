#include "services/retention/app.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/calendar/stockholm.h"
#include "libs/obs/log.h"
#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/replay_entry.h"

namespace varsam::retention {
namespace {

// A feed or a step of the worker waits this long for its commit, then comes again.
constexpr absl::Duration kStepMax = absl::Seconds(30);

journal::SubmitOptions StepOptions() {
  return {.conflict_keys = {kRecordsKey}, .time_left = kStepMax};
}

SubjectHash HashWith(const vault::Vault& vault) {
  return [&vault](const SubjectId& subject) {
    return ToHex(vault.BlindIndex(vault::IdentifierType::kRecordKey,
                                  "certificate/" + subject.ToString()));
  };
}

// Wall clock and monotonic clock, read together.
ClockAnchor ReadClocks(const varsam::Clock& clock) {
  // Names this boot of the machine; empty elsewhere, where all readings count as one boot.
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  ClockAnchor anchor{clock.Now(), MonotonicNow(), ""};
  std::getline(file, anchor.boot);
  return anchor;
}

}  // namespace

App::App() : store_(ModelFromBytes) {}

absl::StatusOr<std::unique_ptr<App>> App::Start(Config config) {
  std::unique_ptr<App> app(new App());
  host::HostSpec spec{.origin = "varsam/retention",
                      .migrations = &Migrations(),
                      .access = RetentionAccess(),
                      .feed_readers = {"consent", "request-workflow", "gateway"},
                      .forget = [store = &app->store_](pg::Connection& connection,
                                                       absl::Time now) {
                        return store->ForgetReplay(connection, now - kListedFor);
                      }};
  ASSIGN_OR_RETURN(app->host_, host::Host::Open(config.host, std::move(spec)));
  host::Host& host = *app->host_;
  app->operations_ = std::make_unique<Operations>(app->store_,
                                                  DisposalCaps{config.disposal_items_max,
                                                               config.disposal_people_max},
                                                  host.clock(),
                                                  HashWith(host.vault()));
  RETURN_IF_ERROR(app->StartFeeds(config));
  App* const raw = app.get();
  RETURN_IF_ERROR(host.ReplayIfRestored([&](const ledger::ListedEntry& entry) {
    return ReplayEntry(app->store_, host.journal(), entry);
  }));
  RETURN_IF_ERROR(app->OpenReplayExport(config));
  app->backup_age_ = &host.metrics().AddGauge(
      "varsam_backup_age_seconds", "Age of the newest set of the target that is worst off", {});
  app->service_ = std::make_unique<RetentionService>(ServiceParts{
      app->store_, *app->operations_, host.journal(), host.ledger(), host.reader(), host.pool(),
      host.workers(), host.clock(), host.admission(), [raw] { return raw->feeds_->Ready(); },
      [&host, check = config.check_clocks]() -> std::optional<ClockAnchor> {
        if (!check) return std::nullopt;
        return ReadClocks(host.clock());
      }});
  app->housekeeping_ = std::make_unique<Housekeeping>(
      Housekeeping::Parts{
          app->store_, host.pool(), host.clock(),
          [raw](absl::Time now) {
            return raw->host_->journal()
                .SubmitAndWait(raw->operations_->recompute, RecomputeSome{now}, StepOptions())
                .status();
          },
          [raw](ItemId after) {
            return raw->host_->journal()
                .SubmitAndWait(raw->operations_->resume, ResumeSome{after}, StepOptions())
                .status();
          },
          [raw](SubjectId after) {
            return raw->host_->journal()
                .SubmitAndWait(raw->operations_->settle, SettleSome{after}, StepOptions())
                .status();
          },
          [raw] { return raw->feeds_->Ready(); },
          [raw](absl::Time now) { raw->Upkeep(now); }},
      config.housekeeping_every);
  RETURN_IF_ERROR(host.Start({app->service_.get()}));
  app->feeds_->Start();
  app->housekeeping_->Start();
  return app;
}

absl::Status App::StartFeeds(const Config& config) {
  struct Wanted {
    const char *name, *service;
    const std::string& address;
  };
  const Wanted wanted[] = {{"registry", "subject-registry", config.registry_address},
                           {"consent", "consent", config.consent_address},
                           {"requests", "request-workflow", config.requests_address}};
  std::vector<FeedSource> sources;
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, host_->pool().Acquire(absl::Seconds(5)));
  for (const Wanted& one : wanted) {
    if (one.address.empty()) continue;
    FeedSource source{one.name, nullptr, 0};
    ASSIGN_OR_RETURN(source.channel, host_->ChannelTo(one.service, one.address));
    ASSIGN_OR_RETURN(source.cursor, store_.ReadCursor(*lease, one.name));
    sources.push_back(std::move(source));
  }
  feeds_ = std::make_unique<Feeds>(
      sources, [this](ApplyFeed ask) { return ApplyFeedAndWait(std::move(ask)); },
      host_->metrics());
  return absl::OkStatus();
}

absl::Status App::OpenReplayExport(const Config& config) {
  if (host_->config().replay_list.empty()) return absl::OkStatus();
  std::vector<ReplayExport::Source> sources;
  const auto add = [&](const char* ledger, const char* service,
                       const std::string& address) -> absl::Status {
    if (address.empty()) return absl::OkStatus();
    ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> channel, host_->ChannelTo(service, address));
    sources.push_back({ledger, std::move(channel)});
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(add("registry", "subject-registry", config.registry_address));
  RETURN_IF_ERROR(add("consent", "consent", config.consent_address));
  RETURN_IF_ERROR(add("requests", "request-workflow", config.requests_address));
  replay_export_ = std::make_unique<ReplayExport>(
      std::move(sources),
      [host = host_.get()](const std::string& ledger) { return host->OpenReplayList(ledger); },
      host_->reader(), host_->clock(), host_->metrics());
  return replay_export_->Open();
}

void App::Upkeep(absl::Time now) {
  if (replay_export_ != nullptr) {
    if (absl::Status copied = replay_export_->Tick(); !copied.ok()) {
      obs::Log(obs::Level::kWarn, "replay_list_behind", {obs::F("reason", ReasonOf(copied))});
    }
  }
  absl::StatusOr<pg::Pool::Lease> lease = host_->pool().Acquire(absl::Seconds(2));
  if (!lease.ok()) return;
  const auto sets = store_.ReadBackups(**lease, "", calendar::LocalDayOf(now));
  if (!sets.ok()) return;
  // Never backed up is as old as it gets.
  absl::Duration worst = sets->empty() ? now - absl::UnixEpoch() : absl::ZeroDuration();
  for (const BackupHealth& one : HealthOf(*sets, now)) worst = std::max(worst, one.age);
  backup_age_->Set(absl::ToDoubleSeconds(worst));
}

absl::Status App::ApplyFeedAndWait(ApplyFeed ask) {
  journal::SubmitOptions options = StepOptions();
  options.conflict_keys.push_back("feed/" + ask.feed);
  return host_->journal()
      .SubmitAndWait(operations_->apply_feed, std::move(ask), std::move(options))
      .status();
}

App::~App() {
  if (feeds_ != nullptr) feeds_->Stop();
  if (housekeeping_ != nullptr) housekeeping_->Stop();
  if (replay_export_ != nullptr) replay_export_->Stop();
  // The server must stop before the service it calls goes.
  host_.reset();
}

}  // namespace varsam::retention
