// What the consent service costs beside ceilings of the same machine, in one run; prints only.
//
//   VARSAM_TEST_PG=DIR VARSAM_SOURCE_DIR=DIR consent_bench [seconds a run, default 3] [row …]
//
// No row named: all of them but C4x.
//
//   C1b Decide beside an empty call on gRPC's bare server, 64 in flight, mTLS on both; with p99
//   C2  BatchDecide of 1,000 beside an echo that gets and gives as many bytes, 8 in flight, mTLS
//   C3  RecordConsent at 256 in flight beside bare batches of as many rows as a commit of ours had,
//       with the same payload; one caller alone beside one bare commit
//   C4  bytes of the decision table for a person with five choices; reading the past into a fresh
//       table beside COPY OUT of the same rows; C4x: a ledger of VARSAM_LOAD_ENTRIES people
//   C5  a withdrawal until three replicas deny
//   C6  an answer kept in the asking process beside a look-up in a hash map
//   REST  record and check through the gateway beside what c15t was seen to do
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "grpcpp/generic/async_generic_service.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/server_builder.h"
#include "libs/base/check.h"
#include "libs/pg/tx.h"
#include "libs/rpc/server.h"
#include "libs/rpc/tls.h"
#include "services/consent/worker/own_ledger.h"
#include "tests/load/consent_bench.h"
#include "tests/support/consent_stack.h"

namespace varsam::consent {
namespace {

using Service = v1::ConsentService;

constexpr pg::Statement kBare{
    "bench_bare_consent",
    "INSERT INTO bare (id, subject, purpose, at, payload) SELECT i, s, p, a, b FROM "
    "unnest($1, $2, $3, $4, $5) AS t (i, s, p, a, b)"};

// Sends one call and says when it has ended.
using Send = std::function<void(std::function<void()> ended)>;

struct Measured {
  double per_second = 0;
  absl::Duration p99;
};

// How many calls took how many microseconds.
class Times {
 public:
  void Add(absl::Duration took) {
    const auto micros = static_cast<size_t>(std::max<int64_t>(0, absl::ToInt64Microseconds(took)));
    counts_[std::min(micros, counts_.size() - 1)].fetch_add(1, std::memory_order_relaxed);
  }
  absl::Duration At(double part) const {
    uint64_t all = 0, seen = 0;
    for (const auto& count : counts_) all += count;
    for (size_t micros = 0; micros < counts_.size(); ++micros) {
      seen += counts_[micros];
      if (static_cast<double>(seen) >= part * static_cast<double>(all)) {
        return absl::Microseconds(static_cast<int64_t>(micros));
      }
    }
    return absl::InfiniteDuration();
  }

 private:
  std::vector<std::atomic<uint64_t>> counts_ = std::vector<std::atomic<uint64_t>>(200'000);
};

// `in_flight` calls at any time for so long.
Measured MeasureTimes(int in_flight, absl::Duration time, const Send& send) {
  std::atomic<uint64_t> done{0};
  Times times;
  std::atomic<int> open{in_flight};
  const absl::Duration start = MonotonicNow(), end = start + time;
  std::function<void()> next = [&] {
    send([&, sent = MonotonicNow()] {
      times.Add(MonotonicNow() - sent);
      done.fetch_add(1, std::memory_order_relaxed);
      if (MonotonicNow() < end) return next();
      if (--open == 0) open.notify_all();
    });
  };
  for (int i = 0; i < in_flight; ++i) next();
  for (int left = open; left > 0; left = open) open.wait(left);
  return {static_cast<double>(done) / absl::ToDoubleSeconds(MonotonicNow() - start),
          times.At(0.99)};
}

double Measure(int in_flight, absl::Duration time, const Send& send) {
  return MeasureTimes(in_flight, time, send).per_second;
}

// One call of a method with a request of its own, on the heap until it ends.
template <typename Request, typename Response>
struct Flight {
  std::unique_ptr<grpc::ClientContext> context =
      rpc::NewContext({.deadline = SystemClock().Now() + absl::Seconds(20)});
  Request request;
  Response response;
};

template <typename Request, typename Response, typename Method>
Send Calling(Service::Stub& stub, Method method, std::function<Request()> make) {
  return [&stub, method, make = std::move(make)](std::function<void()> ended) {
    auto* const flight = new Flight<Request, Response>{.request = make()};
    (stub.async()->*method)(flight->context.get(), &flight->request, &flight->response,
                            [flight, ended = std::move(ended)](grpc::Status status) {
                              VARSAM_CHECK(status.ok()) << status.error_message();
                              delete flight;
                              ended();
                            });
  };
}

class EmptyService final : public Service::CallbackService {
 public:
  grpc::ServerUnaryReactor* Decide(grpc::CallbackServerContext* context, const v1::DecideRequest*,
                                   v1::DecideResponse*) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

using DecideMethod = void (Service::StubInterface::async_interface::*)(
    grpc::ClientContext*, const v1::DecideRequest*, v1::DecideResponse*,
    std::function<void(grpc::Status)>);
using RecordMethod = void (Service::StubInterface::async_interface::*)(
    grpc::ClientContext*, const v1::RecordConsentRequest*, v1::RecordConsentResponse*,
    std::function<void(grpc::Status)>);

v1::DecisionQuery QueryOf(const std::string& subject) {
  v1::DecisionQuery query;
  query.set_subject_id(subject);
  query.set_purpose("talent_pool");
  query.add_data_categories("cv");
  return query;
}

void CompareDecide(testing::ConsentStack& stack, const std::string& subject, absl::Duration time) {
  EmptyService empty;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(
      "127.0.0.1:0",
      *rpc::NewServerCredentials(testing::ConsentStack::Pki().Files("consent"), "consent"), &port);
  builder.RegisterService(&empty);
  const auto server = builder.BuildAndStart();
  const auto bare_stub =
      Service::NewStub(stack.ground().ChannelAs("gateway", static_cast<uint16_t>(port)));
  const Send bare = Calling<v1::DecideRequest, v1::DecideResponse>(
      *bare_stub, static_cast<DecideMethod>(&Service::StubInterface::async_interface::Decide),
      std::function<v1::DecideRequest()>([] { return v1::DecideRequest(); }));
  const Send ours = Calling<v1::DecideRequest, v1::DecideResponse>(
      stack.stub(), static_cast<DecideMethod>(&Service::StubInterface::async_interface::Decide),
      std::function<v1::DecideRequest()>([&] {
        v1::DecideRequest request;
        *request.mutable_query() = QueryOf(subject);
        return request;
      }));
  Measure(64, absl::Milliseconds(300), bare);
  Measure(64, absl::Milliseconds(300), ours);
  std::vector<double> ratios, tails;
  for (int round = 0; round < 3; ++round) {
    const Measured theirs = MeasureTimes(64, time, bare), mine = MeasureTimes(64, time, ours);
    const double ratio = mine.per_second / theirs.per_second;
    tails.push_back(absl::FDivDuration(mine.p99, theirs.p99));
    std::printf(
        "C1b empty gRPC call %8.0f/s p99 %.2f ms   Decide %8.0f/s p99 %.2f ms   ratio %.2f, of p99 "
        "%.2f\n",
        theirs.per_second, absl::ToDoubleMilliseconds(theirs.p99), mine.per_second,
        absl::ToDoubleMilliseconds(mine.p99), ratio, tails.back());
    ratios.push_back(ratio);
  }
  std::sort(ratios.begin(), ratios.end());
  std::sort(tails.begin(), tails.end());
  std::printf("C1b median ratio %.2f, of p99 %.2f   target 0.90, 1.15\n", ratios[1], tails[1]);
}

// Any unary call answers with the same bytes.
class EchoService final : public grpc::CallbackGenericService {
 public:
  explicit EchoService(grpc::ByteBuffer answer) : answer_(std::move(answer)) {}
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext*) override {
    return new Echo(answer_);
  }

 private:
  class Echo final : public grpc::ServerGenericBidiReactor {
   public:
    explicit Echo(const grpc::ByteBuffer& answer) : answer_(answer) { StartRead(&request_); }
    void OnReadDone(bool ok) override {
      VARSAM_CHECK(ok);
      StartWriteAndFinish(&answer_, grpc::WriteOptions(), grpc::Status::OK);
    }
    void OnDone() override { delete this; }

   private:
    grpc::ByteBuffer request_, answer_;
  };
  const grpc::ByteBuffer answer_;
};

grpc::ByteBuffer BytesOf(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

// The method called with bytes made once: what is measured is the server, not this client.
Send CallingRaw(grpc::GenericStub& stub, const grpc::ByteBuffer& request) {
  return [&stub, &request](std::function<void()> ended) {
    auto* const flight = new Flight<grpc::ByteBuffer, grpc::ByteBuffer>{.request = request};
    stub.UnaryCall(flight->context.get(), "/varsam.consent.v1.ConsentService/BatchDecide", {},
                   &flight->request, &flight->response,
                   [flight, ended = std::move(ended)](grpc::Status status) {
                     VARSAM_CHECK(status.ok()) << status.error_message();
                     delete flight;
                     ended();
                   });
  };
}

void CompareBatches(testing::ConsentStack& stack, const std::string& subject, absl::Duration time) {
  v1::BatchDecideRequest request;
  for (int i = 0; i < 1000; ++i) *request.add_queries() = QueryOf(subject);
  v1::BatchDecideResponse response;
  VARSAM_CHECK(stack.stub().BatchDecide(testing::Patient().get(), request, &response).ok());
  VARSAM_CHECK(response.decisions(999).reason() == "ALLOW_CONSENT");
  EchoService echo(BytesOf(response));
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort(
      "127.0.0.1:0",
      *rpc::NewServerCredentials(testing::ConsentStack::Pki().Files("consent"), "consent"), &port);
  builder.RegisterCallbackGenericService(&echo);
  const auto server = builder.BuildAndStart();
  grpc::GenericStub bare(stack.ground().ChannelAs("gateway", static_cast<uint16_t>(port)));
  grpc::GenericStub ours(stack.ground().ChannelAs("gateway", stack.app().host().server().port()));
  const grpc::ByteBuffer bytes = BytesOf(request);
  std::vector<double> ratios;
  for (int round = 0; round < 3; ++round) {
    const double theirs = 1000 * Measure(8, time, CallingRaw(bare, bytes));
    const double mine = 1000 * Measure(8, time, CallingRaw(ours, bytes));
    std::printf("C2  echo of equal bytes %9.0f/s   BatchDecide %9.0f decisions/s   ratio %.2f\n",
                theirs, mine, mine / theirs);
    ratios.push_back(mine / theirs);
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("C2  median ratio %.2f, %zu + %zu bytes a call\n", ratios[1], request.ByteSizeLong(),
              response.ByteSizeLong());
}

double MeasureBare(testing::ConsentStack& stack, absl::Duration time, size_t payload_bytes,
                   size_t size) {
  auto connection = stack.ground().database().Open();
  VARSAM_CHECK(connection
                   ->Execute("CREATE TABLE IF NOT EXISTS bare (id uuid, subject uuid, "
                             "purpose text, at timestamptz, payload bytea)")
                   .ok());
  uint64_t done = 0;
  const absl::Duration start = MonotonicNow();
  while (MonotonicNow() < start + time) {
    std::vector<Uuid> ids;
    for (size_t i = 0; i < size; ++i) ids.push_back(NewUuidV4());
    pg::Tx tx(*connection);
    tx.Enqueue(kBare,
               pg::Params()
                   .Uuids(ids)
                   .Uuids(ids)
                   .Texts(std::vector<std::string>(size, "talent_pool"))
                   .Times(std::vector<absl::Time>(size, SystemClock().Now()))
                   .BytesList(std::vector<std::string>(size, std::string(payload_bytes, 'p'))));
    VARSAM_CHECK(tx.Commit().ok());
    done += size;
  }
  return static_cast<double>(done) / absl::ToDoubleSeconds(MonotonicNow() - start);
}

void CompareRecord(testing::ConsentStack& stack, int in_flight, absl::Duration time) {
  const Send send = Calling<v1::RecordConsentRequest, v1::RecordConsentResponse>(
      stack.stub(),
      static_cast<RecordMethod>(&Service::StubInterface::async_interface::RecordConsent),
      std::function<v1::RecordConsentRequest()>(
          [&] { return stack.Choice(NewUuidV4().ToString(), "talent_pool", v1::CHOICE_GIVEN); }));
  Measure(in_flight, absl::Milliseconds(300), send);
  const size_t payload = stack.app().host().reader().EntryAt(0)->payload->size();
  std::vector<double> ratios;
  size_t size = 1;
  for (int round = 0; round < 3; ++round) {
    const journal::JournalStats before = stack.app().host().journal().Stats();
    const double ours = Measure(in_flight, time, send);
    const journal::JournalStats after = stack.app().host().journal().Stats();
    size = (after.asks_total - before.asks_total) / (after.commits_total - before.commits_total);
    const double bare = MeasureBare(stack, time, payload, size);
    std::printf("C3  bare insert %8.0f rows/s   RecordConsent %8.0f/s   ratio %.2f\n", bare, ours,
                ours / bare);
    ratios.push_back(ours / bare);
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("C3  %d in flight: median ratio %.2f, %zu choices a commit, payload %zu bytes\n",
              in_flight, ratios[1], size, payload);
}

// People who chose for three purposes at once and later, on days of their own, for two more.
void MeasureBytes(int people) {
  const size_t before = mallinfo2().uordblks;
  DecisionTable table;
  const absl::Time start = SystemClock().Now() - absl::Hours(24 * 365);
  for (int i = 0; i < people; ++i) {
    const SubjectId subject(NewUuidV4());
    const absl::Time known = start + i * absl::Seconds(1);
    table.Apply(Classification{.subject = subject,
                               .categories = {"applicant"},
                               .sources = {{"self", known - absl::Hours(5), std::nullopt}}},
                known);
    for (int n = 0; n < 5; ++n) {
      RecordedConsent consent;
      const absl::Time at = known + absl::Hours(n < 3 ? 1 : 24 * n + i % 1000);
      consent.id = NewUuidV7(at);
      consent.subject = subject;
      consent.purpose = PurposeId("purpose_" + std::to_string(n));
      consent.at = consent.recorded_at = at;
      consent.mechanism = "button";
      table.Apply(consent);
    }
  }
  const DecisionTable::Size size = table.Measure();
  std::printf(
      "C4  %zu people with 5 choices: %zu bytes each by the table's count, %zu taken from "
      "the allocator\n",
      size.subjects, size.bytes / size.subjects, (mallinfo2().uordblks - before) / size.subjects);
}

void CompareStart(testing::ConsentStack& stack) {
  host::Host& host = stack.app().host();
  const uint64_t size = *host.reader().Size();
  static constexpr pg::Type kTypes[] = {pg::Type::kInt64, pg::Type::kTime, pg::Type::kBytes};
  auto connection = stack.ground().database().Open();
  for (int round = 0; round < 3; ++round) {
    const absl::Duration start = MonotonicNow();
    VARSAM_CHECK(connection
                     ->CopyOut("COPY (SELECT index, at, payload FROM ledger_entry) TO STDOUT "
                               "(FORMAT binary)",
                               kTypes, [](const pg::Row&) { return absl::OkStatus(); })
                     .ok());
    const absl::Duration copied = MonotonicNow();
    DecisionTable table;
    RevisionGate gate;
    ChangeHub hub;
    OwnLedger own({host.reader(), host.ledger(), table, gate, hub});
    std::atomic<bool> there{false};
    own.Start([&] {
      there = gate.revision() >= size;
      there.notify_all();
    });
    there.wait(false);
    const absl::Duration read = MonotonicNow();
    own.Stop();
    std::printf("C4  %lu entries: COPY OUT %.2f s, read into the table %.2f s, ratio %.2f\n", size,
                absl::ToDoubleSeconds(copied - start), absl::ToDoubleSeconds(read - copied),
                absl::FDivDuration(read - copied, copied - start));
  }
}

int Run(absl::Duration time, const std::set<std::string>& rows) {
  const auto wanted = [&](const char* row) { return rows.empty() || rows.contains(row); };
  if (wanted("C4")) MeasureBytes(1'000'000);
  if (wanted("C5")) MeasureSpread();
  if (wanted("C6")) MeasureKept(time);
  if (wanted("REST")) MeasureRest(time);
  if (rows.contains("C4x")) {
    const char* const entries = getenv("VARSAM_LOAD_ENTRIES");
    CompareLargeStart(entries == nullptr ? 1'000'000 : std::atoll(entries));
  }
  if (!wanted("C1b") && !wanted("C2") && !wanted("C3") && !wanted("C4")) return 0;
  testing::ConsentStack stack;
  stack.adjust = [](Config& config) { config.host.server.concurrent_streams_max = 1024; };
  stack.Restart();
  stack.Prepare();
  const std::string subject = stack.Register("applicant");
  v1::RecordConsentResponse response;
  VARSAM_CHECK(stack.stub()
                   .RecordConsent(testing::Patient().get(),
                                  stack.Choice(subject, "talent_pool", v1::CHOICE_GIVEN), &response)
                   .ok());
  if (wanted("C1b")) CompareDecide(stack, subject, time);
  if (wanted("C2")) CompareBatches(stack, subject, time);
  if (wanted("C3")) {
    CompareRecord(stack, 256, time);
    CompareRecord(stack, 1, time);
  }
  if (wanted("C4")) CompareStart(stack);
  return 0;
}

}  // namespace
}  // namespace varsam::consent

int main(int argc, char** argv) {
  varsam::rpc::ForgetLockOrder();
  return varsam::consent::Run(absl::Seconds(argc > 1 ? std::atof(argv[1]) : 3.0),
                              {argv + std::min(argc, 2), argv + argc});
}
