#include "tests/support/service_ground.h"

#include <unistd.h>

#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/random.h"

namespace varsam::testing {
namespace {

std::string RootKeyFile(const std::string& name) {
  const std::string path = absl::StrCat("/tmp/varsam-test-", getpid(), "-", name, ".key");
  std::ofstream(path, std::ios::binary) << RandomBytes(32);
  return path;
}

}  // namespace

ServiceGround::ServiceGround(const TestPki& pki, std::string service,
                             const pg::MigrationSet& migrations)
    : pki_(pki) {
  config_.server.service = service;
  config_.server.tls = pki.Files(service);
  config_.database = database_.conninfo();
  config_.key_database = key_database_.conninfo();
  config_.migrate_database = config_.database;
  config_.migrate_key_database = config_.key_database;
  config_.root_key_file = RootKeyFile(database_.name());
  const absl::Status migrated = host::Migrate(config_, migrations);
  VARSAM_CHECK(migrated.ok()) << migrated.ToString();
}

ServiceGround::~ServiceGround() { unlink(config_.root_key_file.c_str()); }

std::shared_ptr<grpc::Channel> ServiceGround::ChannelAs(const std::string& peer,
                                                        uint16_t port) const {
  auto channel = rpc::NewChannel({.service = config_.server.service,
                                  .target = absl::StrCat("ipv4:127.0.0.1:", port),
                                  .tls = pki_.Files(peer)});
  VARSAM_CHECK(channel.ok()) << channel.status().ToString();
  return *channel;
}

std::unique_ptr<grpc::ClientContext> Patient() {
  return rpc::NewContext({.deadline = SystemClock().Now() + absl::Seconds(10)});
}

std::string FreshId() { return NewUuidV7(SystemClock().Now()).ToString(); }

std::string ReadSource(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  VARSAM_CHECK(file.good()) << path << " cannot be read";
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace varsam::testing
