#include "services/subject_registry/app.h"

#include <utility>

#include "libs/base/status_macros.h"

namespace varsam::registry {

absl::StatusOr<std::unique_ptr<App>> App::Start(host::HostConfig config) {
  std::unique_ptr<App> app(new App());
  host::HostSpec spec{.origin = "varsam/registry",
                      .migrations = &Migrations(),
                      .access = RegistryAccess(),
                      .feed_readers = {"consent", "request-workflow", "retention", "gateway"},
                      .forget = [store = &app->store_](pg::Connection& connection,
                                                       absl::Time now) {
                        return store->ForgetAccesses(connection, now);
                      }};
  ASSIGN_OR_RETURN(app->host_, host::Host::Open(std::move(config), std::move(spec)));
  host::Host& host = *app->host_;
  app->service_ = std::make_unique<RegistryService>(
      ServiceParts{app->store_, host.journal(), host.pool(), host.workers(), host.vault(),
                   host.clock(), host.admission()});
  RETURN_IF_ERROR(host.ReplayIfRestored([&](const ledger::ListedEntry& entry) {
    return app->service_->ReplayErasure(entry);
  }));
  RETURN_IF_ERROR(host.Start({app->service_.get()}));
  return app;
}

App::~App() {
  // The server must stop before the service it calls goes.
  host_.reset();
}

}  // namespace varsam::registry
