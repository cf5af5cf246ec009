// LedgerService behind the real server, over a real log: pages, proofs, tails that follow live.
#include <grpcpp/create_channel.h>
#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/ledger/ledger_service.h"
#include "libs/rpc/server.h"
#include "libs/rpc/status.h"
#include "tests/support/ledger_log.h"

namespace varsam::ledger {
namespace {

using Stub = v1::LedgerService::Stub;

rpc::AccessTable Access() {
  rpc::AccessTable access;
  AllowLedger(access, {"gateway", "retention"});
  return access;
}

struct Served {
  Served()
      : admission(Access(), {.service = "consent"}, *metrics),
        workers({.name = "reads", .threads = 2, .queue_max = 64}, *metrics),
        service(log.ledger(), log.pool(), workers, admission) {
    rpc::ServerConfig config;
    config.service = "consent";
    config.insecure_peer = "gateway";
    auto started = rpc::Server::Start(config, admission, metrics, {&service});
    REQUIRE(started.ok());
    server = *std::move(started);
    stub = v1::LedgerService::NewStub(grpc::CreateChannel(
        absl::StrCat("localhost:", server->port()), grpc::InsecureChannelCredentials()));
  }

  LedgerLog log;
  std::shared_ptr<obs::Metrics> metrics = std::make_shared<obs::Metrics>();
  rpc::Admission admission;
  rpc::WorkerPool workers;
  LedgerService service;
  std::unique_ptr<rpc::Server> server;
  std::unique_ptr<Stub> stub;
};

template <typename Request, typename Response, typename Method>
absl::Status Call(Served& served, Method method, const Request& request, Response* response) {
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(SystemClock().Now() + absl::Seconds(20)));
  return rpc::FromGrpc((served.stub.get()->*method)(&context, request, response));
}

struct Tailing {
  Tailing(Served& served, uint64_t from, std::vector<std::string> kinds = {}) {
    context.set_deadline(absl::ToChronoTime(SystemClock().Now() + absl::Seconds(20)));
    v1::TailRequest request;
    request.set_from_index(from);
    request.mutable_kinds()->Add(kinds.begin(), kinds.end());
    reader = served.stub->Tail(&context, request);
    next = from;
  }
  ~Tailing() {
    context.TryCancel();
    v1::TailResponse rest;
    while (reader->Read(&rest)) {
    }
    (void)reader->Finish();
  }
  // Reads until the cursor is at `until`; gives the entries.
  std::vector<v1::Entry> ReadTo(uint64_t until) {
    std::vector<v1::Entry> entries;
    v1::TailResponse page;
    while (next < until || !greeted) {
      if (!reader->Read(&page)) break;
      greeted = true;
      entries.insert(entries.end(), page.entries().begin(), page.entries().end());
      CHECK(page.next_index() >= next);
      next = page.next_index();
      CHECK(page.size() >= next);
    }
    CHECK(next == until);
    return entries;
  }
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<v1::TailResponse>> reader;
  uint64_t next = 0;
  bool greeted = false;
};

}  // namespace

TEST_CASE("checkpoint, tiles, entries and proofs over the wire") {
  Served served;
  v1::GetCheckpointResponse checkpoint;
  CHECK(ReasonOf(Call(served, &Stub::GetCheckpoint, v1::GetCheckpointRequest(), &checkpoint)) ==
        "LEDGER_EMPTY");
  const auto batch = served.log.Append(300);
  REQUIRE(Call(served, &Stub::GetCheckpoint, v1::GetCheckpointRequest(), &checkpoint).ok());
  CHECK(checkpoint.size() == 300);
  const auto opened = NoteVerifier::Parse(checkpoint.vkey())->Open(checkpoint.checkpoint());
  REQUIRE(opened.ok());

  v1::GetTileRequest tile;
  tile.set_width(256);
  v1::GetTileResponse hashes;
  REQUIRE(Call(served, &Stub::GetTile, tile, &hashes).ok());
  CHECK(hashes.data().size() == 8192);
  tile.set_width(257);
  CHECK(ReasonOf(Call(served, &Stub::GetTile, tile, &hashes)) == "INVALID_FIELD");
  tile.set_width(256);
  tile.set_index(1);
  CHECK(ReasonOf(Call(served, &Stub::GetTile, tile, &hashes)) == "NO_SUCH_TILE");

  v1::ListEntriesRequest list;
  list.set_from_index(290);
  v1::ListEntriesResponse page;
  REQUIRE(Call(served, &Stub::ListEntries, list, &page).ok());
  CHECK(page.entries_size() == 10);
  CHECK(page.next_index() == 300);
  CHECK(page.entries(0).payload() == "payload 290");

  v1::GetProofRequest wanted;
  wanted.mutable_inclusion()->set_index(123);
  v1::GetProofResponse proof;
  REQUIRE(Call(served, &Stub::GetProof, wanted, &proof).ok());
  std::vector<Hash> path;
  for (const std::string& hash : proof.inclusion().path()) path.push_back(*HashFromBytes(hash));
  CHECK(VerifyInclusion(batch->entry(123).leaf_hash, 123, 300, path, opened->root));

  v1::VerifyLogResponse verified;
  REQUIRE(Call(served, &Stub::VerifyLog, v1::VerifyLogRequest(), &verified).ok());
  CHECK(verified.intact());
  served.log.Tamper("UPDATE ledger_entry SET payload = 'x' WHERE index = 42");
  REQUIRE(Call(served, &Stub::VerifyLog, v1::VerifyLogRequest(), &verified).ok());
  CHECK(verified.damage() == "PAYLOAD_CHANGED");
  CHECK(verified.index() == 42);
}

TEST_CASE("a tail gives what is there, then what comes, and resumes at its cursor") {
  Served served;
  served.log.Append(1200);
  {
    Tailing tail(served, 0);
    const auto there = tail.ReadTo(1200);
    REQUIRE(there.size() == 1200);
    for (uint64_t i = 0; i < there.size(); ++i) REQUIRE(there[i].index() == i);
    for (uint64_t size = 1201; size <= 1220; ++size) {
      served.log.Append(1);
      const auto came = tail.ReadTo(size);
      REQUIRE(came.size() == 1);
      CHECK(came[0].index() == size - 1);
    }
  }
  Tailing resumed(served, 1215);
  CHECK(resumed.ReadTo(1220).size() == 5);
  Tailing at_end(served, 1220);
  CHECK(at_end.ReadTo(1220).empty());  // told at once that nothing is missing
}

TEST_CASE("a tail filters kinds and still moves its cursor; several tails do not mix") {
  Served served;
  Tailing all(served, 0);
  Tailing some(served, 0, {"wanted"});
  std::vector<Entry> entries;
  for (int i = 0; i < 700; ++i) entries.push_back({i % 100 == 7 ? "wanted" : "other", "p"});
  served.log.AppendEntries(entries);
  CHECK(some.ReadTo(700).size() == 7);
  CHECK(all.ReadTo(700).size() == 700);
}

TEST_CASE("appends of another replica are seen without a word from it") {
  Served served;
  Tailing tail(served, 0);
  tail.ReadTo(0);
  served.log.AppendElsewhere(3);
  CHECK(tail.ReadTo(3).size() == 3);
}

TEST_CASE("large entries stay within the message size") {
  Served served;
  std::vector<Entry> entries;
  for (int i = 0; i < 12; ++i) entries.push_back({"large", std::string(kPayloadBytesMax, 'x')});
  served.log.AppendEntries(entries);
  Tailing tail(served, 0);
  CHECK(tail.ReadTo(12).size() == 12);
}

TEST_CASE("a cursor beyond the log is refused") {
  Served served;
  served.log.Append(3);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(SystemClock().Now() + absl::Seconds(20)));
  v1::TailRequest request;
  request.set_from_index(9);
  const auto reader = served.stub->Tail(&context, request);
  v1::TailResponse page;
  CHECK_FALSE(reader->Read(&page));
  CHECK(ReasonOf(rpc::FromGrpc(reader->Finish())) == "CURSOR_AHEAD");
}

}  // namespace varsam::ledger
