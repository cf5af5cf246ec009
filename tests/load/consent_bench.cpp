// What the consent service costs beside ceilings of the same machine, in one run; prints only.
//
//   VARSAM_TEST_PG=DIR VARSAM_SOURCE_DIR=DIR consent_bench [seconds per run, default 3]
//
//   C2  Decide beside an empty call on gRPC's bare server, 64 in flight, mTLS on both
//   C3  BatchDecide, decisions in a second, batches of 100, 8 in flight
//   W1  RecordConsent at 256 in flight beside bare batches of 256 rows that carry the same payload
//   M1  bytes of the decision table for a person with five choices
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "grpcpp/server_builder.h"
#include "libs/base/check.h"
#include "libs/pg/tx.h"
#include "libs/rpc/tls.h"
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

// `in_flight` calls at any time for so long; calls in a second.
double Measure(int in_flight, absl::Duration time, const Send& send) {
  std::atomic<uint64_t> done{0};
  std::atomic<int> open{in_flight};
  const absl::Duration start = MonotonicNow(), end = start + time;
  std::function<void()> next = [&] {
    send([&] {
      done.fetch_add(1, std::memory_order_relaxed);
      if (MonotonicNow() < end) return next();
      if (--open == 0) open.notify_all();
    });
  };
  for (int i = 0; i < in_flight; ++i) next();
  for (int left = open; left > 0; left = open) open.wait(left);
  return static_cast<double>(done) / absl::ToDoubleSeconds(MonotonicNow() - start);
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
using BatchMethod = void (Service::StubInterface::async_interface::*)(
    grpc::ClientContext*, const v1::BatchDecideRequest*, v1::BatchDecideResponse*,
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
      "127.0.0.1:0", *rpc::NewServerCredentials(testing::ConsentStack::Pki().Files("consent"),
                                                "consent"), &port);
  builder.RegisterService(&empty);
  const auto server = builder.BuildAndStart();
  const auto bare_stub = Service::NewStub(
      stack.ground().ChannelAs("gateway", static_cast<uint16_t>(port)));
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
  std::vector<double> ratios;
  for (int round = 0; round < 3; ++round) {
    const double theirs = Measure(64, time, bare), mine = Measure(64, time, ours);
    std::printf("C2  empty gRPC call %8.0f/s   Decide %8.0f/s   ratio %.2f\n", theirs, mine,
                mine / theirs);
    ratios.push_back(mine / theirs);
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("C2  median ratio %.2f\n", ratios[1]);
}

void MeasureBatches(testing::ConsentStack& stack, const std::string& subject,
                    absl::Duration time) {
  const Send send = Calling<v1::BatchDecideRequest, v1::BatchDecideResponse>(
      stack.stub(), static_cast<BatchMethod>(&Service::StubInterface::async_interface::BatchDecide),
      std::function<v1::BatchDecideRequest()>([&] {
        v1::BatchDecideRequest request;
        for (int i = 0; i < 100; ++i) *request.add_queries() = QueryOf(subject);
        return request;
      }));
  std::printf("C3  BatchDecide %.0f decisions/s\n", 100 * Measure(8, time, send));
}

double MeasureBare(testing::ConsentStack& stack, absl::Duration time, size_t payload_bytes) {
  auto connection = stack.ground().database().Open();
  VARSAM_CHECK(connection
                   ->Execute("CREATE TABLE IF NOT EXISTS bare (id uuid, subject uuid, "
                             "purpose text, at timestamptz, payload bytea)")
                   .ok());
  const int size = 256;
  uint64_t done = 0;
  const absl::Duration start = MonotonicNow();
  while (MonotonicNow() < start + time) {
    std::vector<Uuid> ids;
    for (int i = 0; i < size; ++i) ids.push_back(NewUuidV4());
    pg::Tx tx(*connection);
    tx.Enqueue(kBare, pg::Params()
                          .Uuids(ids)
                          .Uuids(ids)
                          .Texts(std::vector<std::string>(size, "talent_pool"))
                          .Times(std::vector<absl::Time>(size, SystemClock().Now()))
                          .BytesList(std::vector<std::string>(
                              size, std::string(payload_bytes, 'p'))));
    VARSAM_CHECK(tx.Commit().ok());
    done += size;
  }
  return static_cast<double>(done) / absl::ToDoubleSeconds(MonotonicNow() - start);
}

void CompareRecord(testing::ConsentStack& stack, absl::Duration time) {
  size_t payload_bytes = 0;
  const Send send = Calling<v1::RecordConsentRequest, v1::RecordConsentResponse>(
      stack.stub(),
      static_cast<RecordMethod>(&Service::StubInterface::async_interface::RecordConsent),
      std::function<v1::RecordConsentRequest()>([&] {
        return stack.Choice(NewUuidV4().ToString(), "talent_pool", v1::CHOICE_GIVEN);
      }));
  Measure(256, absl::Milliseconds(300), send);
  payload_bytes = stack.app().host().reader().EntryAt(0)->payload->size();
  std::vector<double> ratios;
  for (int round = 0; round < 3; ++round) {
    const double bare = MeasureBare(stack, time, payload_bytes);
    const double ours = Measure(256, time, send);
    std::printf("W1  bare insert %8.0f rows/s   RecordConsent %8.0f/s   ratio %.2f\n", bare, ours,
                ours / bare);
    ratios.push_back(ours / bare);
  }
  std::sort(ratios.begin(), ratios.end());
  const journal::JournalStats stats = stack.app().host().journal().Stats();
  std::printf("W1  median ratio %.2f, %.0f choices a commit, payload %zu bytes\n", ratios[1],
              static_cast<double>(stats.asks_total) / static_cast<double>(stats.commits_total),
              payload_bytes);
}

void MeasureBytes() {
  DecisionTable table;
  for (int i = 0; i < 50'000; ++i) {
    const SubjectId subject(NewUuidV4());
    table.Apply(Classification{.subject = subject,
                               .categories = {"applicant"},
                               .sources = {{"self", SystemClock().Now(), std::nullopt}}},
                SystemClock().Now());
    for (int n = 0; n < 5; ++n) {
      RecordedConsent consent;
      consent.subject = subject;
      consent.purpose = PurposeId("purpose_" + std::to_string(n));
      consent.at = consent.recorded_at = SystemClock().Now();
      table.Apply(consent);
    }
  }
  const DecisionTable::Size size = table.Measure();
  std::printf("M1  %zu bytes a person with 5 choices\n", size.bytes / size.subjects);
}

int Run(absl::Duration time) {
  testing::ConsentStack stack;
  stack.adjust = [](Config& config) { config.host.server.concurrent_streams_max = 1024; };
  stack.Restart();
  stack.Prepare();
  const std::string subject = stack.Register("applicant");
  v1::RecordConsentResponse response;
  VARSAM_CHECK(stack.stub()
                   .RecordConsent(testing::Patient().get(),
                                  stack.Choice(subject, "talent_pool", v1::CHOICE_GIVEN),
                                  &response)
                   .ok());
  CompareDecide(stack, subject, time);
  MeasureBatches(stack, subject, time);
  CompareRecord(stack, time);
  MeasureBytes();
  return 0;
}

}  // namespace
}  // namespace varsam::consent

int main(int argc, char** argv) {
  return varsam::consent::Run(absl::Seconds(argc > 1 ? std::atof(argv[1]) : 3.0));
}
