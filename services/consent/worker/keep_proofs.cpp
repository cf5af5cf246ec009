#include "services/consent/worker/keep_proofs.h"

#include <set>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/calendar/stockholm.h"
#include "libs/obs/log.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {
namespace {

constexpr absl::Duration kTickWait = absl::Seconds(30);

std::vector<std::string> PurposesThatEnd(const PolicyVersion& policy) {
  std::vector<std::string> purposes;
  for (const CataloguePurpose& one : policy.purposes) {
    if (ProofsMayGo(one.purpose)) purposes.push_back(one.purpose.id.value());
  }
  return purposes;
}

}  // namespace

KeepProofs::KeepProofs(const Parts& parts) : parts_(parts) {
  forget_.name = "ForgetProofs";
  forget_.load = [this](pg::Tx& tx, std::span<const ForgetProofs* const> asks) {
    return parts_.store.LoadFacts(tx, asks);
  };
  forget_.decide = [](const ForgetProofs& ask, const ForgetProofsFacts& facts,
                      const journal::Frozen&) -> absl::StatusOr<ForgetProofsOutcome> {
    return Decide(ask, facts);
  };
  forget_.entries = [](const ForgetProofsOutcome& outcome) {
    std::vector<ledger::Entry> entries;
    for (const ProofHistory& one : outcome.histories) {
      entries.push_back({"proofs_forgotten", ProofsForgottenEntry(one, outcome.before)});
    }
    return entries;
  };
  forget_.save = [this](pg::Tx& tx, std::span<const ForgetProofsOutcome* const> outcomes,
                        std::span<const journal::Position>) {
    parts_.store.Save(tx, outcomes);
    return absl::OkStatus();
  };
}

KeepProofs::~KeepProofs() { Stop(); }

void KeepProofs::Start() {
  thread_ = std::thread([this] { Loop(); });
}

void KeepProofs::Stop() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

absl::StatusOr<KeepProofs::Done> KeepProofs::Tick(absl::Time now) {
  const DecisionTable& table = parts_.table;
  if (!table.has_read(FeedSource::kRegistry) || !table.has_read(FeedSource::kRetention)) {
    return Done{};
  }
  const auto catalogue = table.catalogue();
  const PolicyVersion* policy = catalogue->VersionAt(now, absl::InfiniteFuture());
  if (policy == nullptr || !policy->keep_proof) return Done{};
  ForgetProofs ask;
  ask.before = calendar::StartOfDay(
      calendar::SubtractPeriod(calendar::LocalDayOf(now), *policy->keep_proof));
  ConsentStore::EndedProofs ended;
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kTickWait));
    ASSIGN_OR_RETURN(
        ended, parts_.store.ReadEndedProofs(*lease, PurposesThatEnd(*policy), ask.before, place_));
  }
  const bool more = ended.next.has_value();
  journal::SubmitOptions options;
  options.time_left = kTickWait;
  std::set<std::string> subjects;
  for (ProofHistory& one : ended.histories) {
    if (!ProofIsDue(one.ended, *policy->keep_proof, now)) continue;
    if (table.MayBeHeld(one.subject, now)) continue;
    subjects.insert("subject/" + one.subject.ToString());
    ask.histories.push_back(std::move(one));
  }
  if (ask.histories.empty()) {
    place_ = ended.next.value_or(ProofPlace());
    return Done{0, more};
  }
  options.conflict_keys = {subjects.begin(), subjects.end()};
  ASSIGN_OR_RETURN(const journal::Committed committed,
                   parts_.journal.SubmitAndWait(forget_, std::move(ask), std::move(options)));
  if (committed.batch != nullptr) parts_.on_commit(*committed.batch);
  place_ = ended.next.value_or(ProofPlace());
  return Done{committed.entry_count, more};
}

void KeepProofs::Loop() {
  std::unique_lock lock(mutex_);
  while (
      !wake_.wait_for(lock, absl::ToChronoSeconds(kKeepProofsEvery), [this] { return ending_; })) {
    lock.unlock();
    for (;;) {
      const absl::StatusOr<Done> done = Tick(parts_.clock.Now());
      if (!done.ok()) {
        obs::Log(obs::Level::kWarn, "keep_proofs_failed",
                 {obs::F("reason", varsam::ReasonOf(done.status()))});
      }
      if (!done.ok() || !done->more) break;
    }
    lock.lock();
  }
}

}  // namespace varsam::consent
