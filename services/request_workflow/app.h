// The request workflow put together. The only file that names its concrete classes.
#pragma once

#include <memory>

#include "libs/host/host.h"
#include "services/request_workflow/config.h"
#include "services/request_workflow/rpc/connector_service.h"
#include "services/request_workflow/rpc/requests_service.h"
#include "services/request_workflow/store/postgres_requests_store.h"
#include "services/request_workflow/worker/case_steps.h"
#include "services/request_workflow/worker/feeds.h"
#include "services/request_workflow/worker/loop.h"
#include "services/request_workflow/worker/mail_intake.h"
#include "services/request_workflow/worker/mail_outbox.h"
#include "services/request_workflow/worker/upkeep.h"

namespace varsam::requests {

class App {
 public:
  // Opens everything, the ports too; health stays NOT_SERVING until Serve.
  static absl::StatusOr<std::unique_ptr<App>> Start(Config config);
  ~App();
  host::Host& host() { return *host_; }
  int Serve() { return host_->Serve(); }

 private:
  App() = default;
  absl::Status Build(const Config& config);
  void StartWorkers(const Config& config);

  PostgresRequestsStore store_;
  PolicyInForce policy_;
  std::unique_ptr<host::Host> host_;
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Texts> texts_;
  std::unique_ptr<LeaseDesk> leases_;
  std::unique_ptr<ServiceParts> parts_;
  std::unique_ptr<Peers> peers_;
  std::unique_ptr<WorkHub> hub_;
  std::unique_ptr<RequestsService> service_;
  std::unique_ptr<ConnectorService> connector_service_;
  std::unique_ptr<Feeds> feeds_;
  std::unique_ptr<CaseSteps> steps_;
  std::unique_ptr<Upkeep> upkeep_;
  std::unique_ptr<MailIntake> intake_;
  std::unique_ptr<LmtpServer> lmtp_;
  std::unique_ptr<MailOutbox> outbox_;
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace varsam::requests
