// Decisions of the consent service, kept in this process: asked for once, answered from memory
// until somebody or something changes them.
//
//   client::Decisions decisions({}, channel, clock);
//   const auto mailing = decisions.Ask({.purpose = "marketing_email", .data = {"email"}});
//   decisions.Start();
//   …
//   ASSIGN_OR_RETURN(client::Answer answer, decisions.Decide(subject, mailing, deadline));
//   if (answer.allowed()) …
//
// What is kept is kept only while the service is heard: it tells of each change (WatchDecisions),
// and gives a sign of life each second. After silence_max without one, or when the stream breaks,
// nothing is answered from memory until the service has told what was missed. An answer that was
// given from an older view than the watch has told of (another replica) is returned but not kept,
// and every question demands at least the revision that the watch has told of. So a withdrawal is
// seen here as soon as the replica that is watched tells of it, and silence_max after it at most.
// Time alone ends an answer at the moment the service gave with it, or up to a second sooner.
//
// When the service's ledger came back from a backup, what was seen of it may never have happened:
// all answers go, and from then on only what that ledger has is demanded. Until the service has
// told of it, nothing is answered from memory, and questions end with REVISION_NOT_YET.
//
// A caller that passes the service's own messages on (the gateway) keeps whole answers, evidence
// and all: FindWhole before it asks, KeepWhole after. Writes that it has passed on are seen in
// every answer it gives from then on, when it says so with Demand.
//
// Thread-safe. The id of a question is good for the life of this object.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/client/answer_table.h"
#include "varsam/consent/v1/consent_service.grpc.pb.h"

namespace varsam::client {

struct DecisionsConfig {
  size_t answers_max = 1'000'000;  // kept; beyond them others are forgotten
  // Different ones of FindWhole and KeepWhole; those of Ask are the program's own, and few.
  size_t questions_max = 1024;
  absl::Duration silence_max = absl::Seconds(3);
  absl::Duration stream_max = absl::Minutes(5);  // deadline of one stream
  absl::Duration backoff_min = absl::Milliseconds(50);
  absl::Duration backoff_max = absl::Seconds(5);
};

// Everything of a question but the person and the time, which is now.
struct DecisionQuestion {
  std::string purpose;
  std::vector<std::string> data;
  std::string topic;
  bool contacts_person = false;
  std::optional<consent::v1::Recipient> recipient;
};

// What the service said; its texts live as long as the Decisions they came from. Which records an
// answer rests on is told by the service alone.
struct AnswerText {
  bool allowed = false;
  std::string reason, basis;
  std::vector<std::string> obligations;
  auto operator<=>(const AnswerText&) const = default;
};
class Answer {
 public:
  explicit Answer(const AnswerText* text) : text_(text) {}
  bool allowed() const { return text_->allowed; }
  const std::string& reason() const { return text_->reason; }
  const std::string& basis() const { return text_->basis; }
  const std::vector<std::string>& obligations() const { return text_->obligations; }

 private:
  const AnswerText* text_;
};

class Decisions {
 public:
  using QuestionId = uint32_t;

  // The channel and the clock outlive this. Nothing runs until Start().
  Decisions(DecisionsConfig config, std::shared_ptr<grpc::Channel> channel, const Clock& clock);
  ~Decisions();

  void Start();
  // Ends the stream and the thread; from then on everything is asked of the service.
  void Stop();

  // The same question gives the same id.
  QuestionId Ask(const DecisionQuestion& question);

  // From memory; nullopt: not known here.
  std::optional<Answer> Find(const SubjectId& subject, QuestionId question) const;
  // From memory, else from the service, which must answer by the deadline. The error is the
  // service's; an answer that could not be had allows nothing.
  absl::StatusOr<Answer> Decide(const SubjectId& subject, QuestionId question, absl::Time deadline);

  // The answer to a question about now, as the service gave it, with the time and the revision of
  // now. nullopt: not known here, not about now, or to be asked of the service (`keep`).
  std::optional<consent::v1::DecideResponse> FindWhole(
      const consent::v1::DecideRequest& request) const;
  // The service's answer to the request with `keep` set.
  void KeepWhole(const consent::v1::DecideRequest& request,
                 const consent::v1::DecideResponse& response);
  // FindWhole answers from no view older than this revision.
  void Demand(uint64_t revision);

  // Is the service heard, so that memory may answer?
  bool fresh() const;
  size_t answers() const;

 private:
  static constexpr size_t kShards = 64;
  struct Key {
    SubjectId subject;
    QuestionId question = 0;
    bool operator==(const Key&) const = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& key) {
      return H::combine(std::move(h), key.subject, key.question);
    }
  };
  struct Whole {
    int64_t from = 0, until = 0;  // µs since 1970
    std::shared_ptr<const consent::v1::Decision> decision;
  };
  struct alignas(64) Shard {
    mutable absl::Mutex mutex;
    absl::flat_hash_map<Key, Whole> wholes;
  };

  bool IsFresh(int64_t heard_at) const;
  void Loop();
  // One stream to its end; true when anything was heard.
  bool WatchOnce();
  void Hear(const consent::v1::WatchDecisionsResponse& told);
  // The next three with view_mutex_ held.
  void ForgetAll();
  void Forget(const SubjectId& subject, QuestionId questions);
  // Does the answer show all that the watch has told of?
  bool IsNew(const consent::v1::View& view) const;
  void Keep(const SubjectId& subject, QuestionId question,
            const consent::v1::DecideResponse& response, const AnswerText* text);
  const AnswerText* TextOf(const consent::v1::Decision& decision);
  // nullopt: not about now, nobody's, or never kept.
  std::optional<Key> KeyOf(const consent::v1::DecisionQuery& query) const;
  void AddQuestion(const consent::v1::DecisionQuery& query);
  Shard& ShardOf(const SubjectId& subject) { return shards_[subject.value().bytes[15] % kShards]; }
  const Shard& ShardOf(const SubjectId& subject) const {
    return shards_[subject.value().bytes[15] % kShards];
  }
  bool Wait(absl::Duration time);

  const DecisionsConfig config_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<consent::v1::ConsentService::Stub> stub_;
  const Clock& clock_;
  const int64_t silence_max_;  // ns
  AnswerTable answers_;        // changed with view_mutex_ held
  std::array<Shard, kShards> shards_;
  std::atomic<int64_t> heard_at_;  // monotonic ns; long ago: nothing is answered from memory
  std::atomic<uint64_t> revision_{0};
  std::atomic<uint64_t> demanded_{0};
  // Since the stream last broke: the only demands that a ledger which comes back can know of.
  std::atomic<uint64_t> demanded_lately_{0};

  mutable std::mutex view_mutex_;
  consent::v1::View view_;  // the watch has told of all changes up to it
  bool viewed_ = false;
  int64_t history_ = 0;  // the latest one heard of; revisions are of it

  mutable absl::Mutex questions_mutex_;
  std::deque<consent::v1::DecisionQuery> questions_;
  absl::flat_hash_map<std::string, QuestionId> question_ids_;
  std::mutex texts_mutex_;
  std::set<AnswerText> texts_;

  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  grpc::ClientContext* stream_ = nullptr;  // the live one, to cancel; guarded by mutex_
  std::thread thread_;
};

}  // namespace varsam::client
