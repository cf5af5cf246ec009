// Who gets in: certificates, identities, the access table, deadlines. Clients of the bad kind use
// gRPC's own SSL credentials, as a foreign program would.
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/rpc/status.h"
#include "tests/support/ledger_stub.h"
#include "tests/support/pki.h"

namespace varsam {
namespace {

using testing::CallOnce;
using testing::LedgerService;
using testing::TestPki;
using testing::TestService;

const TestPki& Pki() {
  static const TestPki pki;
  return pki;
}

rpc::ServerConfig TlsConfig() {
  rpc::ServerConfig config = testing::TestServerConfig();
  config.tls = Pki().Files("consent");
  return config;
}

std::shared_ptr<grpc::Channel> As(const TestService& service, const std::string& name) {
  auto channel = rpc::NewChannel(
      {.service = "consent", .target = service.target(), .tls = Pki().Files(name)});
  REQUIRE(channel.ok());
  return *channel;
}

std::shared_ptr<grpc::Channel> Foreign(const TestService& service, const rpc::TlsFiles* files) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = testing::ReadWhole(Pki().dir() + "/ca.crt");
  if (files != nullptr) {
    options.pem_cert_chain = testing::ReadWhole(files->cert);
    options.pem_private_key = testing::ReadWhole(files->key);
  }
  return grpc::CreateChannel(absl::StrCat("localhost:", service.server->port()),
                             grpc::SslCredentials(options));
}

void CheckPeerIdentityRefused(const TestService& service, const rpc::TlsFiles& files) {
  const absl::Status status = CallOnce(Foreign(service, &files));
  CHECK(status.code() == absl::StatusCode::kUnauthenticated);
  CHECK(ReasonOf(status) == "PEER_IDENTITY");
  CHECK(status.message() == "want exactly one URI name spiffe://varsam/<name> in the certificate");
}

}  // namespace

TEST_CASE("a known service gets in, with our channel and with plain gRPC") {
  const TestService service(TlsConfig());
  CHECK(CallOnce(As(service, "gateway")) == absl::OkStatus());
  const rpc::TlsFiles files = Pki().Files("gateway");
  CHECK(CallOnce(Foreign(service, &files)) == absl::OkStatus());
  CHECK(CallOnce(As(service, "connector-sql")) == absl::OkStatus());  // by connector-*
}

TEST_CASE("without a certificate nobody gets in") {
  const TestService service(TlsConfig());
  CHECK(CallOnce(Foreign(service, nullptr)).code() == absl::StatusCode::kUnavailable);
  const auto plaintext = grpc::CreateChannel(absl::StrCat("localhost:", service.server->port()),
                                             grpc::InsecureChannelCredentials());
  CHECK(CallOnce(plaintext).code() == absl::StatusCode::kUnavailable);
}

TEST_CASE("an expired or foreign certificate ends in the handshake") {
  const TestService service(TlsConfig());
  const auto expired = Pki().Issue("expired", "URI:spiffe://varsam/gateway", -1);
  CHECK(CallOnce(Foreign(service, &expired)).code() == absl::StatusCode::kUnavailable);
  const auto foreign = Pki().Issue("foreign", "URI:spiffe://varsam/gateway", 1, true);
  CHECK(CallOnce(Foreign(service, &foreign)).code() == absl::StatusCode::kUnavailable);
}

TEST_CASE("a certificate without exactly one URI name of ours is nobody") {
  TestService service(TlsConfig());
  int answered = 0;
  service.stub.SetAnswer([&](rpc::Call&, ledger::v1::GetCheckpointResponse*) {
    ++answered;
    return absl::OkStatus();
  });
  CheckPeerIdentityRefused(service, Pki().Issue("zero", "DNS:gateway"));
  CheckPeerIdentityRefused(
      service, Pki().Issue("two", "URI:spiffe://varsam/gateway, URI:spiffe://varsam/operator"));
  CheckPeerIdentityRefused(service, Pki().Issue("twice", "URI:spiffe://varsam/gateway, "
                                                         "URI:https://varsam/gateway"));
  CheckPeerIdentityRefused(service, Pki().Issue("domain", "URI:spiffe://elsewhere/gateway"));
  CheckPeerIdentityRefused(service, Pki().Issue("shape", "URI:spiffe://varsam/Gate/way"));
  CHECK(answered == 0);
  CHECK(CallOnce(As(service, "gateway")) == absl::OkStatus());
  CHECK(answered == 1);
}

TEST_CASE("a service may call what the table says and nothing else") {
  const TestService service(TlsConfig());
  const absl::Status other = CallOnce(As(service, "retention"));
  CHECK(other.code() == absl::StatusCode::kPermissionDenied);
  CHECK(ReasonOf(other) == "PEER_NOT_ALLOWED");

  const auto context = [] {
    return rpc::NewContext({.deadline = SystemClock().Now() + absl::Seconds(5)});
  };
  const auto retention = LedgerService::NewStub(As(service, "retention"));
  ledger::v1::ListEntriesResponse page;
  CHECK(rpc::FromGrpc(retention->ListEntries(context().get(), {}, &page)) == absl::OkStatus());
  CHECK(page.size() == 7);

  const auto gateway = LedgerService::NewStub(As(service, "gateway"));
  CHECK(ReasonOf(rpc::FromGrpc(gateway->ListEntries(context().get(), {}, &page))) ==
        "PEER_NOT_ALLOWED");
  ledger::v1::VerifyLogResponse verified;  // implemented, but in no table: denied to all
  CHECK(ReasonOf(rpc::FromGrpc(gateway->VerifyLog(context().get(), {}, &verified))) ==
        "PEER_NOT_ALLOWED");
  CHECK_FALSE(verified.intact());
}

TEST_CASE("an rpc that nobody implements is UNIMPLEMENTED and counted") {
  const TestService service(TlsConfig());
  const auto context = rpc::NewContext({.deadline = SystemClock().Now() + absl::Seconds(5)});
  ledger::v1::GetProofResponse response;
  const auto gateway = LedgerService::NewStub(As(service, "gateway"));
  CHECK(gateway->GetProof(context.get(), {}, &response).error_code() ==
        grpc::StatusCode::UNIMPLEMENTED);
  service.server->Drain();  // gRPC has let go of the call
  CHECK(service.metrics->Text().find("varsam_rpc_not_admitted_total 1") != std::string::npos);
}

TEST_CASE("a call without a deadline is refused") {
  TestService service(TlsConfig());
  bool answered = false;
  service.stub.SetAnswer([&](rpc::Call&, ledger::v1::GetCheckpointResponse*) {
    answered = true;
    return absl::OkStatus();
  });
  grpc::ClientContext context;
  ledger::v1::GetCheckpointResponse response;
  const absl::Status status = rpc::FromGrpc(LedgerService::NewStub(As(service, "gateway"))
                                                ->GetCheckpoint(&context, {}, &response));
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(ReasonOf(status) == "DEADLINE_REQUIRED");
  CHECK(status.message() == "every call carries a deadline");
  CHECK_FALSE(answered);
}

TEST_CASE("a deadline that is too long is cut") {
  TestService service(TlsConfig());
  absl::Duration left;
  service.stub.SetAnswer([&](rpc::Call& call, ledger::v1::GetCheckpointResponse*) {
    left = call.deadline() - SystemClock().Now();
    return absl::OkStatus();
  });
  const auto context = rpc::NewContext({.deadline = SystemClock().Now() + absl::Hours(1)});
  ledger::v1::GetCheckpointResponse response;
  CHECK(LedgerService::NewStub(As(service, "gateway"))
            ->GetCheckpoint(context.get(), {}, &response)
            .ok());
  CHECK(left > absl::Seconds(25));
  CHECK(left <= absl::Seconds(30));
}

TEST_CASE("a client accepts only the server it asked for") {
  const TestService service(TlsConfig());
  auto channel = rpc::NewChannel(
      {.service = "retention", .target = service.target(), .tls = Pki().Files("gateway")});
  REQUIRE(channel.ok());
  CHECK(CallOnce(*channel).code() == absl::StatusCode::kUnavailable);
}

TEST_CASE("TLS 1.2 is not spoken") {
  const TestService service(TlsConfig());
  const rpc::TlsFiles files = Pki().Files("gateway");
  const std::string connect =
      absl::StrCat("openssl s_client -connect 127.0.0.1:", service.server->port(), " -CAfile ",
                   files.ca, " -cert ", files.cert, " -key ", files.key,
                   " -alpn h2 -brief </dev/null ");
  const testing::Shown old = testing::RunCommand(connect + "-tls1_2");
  CHECK(old.code != 0);
  CHECK(old.text.find("CONNECTION ESTABLISHED") == std::string::npos);
  const testing::Shown now = testing::RunCommand(connect + "-tls1_3");
  CHECK(now.text.find("CONNECTION ESTABLISHED") != std::string::npos);
  CHECK(now.text.find("TLSv1.3") != std::string::npos);
}

TEST_CASE("a renewed certificate is served without a restart") {
  rpc::ServerConfig config = testing::TestServerConfig();
  config.tls = Pki().Issue("rotating", "URI:spiffe://varsam/consent");
  const TestService service(config);
  const rpc::TlsFiles client = Pki().Files("gateway");
  const auto served = [&] {
    return testing::RunCommand(absl::StrCat(
        "openssl s_client -connect 127.0.0.1:", service.server->port(), " -cert ", client.cert,
        " -key ", client.key,
        " -alpn h2 </dev/null 2>/dev/null | openssl x509 -fingerprint -noout"));
  };
  const std::string before = served().text;
  REQUIRE(before.find("Fingerprint=") != std::string::npos);
  Pki().Issue("rotating", "URI:spiffe://varsam/consent");
  std::string after = before;
  const absl::Duration limit = MonotonicNow() + absl::Seconds(30);
  while (after == before && MonotonicNow() < limit) after = served().text;
  CHECK(after.find("Fingerprint=") != std::string::npos);
  CHECK(after != before);
  CHECK(CallOnce(As(service, "gateway")) == absl::OkStatus());
}

TEST_CASE("a server refuses to start with files that cannot work") {
  rpc::ServerConfig config = TlsConfig();
  const auto start = [&] {
    auto metrics = std::make_shared<obs::Metrics>();
    rpc::Admission admission(testing::TestAccess(), {.service = "consent"}, *metrics);
    return rpc::Server::Start(config, admission, metrics, {}).status();
  };
  config.tls = Pki().Files("gateway");  // another service's certificate
  CHECK(start().code() == absl::StatusCode::kInvalidArgument);
  config.tls = Pki().Issue("nameless", "DNS:consent");
  CHECK(start().message().find("0 URI names, want exactly one") != std::string::npos);
  config.tls =
      Pki().Issue("double", "URI:spiffe://varsam/consent, URI:spiffe://varsam/registry");
  CHECK(start().message().find("2 URI names, want exactly one") != std::string::npos);
  config.tls = Pki().Files("consent");
  config.tls->key = Pki().Files("gateway").key;
  CHECK(start().message().find("not the key of the certificate") != std::string::npos);
  config.tls = Pki().Issue("stale", "URI:spiffe://varsam/consent", -1);
  CHECK(start().message().find("expired") != std::string::npos);
  config.tls->cert = "/nonexistent";
  CHECK(start().message().find("cannot be read") != std::string::npos);
  config.tls.reset();  // plaintext without a name for the peers
  CHECK(start().code() == absl::StatusCode::kInvalidArgument);
}

}  // namespace varsam
