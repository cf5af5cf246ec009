// What the request workflow costs beside ceilings of the same machine, in one run; prints only.
//
//   VARSAM_TEST_PG=DIR VARSAM_SOURCE_DIR=DIR VARSAM_BINARY_DIR=DIR requests_bench
//       [seconds a run, default 3] [people, default 200] [W1 W2 W4]
//
// No row named: all of them.
//
//   W1  SubmitRequest at 64 in flight beside RecordConsent at 64 in flight, mTLS on both
//   W2  access of so many people over the policy's eight systems, from the proven identity to the
//       answer, with connectors that hand over 2 kB each, beside the same tasks and bytes taken
//       from and written to a bare queue in SQL
//   W4  leases and finishes of those tasks by 100 callers at once beside that queue; the page of
//       the nearest due dates among 100,000 open cases
//
// W3, an erasure among ten million people, is of the connector and its database, not measured here.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/check.h"
#include "libs/base/strings.h"
#include "libs/pg/tx.h"
#include "libs/rpc/server.h"
#include "libs/rpc/status.h"
#include "tests/support/consent_stack.h"
#include "tests/support/requests_stack.h"

namespace varsam::requests {
namespace {

using testing::FreshId;
using testing::Patient;
using testing::RequestsStack;

constexpr int kInFlight = 64, kCallers = 100, kQueueConnections = 8, kHands = 16;
constexpr size_t kDocumentBytes = 2048;
constexpr int kBoardCases = 100'000;

constexpr pg::Statement kTake{
    "bench_take",
    "UPDATE queue SET state = 2 WHERE id = (SELECT id FROM queue WHERE state = 1 ORDER BY due "
    "LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id"};
constexpr pg::Statement kPut{"bench_put", "UPDATE queue SET state = 3, result = $2 WHERE id = $1"};

// Runs `work(i)` for all i < count on so many threads; the seconds it took.
template <typename Work>
double OnThreads(int threads, int count, Work work) {
  std::atomic<int> next{0};
  std::vector<std::thread> hands;
  const absl::Duration start = MonotonicNow();
  for (int t = 0; t < threads; ++t) {
    hands.emplace_back([&] {
      for (int i = next++; i < count; i = next++) work(i);
    });
  }
  for (std::thread& hand : hands) hand.join();
  return absl::ToDoubleSeconds(MonotonicNow() - start);
}

// Calls by so many threads for so long; calls in a second.
template <typename Call>
double Rate(int threads, absl::Duration time, Call call) {
  std::atomic<uint64_t> done{0};
  const absl::Duration end = MonotonicNow() + time;
  const double seconds = OnThreads(threads, threads, [&](int) {
    while (MonotonicNow() < end) {
      call();
      ++done;
    }
  });
  return static_cast<double>(done) / seconds;
}

void Must(const grpc::Status& status) {
  VARSAM_CHECK(status.ok()) << status.error_message() << " " << rpc::FromGrpc(status).ToString();
}

double MeasureConsent(absl::Duration time) {
  testing::ConsentStack stack;
  stack.Prepare();
  const auto record = [&] {
    consent::v1::RecordConsentResponse response;
    Must(stack.stub().RecordConsent(
        Patient().get(),
        stack.Choice(NewUuidV4().ToString(), "talent_pool", consent::v1::CHOICE_GIVEN), &response));
  };
  Rate(kInFlight, absl::Milliseconds(500), record);
  return Rate(kInFlight, time, record);
}

void CompareSubmit(RequestsStack& stack, absl::Duration time) {
  std::atomic<int> number{0};
  const auto submit = [&] {
    stack.Submit(v1::RIGHT_ACCESS, "w" + std::to_string(number++) + "@bench.example");
  };
  Rate(kInFlight, absl::Milliseconds(500), submit);
  std::vector<double> ratios;
  for (int round = 0; round < 3; ++round) {
    const double bare = MeasureConsent(time), ours = Rate(kInFlight, time, submit);
    std::printf("W1  RecordConsent %8.0f/s   SubmitRequest %8.0f/s   ratio %.2f\n", bare, ours,
                ours / bare);
    ratios.push_back(ours / bare);
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("W1  median ratio %.2f (target 0.5)\n", ratios[1]);
}

struct People {
  std::vector<std::string> ids, tokens;  // of the cases, and what the letters brought
  std::vector<std::string> systems;
};

void Introduce(RequestsStack& stack, const std::vector<std::string>& systems) {
  cv1::HelloRequest request;
  request.set_protocol_min(1);
  request.set_protocol_max(1);
  for (const std::string& system : systems) {
    cv1::ServedSystem* const served = request.add_systems();
    served->set_system(system);
    cv1::Capability* const capability = served->add_capabilities();
    capability->set_action("EXPORT");
    capability->add_identifier_types(common::v1::IDENTIFIER_TYPE_EMAIL);
  }
  cv1::HelloResponse response;
  Must(stack.crm().Hello(Patient().get(), request, &response));
}

// Waits without a bound of its own: a bench is watched.
template <typename Holds>
void Await(Holds holds) {
  while (!holds()) std::this_thread::yield();
}

int64_t Count(pg::Connection& connection, const pg::Statement& statement) {
  auto rows = connection.Query(statement, pg::Params());
  VARSAM_CHECK(rows.ok()) << rows.status().ToString();
  return rows->Only().Int64(0);
}
constexpr pg::Statement kOpenTasks{"bench_open", "SELECT count(*) FROM task WHERE state = 1"};
constexpr pg::Statement kInReview{"bench_review",
                                  "SELECT count(*) FROM request_case WHERE state = 9"};
constexpr pg::Statement kAnswered{
    "bench_answered", "SELECT count(*) FROM request_case WHERE state IN (13, 17) AND right_no = 0"};

// Everybody on file has asked and holds the link.
People Prepare(RequestsStack& stack, int count) {
  People people;
  std::vector<std::string> addresses;
  for (int i = 0; i < count; ++i) addresses.push_back("p" + std::to_string(i) + "@known.example");
  stack.RegisterAll(addresses);
  std::map<std::string, size_t> place;
  people.ids.resize(addresses.size());
  people.tokens.resize(addresses.size());
  OnThreads(kHands, count, [&](int i) {
    people.ids[static_cast<size_t>(i)] =
        stack.Submit(v1::RIGHT_ACCESS, addresses[static_cast<size_t>(i)]);
  });
  for (size_t i = 0; i < addresses.size(); ++i) place["To: <" + addresses[i] + ">"] = i;
  const std::string mark = "https://varsam.example/c/";
  std::vector<std::string> letters;
  Await([&] { return (letters = stack.mail().Sent()).size() >= addresses.size(); });
  for (const std::string& letter : letters) {
    const size_t to = letter.find("To: <"), at = letter.find(mark);
    if (to == letter.npos || at == letter.npos) continue;
    const auto found = place.find(letter.substr(to, letter.find('>', to) + 1 - to));
    if (found != place.end()) people.tokens[found->second] = letter.substr(at + mark.size(), 43);
  }
  const auto model = stack.Policy();
  for (const auto& system : model.systems()) people.systems.push_back(system.id());
  return people;
}

bool LeaseAndFinish(RequestsStack& stack, const std::vector<std::string>& systems,
                    const std::string& document) {
  cv1::LeaseTasksRequest lease;
  for (const std::string& system : systems) lease.add_systems(system);
  lease.set_tasks_max(1);
  cv1::LeaseTasksResponse leased;
  Must(stack.crm().LeaseTasks(Patient().get(), lease, &leased));
  if (leased.tasks().empty()) return false;
  const cv1::LeasedTask& task = leased.tasks(0);
  cv1::UploadResultRequest chunk;
  chunk.set_task_id(task.task_id());
  chunk.set_fence(task.fence());
  chunk.set_chunk(document);
  chunk.set_last(true);
  chunk.set_sha256(Sha256(document));
  const auto context = Patient();
  cv1::UploadResultResponse uploaded;
  const auto writer = stack.crm().UploadResult(context.get(), &uploaded);
  writer->Write(chunk);
  writer->WritesDone();
  Must(writer->Finish());
  cv1::FinishRequest finish;
  finish.set_task_id(task.task_id());
  finish.set_fence(task.fence());
  cv1::CategoryResult* const result = finish.mutable_outcome()->mutable_done()->add_results();
  result->set_data_category("name");
  result->set_found(1);
  result->set_exported(1);
  finish.set_result_sha256(Sha256(document));
  cv1::FinishResponse finished;
  Must(stack.crm().Finish(Patient().get(), finish, &finished));
  VARSAM_CHECK(finished.accepted());
  return true;
}

// The same tasks and bytes in a table without anything else: seconds until it is empty.
double DrainBareQueue(RequestsStack& stack, int tasks, const std::string& document) {
  const auto admin = stack.ground().database().Open();
  VARSAM_CHECK(admin
                   ->Execute("DROP TABLE IF EXISTS queue; CREATE TABLE queue (id bigint PRIMARY "
                             "KEY, state int NOT NULL, due date NOT NULL, result bytea); "
                             "INSERT INTO queue SELECT i, 1, date '2026-12-01' + (i % 30)::int "
                             "FROM generate_series(1, " +
                             std::to_string(tasks) +
                             ") i; CREATE INDEX ON queue (due) WHERE state = 1; ANALYZE queue")
                   .ok());
  return OnThreads(kQueueConnections, kQueueConnections, [&](int) {
    const auto connection = stack.ground().database().Open();
    for (;;) {
      auto taken = connection->Query(kTake, pg::Params());
      VARSAM_CHECK(taken.ok()) << taken.status().ToString();
      if (taken->empty()) return;
      VARSAM_CHECK(
          connection->Query(kPut, pg::Params().Int64(taken->Only().Int64(0)).Bytes(document)).ok());
    }
  });
}

void CompareAccess(RequestsStack& stack, int count) {
  const People people = Prepare(stack, count);
  Introduce(stack, people.systems);
  const int tasks = count * static_cast<int>(people.systems.size());
  const std::string document = "{\"name\":[\"" + std::string(kDocumentBytes - 13, 'x') + "\"]}";
  const double bare = DrainBareQueue(stack, tasks, document);
  const auto admin = stack.ground().database().Open();
  const absl::Duration start = MonotonicNow();
  OnThreads(kHands, count, [&](int i) {
    const size_t at = static_cast<size_t>(i);
    VARSAM_CHECK(stack.Verify(people.ids[at], people.tokens[at]).ok());
  });
  Await([&] { return Count(*admin, kOpenTasks) == tasks; });
  const absl::Duration searching = MonotonicNow();
  std::atomic<int> finished{0};
  const double seconds = OnThreads(kCallers, kCallers, [&](int) {
    while (finished < tasks && LeaseAndFinish(stack, people.systems, document)) ++finished;
  });
  std::printf(
      "W4  %d tasks: bare queue %6.0f/s   lease, upload, finish %6.0f/s   ratio %.2f "
      "(target 0.5)\n",
      tasks, tasks / bare, finished / seconds, finished / seconds / (tasks / bare));
  Await([&] { return Count(*admin, kInReview) == count; });
  const absl::Duration review = MonotonicNow();
  OnThreads(kHands, count,
            [&](int i) { VARSAM_CHECK(stack.Approve(people.ids[static_cast<size_t>(i)]).ok()); });
  Await([&] { return Count(*admin, kAnswered) == count; });
  const absl::Duration end = MonotonicNow();
  std::printf(
      "W2  %d cases x %zu systems: proven to searching %.1f s, to review %.1f s, to "
      "answered %.1f s; whole %.1f s, bare queue %.2f s, ratio %.1f (target 3)\n",
      count, people.systems.size(), absl::ToDoubleSeconds(searching - start),
      absl::ToDoubleSeconds(review - searching), absl::ToDoubleSeconds(end - review),
      absl::ToDoubleSeconds(end - start), bare, absl::ToDoubleSeconds(end - start) / bare);
}

void MeasureBoard(RequestsStack& stack) {
  const std::string one = stack.Submit(v1::RIGHT_ACCESS, "board@bench.example");
  const auto admin = stack.ground().database().Open();
  const absl::Status seeded = admin->Execute(
      "INSERT INTO request_case SELECT gen_random_uuid(), parent_id, subject_id, candidate_id, "
      "right_no, 4, received_at, current_date + (i % 30), certificate_id, package_ready, "
      "answer_sent, link_failures, 0, step_at, step_attempts, closed_at, version, detail FROM "
      "request_case, generate_series(1, " +
      std::to_string(kBoardCases) + ") i WHERE case_id = '" + one + "'; ANALYZE request_case");
  VARSAM_CHECK(seeded.ok()) << seeded.ToString();
  for (const bool filtered : {false, true}) {
    std::vector<double> times;
    for (int i = 0; i < 100; ++i) {
      v1::ListRequestsRequest request;
      if (filtered) request.add_states(v1::CASE_STATE_IDENTITY_CHECK);
      request.set_page_size(50);
      v1::ListRequestsResponse response;
      const absl::Duration start = MonotonicNow();
      Must(stack.gateway().ListRequests(stack.Staff().get(), request, &response));
      times.push_back(absl::ToDoubleMilliseconds(MonotonicNow() - start));
      VARSAM_CHECK(response.cases_size() == 50);
    }
    std::sort(times.begin(), times.end());
    std::printf("W4  the board among %d open cases%s: p50 %.1f ms, p99 %.1f ms (target 50)\n",
                kBoardCases, filtered ? ", of one state" : "", times[50], times[98]);
  }
}

int Run(absl::Duration time, int people, const std::set<std::string>& rows) {
  const auto wanted = [&](const char* row) { return rows.empty() || rows.contains(row); };
  if (!testing::MailServer::Available()) {
    std::puts("a mail server is not installed");
    return 77;
  }
  RequestsStack stack;
  if (wanted("W2") || wanted("W4")) CompareAccess(stack, people);
  if (wanted("W1")) CompareSubmit(stack, time);
  if (wanted("W4")) MeasureBoard(stack);
  return 0;
}

}  // namespace
}  // namespace varsam::requests

int main(int argc, char** argv) {
  varsam::rpc::ForgetLockOrder();
  const int people = argc > 2 ? std::atoi(argv[2]) : 200;
  return varsam::requests::Run(absl::Seconds(argc > 1 ? std::atof(argv[1]) : 3.0), people,
                               {argv + std::min(argc, 3), argv + argc});
}
