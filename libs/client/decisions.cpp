#include "libs/client/decisions.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
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

int64_t NowNanos() { return absl::ToInt64Nanoseconds(MonotonicNow()); }

}  // namespace

Decisions::Decisions(DecisionsConfig config, std::shared_ptr<grpc::Channel> channel,
                     const Clock& clock)
    : config_(config),
      channel_(std::move(channel)),
      stub_(cv1::ConsentService::NewStub(channel_)),
      clock_(clock),
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

bool Decisions::fresh() const {
  return NowNanos() - heard_at_.load(std::memory_order_acquire) <
         absl::ToInt64Nanoseconds(config_.silence_max);
}

size_t Decisions::answers() const {
  size_t count = 0;
  for (const Shard& shard : shards_) {
    absl::ReaderMutexLock lock(&shard.mutex);
    count += shard.answers.size();
  }
  return count;
}

std::optional<Answer> Decisions::Find(const SubjectId& subject, QuestionId question) const {
  if (!fresh()) return std::nullopt;
  const int64_t now = absl::ToUnixMicros(clock_.Now());
  const Shard& shard = ShardOf(subject);
  absl::ReaderMutexLock lock(&shard.mutex);
  const auto kept = shard.answers.find(Key{subject, question});
  if (kept == shard.answers.end() || kept->second.until <= now) return std::nullopt;
  return Answer(kept->second.text);
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
  Keep(Key{subject, question}, response, text);
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

void Decisions::Keep(const Key& key, const cv1::DecideResponse& response, const AnswerText* text) {
  if (!response.decision().has_holds_until() || !response.has_view()) return;
  // Under the lock of the view, so that a change which is told meanwhile finds the answer to drop.
  std::lock_guard lock(view_mutex_);
  if (!viewed_ || !Covers(response.view(), view_)) return;
  Shard& shard = ShardOf(key.subject);
  absl::MutexLock shard_lock(&shard.mutex);
  if (shard.answers.size() >= std::max<size_t>(1, config_.answers_max / kShards) &&
      !shard.answers.contains(key)) {
    shard.answers.erase(shard.answers.begin());
  }
  shard.answers[key] = {MicrosOf(response.decision().holds_until()), text};
}

void Decisions::Hear(const cv1::WatchDecisionsResponse& told) {
  std::lock_guard lock(view_mutex_);
  if (!told.unchanged() && told.subject_ids().empty()) {
    for (Shard& shard : shards_) {
      absl::MutexLock shard_lock(&shard.mutex);
      shard.answers.clear();
    }
  }
  QuestionId questions = 0;
  {
    absl::ReaderMutexLock questions_lock(&questions_mutex_);
    questions = static_cast<QuestionId>(questions_.size());
  }
  for (const std::string& text : told.subject_ids()) {
    const auto subject = SubjectId::Parse(text);
    if (!subject) continue;
    Shard& shard = ShardOf(*subject);
    absl::MutexLock shard_lock(&shard.mutex);
    for (QuestionId question = 0; question < questions; ++question) {
      shard.answers.erase(Key{*subject, question});
    }
  }
  view_ = told.view();
  viewed_ = true;
  // Another replica may be behind the one before; what was seen once is not asked for older.
  revision_.store(std::max(revision_.load(), told.revision()), std::memory_order_release);
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
