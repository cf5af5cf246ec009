// Calls that a channel makes are counted by method and code.
#include <catch2/catch.hpp>

#include "libs/base/clock.h"
#include "libs/rpc/status.h"
#include "tests/support/ledger_stub.h"

namespace varsam {
namespace {

using testing::LedgerService;

// The plaintext server takes this peer's name.
rpc::ServerConfig PlainConfig() {
  rpc::ServerConfig config = testing::TestServerConfig();
  config.insecure_peer = "gateway";
  return config;
}

std::unique_ptr<grpc::ClientContext> Soon() {
  return rpc::NewContext({.deadline = SystemClock().Now() + absl::Seconds(10)});
}

struct Counting {
  testing::TestService service{PlainConfig()};
  std::shared_ptr<obs::Metrics> metrics = std::make_shared<obs::Metrics>();
  std::shared_ptr<grpc::Channel> channel =
      *rpc::NewChannel({.service = "consent", .target = service.target(), .metrics = metrics});
  std::unique_ptr<LedgerService::Stub> stub = LedgerService::NewStub(channel);

  bool Shows(const std::string& line) const {
    return metrics->Text().find("varsam_rpc_client_" + line + "\n") != std::string::npos;
  }
};

}  // namespace

TEST_CASE("outgoing calls are counted by method and code, with their time") {
  const Counting counting;
  ledger::v1::GetCheckpointResponse checkpoint;
  CHECK(counting.stub->GetCheckpoint(Soon().get(), {}, &checkpoint).ok());
  CHECK(counting.stub->GetCheckpoint(Soon().get(), {}, &checkpoint).ok());
  ledger::v1::ListEntriesResponse page;  // not for this peer
  CHECK_FALSE(counting.stub->ListEntries(Soon().get(), {}, &page).ok());
  CHECK(counting.Shows(
      R"(calls_total{method="varsam.ledger.v1.LedgerService/GetCheckpoint",code="OK"} 2)"));
  CHECK(
      counting.Shows(R"(seconds_count{method="varsam.ledger.v1.LedgerService/GetCheckpoint"} 2)"));
  CHECK(counting.Shows(R"(in_flight{method="varsam.ledger.v1.LedgerService/GetCheckpoint"} 0)"));
  CHECK(counting.Shows(R"(calls_total{method="varsam.ledger.v1.LedgerService/ListEntries",)"
                       R"(code="PERMISSION_DENIED"} 1)"));
}

TEST_CASE("a stream counts as one call, in flight until it ends") {
  Counting counting;
  counting.service.stub.AddEntries(1);
  const std::string tail = R"(method="varsam.ledger.v1.LedgerService/Tail")";
  {
    const auto context = Soon();
    const auto stream = counting.stub->Tail(context.get(), {});
    ledger::v1::TailResponse batch;
    REQUIRE(stream->Read(&batch));
    CHECK(counting.Shows("in_flight{" + tail + "} 1"));
    context->TryCancel();
    while (stream->Read(&batch)) {
    }
    CHECK(stream->Finish().error_code() == grpc::StatusCode::CANCELLED);
  }
  CHECK(counting.Shows("calls_total{" + tail + R"(,code="CANCELLED"} 1)"));
  CHECK(counting.Shows("in_flight{" + tail + "} 0"));
}

TEST_CASE("a peer that is not there is counted as UNAVAILABLE") {
  const auto metrics = std::make_shared<obs::Metrics>();
  const auto channel =
      *rpc::NewChannel({.service = "consent", .target = "dns:///localhost:1", .metrics = metrics});
  CHECK(testing::CallOnce(channel).code() == absl::StatusCode::kUnavailable);
  CHECK(metrics->Text().find(R"(GetCheckpoint",code="UNAVAILABLE"} 1)") != std::string::npos);
}

}  // namespace varsam
