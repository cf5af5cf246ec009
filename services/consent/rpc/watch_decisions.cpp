#include <mutex>
#include <utility>

#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"

namespace varsam::consent {
namespace {

// Tells at once that everything may have changed (facts of the feeds carry no revision of ours, so
// what a watcher missed while away cannot be named), then of each change, one message in flight.
class WatchStream final : public rpc::WriteStream<v1::WatchDecisionsResponse> {
 public:
  WatchStream(rpc::Call& call, ChangeHub& hub, RevisionGate& gate, ChangeHub::Filter filter)
      : StreamReactor(call), hub_(hub), gate_(gate) {
    id_ = hub_.Join(std::move(filter), [this] { Wake(); });
    Send({.everybody = true, .subjects = {}});
  }
  ~WatchStream() override { hub_.Leave(id_); }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::CancelledError("the watcher is gone"));
    while (true) {
      {
        std::lock_guard lock(mutex_);
        writing_ = again_;
        again_ = false;
        if (!writing_) return;
      }
      Changes changes = hub_.Take(id_);
      if (!changes.empty()) return Send(changes);
    }
  }

 private:
  void Wake() {  // under the hub's lock
    {
      std::lock_guard lock(mutex_);
      again_ = writing_;
      if (writing_) return;
      writing_ = true;
    }
    Send(hub_.TakeInWake(id_));
  }
  void Send(const Changes& changes) {
    response_.Clear();
    response_.set_revision(gate_.revision());
    if (!changes.everybody) {
      for (const SubjectId& subject : changes.subjects) {
        response_.add_subject_ids(subject.ToString());
      }
    }
    Write(&response_);
  }

  ChangeHub& hub_;
  RevisionGate& gate_;
  uint64_t id_ = 0;
  std::mutex mutex_;
  bool writing_ = true, again_ = false;  // the first message is on its way
  v1::WatchDecisionsResponse response_;
};

}  // namespace

grpc::ServerWriteReactor<v1::WatchDecisionsResponse>* ConsentService::WatchDecisions(
    grpc::CallbackServerContext* context, const v1::WatchDecisionsRequest* request) {
  return rpc::Stream<grpc::ServerWriteReactor<v1::WatchDecisionsResponse>>(
      watch_decisions_, context, [&](rpc::Call& call) {
        ChangeHub::Filter filter{.subjects = {}, .purpose = request->purpose()};
        for (const std::string& text : request->subject_ids()) {
          if (filter.subjects.size() == kWatchedSubjectsMax) break;
          if (const auto id = SubjectId::Parse(text)) filter.subjects.insert(*id);
        }
        return new WatchStream(call, parts_.hub, parts_.gate, std::move(filter));
      });
}

}  // namespace varsam::consent
