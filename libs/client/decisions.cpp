#include "libs/client/decisions.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/coarse_clock.h"
#include "libs/base/error.h"
#include "libs/base/random.h"
#include "libs/base/status_macros.h"
#include "libs/obs/log.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status.h"

namespace varsam::client {
namespace {

namespace cv1 = consent::v1;

constexpr int64_t kNeverHeard = -1'000'000'000'000'000;
constexpr int64_t kCoarseLagNanos = kCoarseLagSecondsMax * 1'000'000'000;

absl::Duration Jittered(absl::Duration time) {
  uint32_t random = 0;
  FillRandom(&random, sizeof(random));
  return time * (0.5 + 0.5 * (static_cast<double>(random) / UINT32_MAX));
}

// Does the one show everything that the other does?
bool Covers(const cv1::View& one, const cv1::View& other) {
  return one.revision() >= other.revision() && one.registry() >= other.registry() &&
         one.requests() >= other.requests() && one.retention() >= other.retention();
}

int64_t MicrosOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * 1'000'000 + time.nanos() / 1000;
}

// A question without the person: equal bytes for equal questions. Names of fields that this program
// does not know stay in it.
std::string QuestionOf(const cv1::DecisionQuery& query) {
  cv1::DecisionQuery question = query;
  question.clear_subject_id();
  return question.SerializeAsString();
}

int64_t NowNanos() { return absl::ToInt64Nanoseconds(MonotonicNow()); }

void Raise(std::atomic<uint64_t>& to, uint64_t value) {
  uint64_t now = to.load();
  while (now < value && !to.compare_exchange_weak(now, value)) {
  }
}

// Whole seconds, rounded down.
uint32_t EndOf(const google::protobuf::Timestamp& until) {
  return static_cast<uint32_t>(std::clamp<int64_t>(until.seconds(), 0, UINT32_MAX));
}

// The exact clock is read only near the end.
bool HasEnded(uint32_t until, const Clock& clock) {
  if (CoarseUnixSeconds(clock) + kCoarseLagSecondsMax < until) return false;
  return absl::ToUnixSeconds(clock.Now()) >= until;
}

}  // namespace

Decisions::Decisions(DecisionsConfig config, std::shared_ptr<grpc::Channel> channel,
                     const Clock& clock)
    : config_(config),
      channel_(std::move(channel)),
      stub_(cv1::ConsentService::NewStub(channel_)),
      clock_(clock),
      silence_max_(absl::ToInt64Nanoseconds(config.silence_max)),
      answers_(config.answers_max),
      heard_at_(kNeverHeard) {}

Decisions::~Decisions() { Stop(); }

void Decisions::Start() {
  VARSAM_CHECK(!thread_.joinable()) << "started twice";
  thread_ = std::thread([this] { Loop(); });
}

void Decisions::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    if (stream_ != nullptr) stream_->TryCancel();
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
  heard_at_ = kNeverHeard;
}

Decisions::QuestionId Decisions::Ask(const DecisionQuestion& question) {
  cv1::DecisionQuery query;
  query.set_purpose(question.purpose);
  for (const std::string& category : question.data) query.add_data_categories(category);
  query.set_topic(question.topic);
  query.set_contacts_person(question.contacts_person);
  if (question.recipient) *query.mutable_recipient() = *question.recipient;
  absl::MutexLock lock(&questions_mutex_);
  const auto [known, fresh] = question_ids_.try_emplace(query.SerializeAsString(),
                                                        static_cast<QuestionId>(questions_.size()));
  if (fresh) questions_.push_back(std::move(query));
  return known->second;
}

bool Decisions::fresh() const { return IsFresh(heard_at_.load(std::memory_order_acquire)); }

bool Decisions::IsFresh(int64_t heard_at) const {
  // The exact clock is read only near the end.
  const int64_t at_most = CoarseMonotonicNanos() + kCoarseLagNanos - heard_at;
  return at_most < silence_max_ || NowNanos() - heard_at < silence_max_;
}

size_t Decisions::answers() const {
  size_t count = answers_.size();
  for (const Shard& shard : shards_) {
    absl::ReaderMutexLock lock(&shard.mutex);
    count += shard.wholes.size();
  }
  return count;
}

std::optional<Answer> Decisions::Find(const SubjectId& subject, QuestionId question) const {
  // Before the look-up: who is heard again has been told what to drop. The clocks are read while
  // memory is on its way.
  const int64_t heard_at = heard_at_.load(std::memory_order_acquire);
  const AnswerTable::Kept kept = answers_.Find(subject, question);
  if (kept.text == nullptr || !IsFresh(heard_at) || HasEnded(kept.until, clock_)) {
    return std::nullopt;
  }
  return Answer(kept.text);
}

absl::StatusOr<Answer> Decisions::Decide(const SubjectId& subject, QuestionId question,
                                         absl::Time deadline) {
  if (const std::optional<Answer> kept = Find(subject, question)) return *kept;
  cv1::DecideRequest request;
  {
    absl::ReaderMutexLock lock(&questions_mutex_);
    VARSAM_CHECK(question < questions_.size()) << "a question that was never asked";
    *request.mutable_query() = questions_[question];
  }
  request.mutable_query()->set_subject_id(subject.ToString());
  request.set_at_least_revision(revision_.load(std::memory_order_acquire));
  request.set_keep(true);
  cv1::DecideResponse response;
  const auto context = rpc::NewContext({.deadline = deadline});
  RETURN_IF_ERROR(rpc::FromGrpc(stub_->Decide(context.get(), request, &response)));
  const AnswerText* const text = TextOf(response.decision());
  Keep(subject, question, response, text);
  return Answer(text);
}

const AnswerText* Decisions::TextOf(const cv1::Decision& decision) {
  AnswerText text{.allowed = decision.effect() == cv1::EFFECT_ALLOW,
                  .reason = decision.reason(),
                  .basis = decision.basis(),
                  .obligations = {decision.obligations().begin(), decision.obligations().end()}};
  std::lock_guard lock(texts_mutex_);
  return &*texts_.insert(std::move(text)).first;
}

std::optional<Decisions::Key> Decisions::KeyOf(const cv1::DecisionQuery& query) const {
  if (query.has_at() || query.has_as_known_at()) return std::nullopt;
  const auto subject = SubjectId::Parse(query.subject_id());
  if (!subject) return std::nullopt;
  const std::string question = QuestionOf(query);
  absl::ReaderMutexLock lock(&questions_mutex_);
  const auto known = question_ids_.find(question);
  if (known == question_ids_.end()) return std::nullopt;
  return Key{*subject, known->second};
}

std::optional<cv1::DecideResponse> Decisions::FindWhole(const cv1::DecideRequest& request) const {
  // Before the look-up: what is found is at least as new.
  const uint64_t revision = revision_.load(std::memory_order_acquire);
  if (request.keep() || revision < request.at_least_revision() || revision < demanded_.load()) {
    return std::nullopt;
  }
  if (!fresh()) return std::nullopt;
  const std::optional<Key> key = KeyOf(request.query());
  if (!key) return std::nullopt;
  const int64_t now = absl::ToUnixMicros(clock_.Now());
  std::shared_ptr<const cv1::Decision> decision;
  {
    const Shard& shard = ShardOf(key->subject);
    absl::ReaderMutexLock lock(&shard.mutex);
    const auto kept = shard.wholes.find(*key);
    if (kept == shard.wholes.end()) return std::nullopt;
    if (now < kept->second.from || now >= kept->second.until) return std::nullopt;
    decision = kept->second.decision;
  }
  if (revision_.load(std::memory_order_acquire) < revision) return std::nullopt;  // of another log
  cv1::DecideResponse response;
  *response.mutable_decision() = *decision;
  response.mutable_decision()->mutable_at()->set_seconds(now / 1'000'000);
  response.mutable_decision()->mutable_at()->set_nanos(static_cast<int>(now % 1'000'000) * 1000);
  response.set_revision(revision);
  return response;
}

void Decisions::AddQuestion(const cv1::DecisionQuery& query) {
  const std::string text = QuestionOf(query);
  absl::MutexLock lock(&questions_mutex_);
  if (questions_.size() >= config_.questions_max) return;
  const auto id = static_cast<QuestionId>(questions_.size());
  if (!question_ids_.try_emplace(text, id).second) return;
  VARSAM_CHECK(questions_.emplace_back().ParseFromString(text)) << "what was just written";
}

void Decisions::KeepWhole(const cv1::DecideRequest& request, const cv1::DecideResponse& response) {
  if (!response.decision().has_holds_until() || !response.has_view()) return;
  if (request.query().has_at() || request.query().has_as_known_at()) return;
  AddQuestion(request.query());
  const std::optional<Key> key = KeyOf(request.query());
  if (!key) return;
  const cv1::Decision& given = response.decision();
  auto decision = std::make_shared<cv1::Decision>(given);
  decision->clear_holds_until();
  Whole whole{MicrosOf(given.at()), MicrosOf(given.holds_until()), std::move(decision)};
  // Under the lock of the view, so that a change which is told meanwhile finds the answer to drop.
  std::lock_guard lock(view_mutex_);
  if (!IsNew(response.view())) return;
  Shard& shard = ShardOf(key->subject);
  absl::MutexLock shard_lock(&shard.mutex);
  auto& kept = shard.wholes;
  if (kept.size() >= std::max<size_t>(1, config_.answers_max / kShards) && !kept.contains(*key)) {
    kept.erase(kept.begin());
  }
  kept[*key] = std::move(whole);
}

void Decisions::Demand(uint64_t revision) {
  Raise(demanded_lately_, revision);  // first, so that Hear does not undo the second
  Raise(demanded_, revision);
}

bool Decisions::IsNew(const cv1::View& view) const {
  return viewed_ && view.history() == history_ && view.revision() >= revision_.load() &&
         Covers(view, view_);
}

void Decisions::Keep(const SubjectId& subject, QuestionId question,
                     const cv1::DecideResponse& response, const AnswerText* text) {
  if (!response.decision().has_holds_until() || !response.has_view()) return;
  std::lock_guard lock(view_mutex_);  // as in KeepWhole
  if (!IsNew(response.view())) return;
  answers_.Put(subject, question, {text, EndOf(response.decision().holds_until())});
}

void Decisions::ForgetAll() {
  answers_.Clear();
  for (Shard& shard : shards_) {
    absl::MutexLock lock(&shard.mutex);
    shard.wholes.clear();
  }
}

void Decisions::Forget(const SubjectId& subject, QuestionId questions) {
  answers_.Erase(subject);
  Shard& shard = ShardOf(subject);
  absl::MutexLock lock(&shard.mutex);
  for (QuestionId question = 0; question < questions; ++question) {
    shard.wholes.erase(Key{subject, question});
  }
}

void Decisions::Hear(const cv1::WatchDecisionsResponse& told) {
  std::lock_guard lock(view_mutex_);
  const bool other_history = told.view().history() > history_;
  if (other_history || (!told.unchanged() && told.subject_ids().empty())) ForgetAll();
  QuestionId questions = 0;
  {
    absl::ReaderMutexLock questions_lock(&questions_mutex_);
    questions = static_cast<QuestionId>(questions_.size());
  }
  for (const std::string& text : told.subject_ids()) {
    if (const auto subject = SubjectId::Parse(text)) Forget(*subject, questions);
  }
  view_ = told.view();
  viewed_ = true;
  if (other_history) {
    history_ = told.view().history();
    revision_.store(told.revision(), std::memory_order_release);
    demanded_.store(demanded_lately_.load());
  } else {
    // Another replica may be behind the one before; what was seen once is not asked for older.
    Raise(revision_, told.revision());
  }
  heard_at_.store(NowNanos(), std::memory_order_release);
}

bool Decisions::WatchOnce() {
  const auto context = rpc::NewContext({.deadline = SystemClock().Now() + config_.stream_max});
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return false;
    stream_ = context.get();
  }
  cv1::WatchDecisionsRequest request;
  request.set_heartbeat(true);
  {
    std::lock_guard lock(view_mutex_);
    if (viewed_) *request.mutable_after_view() = view_;
  }
  const auto reader = stub_->WatchDecisions(context.get(), request);
  cv1::WatchDecisionsResponse told;
  bool heard = false;
  while (reader->Read(&told)) {
    Hear(told);
    heard = true;
  }
  heard_at_ = kNeverHeard;
  demanded_lately_ = 0;
  const absl::Status ended = rpc::FromGrpc(reader->Finish());
  std::lock_guard lock(mutex_);
  stream_ = nullptr;
  if (!stopping_ && !absl::IsDeadlineExceeded(ended)) {
    obs::Log(obs::Level::kWarn, "watch_decisions_interrupted", {obs::F("status", ended)});
  }
  return heard;
}

void Decisions::Loop() {
  absl::Duration backoff = config_.backoff_min;
  while (true) {
    backoff = WatchOnce() ? config_.backoff_min : std::min(backoff * 2, config_.backoff_max);
    if (!Wait(Jittered(backoff))) return;
  }
}

bool Decisions::Wait(absl::Duration time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, absl::ToChronoMicroseconds(time), [this] { return stopping_; });
  return !stopping_;
}

}  // namespace varsam::client
