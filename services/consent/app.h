// The consent service put together. The only file that names its concrete classes.
#pragma once

#include <atomic>
#include <memory>

#include "libs/host/host.h"
#include "services/consent/config.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/store/postgres_consent_store.h"
#include "services/consent/worker/feeds.h"
#include "services/consent/worker/keep_proofs.h"
#include "services/consent/worker/own_ledger.h"

namespace varsam::consent {

class App {
 public:
  // Opens everything and the ports; health becomes SERVING by itself once the own ledger and that
  // of the registry have been read to their end.
  static absl::StatusOr<std::unique_ptr<App>> Start(Config config);
  ~App();

  host::Host& host() { return *host_; }
  DecisionTable& table() { return table_; }
  const RevisionGate& gate() const { return gate_; }
  KeepProofs& keep_proofs() { return *keep_proofs_; }
  bool ready() const { return ready_.load(); }
  // Until SIGTERM, then drained. The exit code.
  int Serve();

 private:
  App() = default;
  void LookReady();

  PostgresConsentStore store_;
  DecisionTable table_;
  RevisionGate gate_;
  ChangeHub hub_;
  std::unique_ptr<host::Host> host_;
  std::unique_ptr<OwnLedger> own_ledger_;
  std::unique_ptr<Feeds> feeds_;
  std::unique_ptr<ConsentService> service_;
  std::unique_ptr<KeepProofs> keep_proofs_;
  std::atomic<bool> ready_{false};
};

}  // namespace varsam::consent
