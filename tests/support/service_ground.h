// What a service under test stands on: its database and key database (migrated), a root key, ports
// of its own choosing and a certificate of the test authority.
//
//   ServiceGround ground(pki, "subject-registry", registry::Migrations());
//   auto app = registry::App::Start(ground.config());
//   auto channel = ground.ChannelAs("gateway", (*app)->host().server().port());
#pragma once

#include <memory>
#include <string>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "libs/host/host.h"
#include "tests/support/pki.h"
#include "tests/support/test_database.h"

namespace varsam::testing {

class ServiceGround {
 public:
  ServiceGround(const TestPki& pki, std::string service, const pg::MigrationSet& migrations);
  ~ServiceGround();

  // Every call gives the same databases and keys: a second start is a restart, or a replica.
  host::HostConfig config() const { return config_; }
  void UseClockFile(const std::string& path) { config_.server.clock_file = path; }
  const TestDatabase& database() const { return database_; }
  // A channel to the service with the certificate of `peer`.
  std::shared_ptr<grpc::Channel> ChannelAs(const std::string& peer, uint16_t port) const;

 private:
  const TestPki& pki_;
  TestDatabase database_;
  TestDatabase key_database_;
  host::HostConfig config_;
};

// A client context with ten seconds to live.
std::unique_ptr<grpc::ClientContext> Patient();
// A fresh UUID as text, for request ids.
std::string FreshId();
std::string ReadSource(const std::string& path);  // of the repository

}  // namespace varsam::testing
