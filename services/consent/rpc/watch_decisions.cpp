#include <mutex>
#include <utility>

#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {
namespace {

// Tells at once who may have changed while the watcher was away (everybody, unless it names a
// view from which changes are held), then of each change, one message in flight.
class WatchStream final : public rpc::WriteStream<v1::WatchDecisionsResponse> {
 public:
  WatchStream(rpc::Call& call, ChangeHub& hub, ChangeHub::Filter filter)
      : StreamReactor(call), hub_(hub) {
    const bool greet = filter.heartbeat;
    id_ = hub_.Join(std::move(filter), [this] { Wake(); });
    greet ? Send(hub_.Take(id_)) : SendNext();
  }
  ~WatchStream() override { hub_.Leave(id_); }

  void OnWriteDone(bool ok) override {
    if (!ok) return End(absl::CancelledError("the watcher is gone"));
    SendNext();
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
  void SendNext() {
    while (true) {
      const Changes changes = hub_.Take(id_);
      if (changes.heartbeat || !changes.empty()) return Send(changes);
      std::lock_guard lock(mutex_);
      writing_ = std::exchange(again_, false);
      if (!writing_) return;
    }
  }
  void Send(const Changes& changes) {
    response_.Clear();
    response_.set_revision(changes.view.revision());
    ToProto(changes.view, response_.mutable_view());
    response_.set_unchanged(changes.empty());
    if (!changes.everybody) {
      for (const SubjectId& subject : changes.subjects) {
        response_.add_subject_ids(subject.ToString());
      }
    }
    Write(&response_);
  }

  ChangeHub& hub_;
  uint64_t id_ = 0;
  std::mutex mutex_;
  bool writing_ = true, again_ = false;  // the constructor looks first
  v1::WatchDecisionsResponse response_;
};

}  // namespace

grpc::ServerWriteReactor<v1::WatchDecisionsResponse>* ConsentService::WatchDecisions(
    grpc::CallbackServerContext* context, const v1::WatchDecisionsRequest* request) {
  return rpc::Stream<grpc::ServerWriteReactor<v1::WatchDecisionsResponse>>(
      watch_decisions_, context, [&](rpc::Call& call) {
        ChangeHub::Filter filter{.subjects = {},
                                 .purpose = request->purpose(),
                                 .after = ViewFrom(request->after_view()),
                                 .revision_only = !request->has_after_view(),
                                 .heartbeat = request->heartbeat()};
        if (filter.revision_only) filter.after.read[0] = request->after_revision();
        for (const std::string& text : request->subject_ids()) {
          if (filter.subjects.size() == kWatchedSubjectsMax) break;
          if (const auto id = SubjectId::Parse(text)) filter.subjects.insert(*id);
        }
        return new WatchStream(call, parts_.hub, std::move(filter));
      });
}

}  // namespace varsam::consent
