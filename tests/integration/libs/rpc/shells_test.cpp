// What a call carries and how it ends: errors, the end user, bounds, worker pools.
#include <catch2/catch.hpp>

#include <atomic>
#include <thread>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/rpc/status.h"
#include "tests/support/ledger_stub.h"
#include "tests/support/pki.h"

namespace varsam {
namespace {

using testing::CallOnce;
using testing::LedgerService;
using testing::TestService;
namespace v1 = ledger::v1;

rpc::ServerConfig Plaintext(const std::string& peer) {
  rpc::ServerConfig config = testing::TestServerConfig();
  config.insecure_peer = peer;
  return config;
}

std::shared_ptr<grpc::Channel> ChannelTo(const TestService& service) {
  auto channel = rpc::NewChannel({.service = "consent", .target = service.target()});
  REQUIRE(channel.ok());
  return *channel;
}

absl::Time Soon() { return SystemClock().Now() + absl::Seconds(10); }

}  // namespace

TEST_CASE("an error keeps code, reason, message, fields and hint over the wire") {
  TestService service(Plaintext("gateway"));
  absl::Status sent =
      InvalidFields({{"notice.version", "0, want 1..500"}, {"name", "tomt fält"}});
  service.stub.SetAnswer([&](rpc::Call&, v1::GetCheckpointResponse*) { return sent; });
  const auto channel = ChannelTo(service);
  absl::Status got = CallOnce(channel);
  CHECK(got.code() == absl::StatusCode::kInvalidArgument);
  CHECK(ReasonOf(got) == "INVALID_FIELD");
  CHECK(FieldViolationsOf(got) == FieldViolationsOf(sent));
  CHECK(got.message() == sent.message());
  CHECK_FALSE(RetryAfterOf(got));

  sent = RetryLater(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "full", absl::Seconds(2));
  got = CallOnce(channel);
  CHECK(got.code() == absl::StatusCode::kResourceExhausted);
  CHECK(ReasonOf(got) == "QUEUE_FULL");
  CHECK(RetryAfterOf(got) == absl::Seconds(2));
}

TEST_CASE("a handler's peer, deadline and trace are the caller's") {
  TestService service(Plaintext("gateway"));
  std::string peer;
  obs::TraceContext seen;
  service.stub.SetAnswer([&](rpc::Call& call, v1::GetCheckpointResponse*) {
    peer = call.peer();
    seen = call.trace();
    return absl::OkStatus();
  });
  const obs::TraceContext trace = obs::NewTrace();
  const auto context = rpc::NewContext({.deadline = Soon(), .trace = &trace});
  v1::GetCheckpointResponse response;
  const auto stub = LedgerService::NewStub(ChannelTo(service));
  CHECK(stub->GetCheckpoint(context.get(), {}, &response).ok());
  CHECK(peer == "gateway");
  CHECK(seen.trace_id == trace.trace_id);
  CHECK(seen.span_id != trace.span_id);  // a span of its own
}

TEST_CASE("the end user is who the gateway signed for") {
  const testing::TestPki pki;
  const auto signer =
      rpc::CallerSigner::FromPem(testing::ReadWhole(pki.dir() + "/caller-signing.key"));
  const auto verifier = rpc::CallerVerifier::FromPem(
      testing::ReadWhole(pki.dir() + "/caller-signing.pub"), "consent");
  REQUIRE(signer.ok());
  REQUIRE(verifier.ok());
  rpc::AccessTable access;
  access.Allow<LedgerService>("GetCheckpoint", {"gateway"},
                              {.caller = rpc::CallerRule::kRequired});
  TestService service(Plaintext("gateway"), access, &*verifier);
  std::unique_ptr<rpc::Caller> seen;
  service.stub.SetAnswer([&](rpc::Call& call, v1::GetCheckpointResponse*) {
    seen = std::make_unique<rpc::Caller>(*call.caller());
    return absl::OkStatus();
  });
  const auto channel = ChannelTo(service);
  const rpc::Caller caller{rpc::CallerKind::kStaff, "staff-7", {"case_officer"}, "case-1"};
  const absl::Time now = SystemClock().Now();
  CHECK(CallOnce(channel, signer->Sign(caller, "consent", now)) == absl::OkStatus());
  REQUIRE(seen != nullptr);
  CHECK(*seen == caller);

  CHECK(ReasonOf(CallOnce(channel)) == "CALLER_REQUIRED");
  for (const std::string& bad :
       {signer->Sign(caller, "retention", now),
        signer->Sign(caller, "consent", now - absl::Minutes(5)),
        signer->Sign(caller, "consent", now + absl::Minutes(5)), std::string("nonsense")}) {
    const absl::Status status = CallOnce(channel, bad);
    CHECK(status.code() == absl::StatusCode::kUnauthenticated);
    CHECK(ReasonOf(status) == "CALLER_ASSERTION");
  }
}

TEST_CASE("more calls in flight than a method allows are refused at once") {
  TestService service(Plaintext("gateway"));  // GetTile: 4 in flight, held until released
  const auto stub = LedgerService::NewStub(ChannelTo(service));
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<v1::GetTileResponse> responses(5);
  const v1::GetTileRequest request;
  std::atomic<int> ok{0};
  std::atomic<int> refused{0};
  absl::BlockingCounter first(1);
  absl::BlockingCounter rest(4);
  for (int i = 0; i < 5; ++i) {
    contexts.push_back(rpc::NewContext({.deadline = Soon()}));
    stub->async()->GetTile(contexts[i].get(), &request, &responses[i], [&](grpc::Status status) {
      const absl::Status end = rpc::FromGrpc(status);
      if (end.ok()) {
        ++ok;
        rest.DecrementCount();
      } else if (ReasonOf(end) == "IN_FLIGHT_LIMIT" && RetryAfterOf(end)) {
        ++refused;
        first.DecrementCount();
      }
    });
  }
  first.Wait();  // one of five is refused while four are held
  CHECK(service.stub.held() == 4);
  service.stub.ReleaseHeld();
  rest.Wait();
  CHECK(ok == 4);
  CHECK(refused == 1);
  CHECK(service.metrics->Text().find("code=\"RESOURCE_EXHAUSTED\"") != std::string::npos);
}

TEST_CASE("metadata and messages over their bounds are refused") {
  TestService service(Plaintext("gateway"));
  const auto stub = LedgerService::NewStub(ChannelTo(service));
  {
    const auto context = rpc::NewContext({.deadline = Soon()});
    context->AddMetadata("x-padding", std::string(16 * 1024, 'a'));
    v1::GetCheckpointResponse response;
    CHECK(stub->GetCheckpoint(context.get(), {}, &response).error_code() ==
          grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
  const auto context = rpc::NewContext({.deadline = Soon()});
  v1::TailRequest request;
  request.add_kinds(std::string(5 * 1024 * 1024, 'a'));
  const auto reader = stub->Tail(context.get(), request);
  v1::TailResponse response;
  CHECK_FALSE(reader->Read(&response));
  CHECK(reader->Finish().error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  CHECK(CallOnce(ChannelTo(service)) == absl::OkStatus());
}

}  // namespace varsam
