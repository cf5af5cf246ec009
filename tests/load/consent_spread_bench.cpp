#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/client/decisions.h"
#include "services/consent/worker/own_ledger.h"
#include "tests/load/consent_bench.h"
#include "tests/support/consent_stack.h"

namespace varsam::consent {
namespace {

constexpr int kRounds = 500;
constexpr int kKept = 100'000;
constexpr int64_t kSlice = 50'000;

size_t BytesInUse() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

double Millis(absl::Duration time) { return absl::ToDoubleMilliseconds(time); }

absl::Duration At(const std::vector<absl::Duration>& sorted, double part) {
  return sorted[static_cast<size_t>(static_cast<double>(sorted.size() - 1) * part)];
}

// People the registry would have told of; it is not what is measured.
std::vector<SubjectId> Introduce(DecisionTable& table, int count) {
  std::vector<SubjectId> people;
  const absl::Time known = SystemClock().Now() - absl::Hours(1);
  for (int i = 0; i < count; ++i) {
    people.emplace_back(NewUuidV4());
    table.Apply(Classification{.subject = people.back(),
                               .categories = {"applicant"},
                               .sources = {{"data_subject", known, std::nullopt}}},
                known);
  }
  return people;
}

void FillKept(client::Decisions& decisions, client::Decisions::QuestionId question,
              const std::vector<SubjectId>& people) {
  std::vector<std::thread> threads;
  for (size_t part = 0; part < 8; ++part) {
    threads.emplace_back([&, part] {
      for (size_t i = part; i < people.size(); i += 8) {
        const auto answer =
            decisions.Decide(people[i], question, SystemClock().Now() + absl::Seconds(20));
        VARSAM_CHECK(answer.ok()) << answer.status().ToString();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

template <typename LookUp>
double Rate(const std::vector<SubjectId>& people, absl::Duration time, LookUp look_up) {
  const absl::Duration start = MonotonicNow();
  uint64_t done = 0, found = 0;
  while (MonotonicNow() - start < time) {
    for (const SubjectId& subject : people) found += look_up(subject) ? 1 : 0;
    done += people.size();
  }
  VARSAM_CHECK(found == done) << found << " of " << done;
  return static_cast<double>(done) / absl::ToDoubleSeconds(MonotonicNow() - start);
}

}  // namespace

void MeasureSpread() {
  testing::ConsentStack stack(3);
  stack.Prepare();
  const std::string anna = stack.Register("applicant");
  const Question question{.subject = *SubjectId::Parse(anna),
                          .purpose = "talent_pool",
                          .at = absl::InfiniteFuture(),
                          .known = absl::InfiniteFuture()};
  std::vector<absl::Duration> took;
  for (int round = 0; round < kRounds; ++round) {
    for (const bool give : {true, false}) {
      v1::RecordConsentResponse response;
      VARSAM_CHECK(stack.stub(round % 3)
                       .RecordConsent(testing::Patient().get(),
                                      stack.Choice(anna, "talent_pool",
                                                   give ? v1::CHOICE_GIVEN : v1::CHOICE_WITHDRAWN),
                                      &response)
                       .ok());
      const absl::Duration start = MonotonicNow();
      Question now = question;
      now.at = SystemClock().Now();
      for (int replica = 0; replica < 3; ++replica) {
        while (stack.app(replica).table().Decide(now).allowed() != give) {
          VARSAM_CHECK(MonotonicNow() - start < absl::Seconds(10)) << "a replica does not follow";
          std::this_thread::yield();
        }
      }
      if (!give) took.push_back(MonotonicNow() - start);
    }
  }
  std::sort(took.begin(), took.end());
  std::printf(
      "C5  withdrawal to denial by all of 3 replicas: median %.1f ms, p99 %.1f ms, longest of %d "
      "%.1f ms   target p99 50\n",
      Millis(At(took, 0.5)), Millis(At(took, 0.99)), kRounds, Millis(took.back()));
}

void MeasureKept(absl::Duration time) {
  testing::ConsentStack stack;
  stack.Prepare();
  const std::vector<SubjectId> people = Introduce(stack.app().table(), kKept);
  client::Decisions decisions(
      {}, stack.ground().ChannelAs("gateway", stack.app().host().server().port()), SystemClock());
  const auto question = decisions.Ask({.purpose = "talent_pool", .data = {"cv"}});
  decisions.Start();
  VARSAM_CHECK(testing::Eventually([&] { return decisions.fresh(); }));
  FillKept(decisions, question, people);
  std::printf("C6  %zu of %d answers kept\n", decisions.answers(), kKept);
  absl::flat_hash_map<SubjectId, uint64_t> bare;
  for (const SubjectId& subject : people) bare[subject] = 1;
  std::vector<double> ratios;
  for (int round = 0; round < 3; ++round) {
    const double theirs = Rate(
        people, time, [&](const SubjectId& subject) { return bare.find(subject)->second != 0; });
    const double ours = Rate(people, time, [&](const SubjectId& subject) {
      return decisions.Find(subject, question).has_value();
    });
    std::printf("C6  hash look-up %6.1f M/s   decide in process %6.1f M/s   ratio %.2f\n",
                theirs / 1e6, ours / 1e6, ours / theirs);
    ratios.push_back(ours / theirs);
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("C6  median ratio %.2f   target 0.5 and 5 M/s\n", ratios[1]);
}

void CompareLargeStart(int64_t entries) {
  testing::ConsentStack stack;
  stack.Prepare();
  const std::string anna = stack.Register("applicant");
  v1::RecordConsentResponse response;
  VARSAM_CHECK(stack.stub()
                   .RecordConsent(testing::Patient().get(),
                                  stack.Choice(anna, "talent_pool", v1::CHOICE_GIVEN), &response)
                   .ok());
  // The same choice by other people: the id of the person is text of equal length in the payload.
  // Start-up reads the entries; the tree over them is verified elsewhere and stays as it is.
  auto connection = stack.ground().database().Open();
  for (int64_t first = 1; first <= entries; first += kSlice) {  // each within the statement's time
    const absl::Status made = connection->Execute(absl::StrCat(
        "INSERT INTO ledger_entry SELECT n, e.kind, e.at, e.commitment, e.leaf_hash, e.salt, "
        "decode(replace(encode(e.payload, 'hex'), encode('",
        anna,
        "'::bytea, 'hex'), encode(gen_random_uuid()::text::bytea, 'hex')), 'hex') "
        "FROM ledger_entry e, generate_series(",
        first, ", ", std::min(entries, first + kSlice - 1), ") n WHERE e.index = 0"));
    VARSAM_CHECK(made.ok()) << made.ToString();
  }
  host::Host& host = stack.app().host();
  static constexpr pg::Type kTypes[] = {pg::Type::kInt64, pg::Type::kTime, pg::Type::kBytes};
  for (int round = 0; round < 2; ++round) {
    const absl::Duration start = MonotonicNow();
    VARSAM_CHECK(connection
                     ->CopyOut("COPY (SELECT index, at, payload FROM ledger_entry) TO STDOUT "
                               "(FORMAT binary)",
                               kTypes, [](const pg::Row&) { return absl::OkStatus(); })
                     .ok());
    const absl::Duration copied = MonotonicNow();
    const size_t before = BytesInUse();
    DecisionTable table;
    RevisionGate gate;
    ChangeHub hub;
    OwnLedger own({host.reader(), host.ledger(), table, gate, hub});
    std::atomic<bool> there{false};
    own.Start([&] {
      there = gate.revision() > static_cast<uint64_t>(entries);
      there.notify_all();
    });
    there.wait(false);
    const absl::Duration read = MonotonicNow();
    own.Stop();
    const size_t people = table.Measure().subjects;
    std::printf(
        "C4x %ld people in the ledger: COPY OUT %.2f s, start-up %.2f s, ratio %.2f   target 2; "
        "%.2f us and %zu bytes a person\n",
        entries, absl::ToDoubleSeconds(copied - start), absl::ToDoubleSeconds(read - copied),
        absl::FDivDuration(read - copied, copied - start),
        absl::ToDoubleMicroseconds(read - copied) / static_cast<double>(people),
        (BytesInUse() - before) / people);
  }
}

}  // namespace varsam::consent
