#include "services/retention/worker/replay_export.h"

#include <algorithm>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "services/retention/rpc/convert_replay.h"
#include "varsam/ledger/v1/ledger_service.grpc.pb.h"

namespace varsam::retention {
namespace {

// A list that only moves over foreign entries is marked after so many of them.
constexpr uint64_t kMarkEvery = 256;
constexpr absl::Duration kForgetEvery = absl::Hours(24);
constexpr absl::Duration kAnswerMax = absl::Seconds(1);

absl::Time TimeOf(const google::protobuf::Timestamp& at) {
  return absl::FromUnixMicros(at.seconds() * 1'000'000 + at.nanos() / 1000);
}

// A service serves its ledger only after it has replayed its list; before that the list may still
// say how far the ledger reached before it was put back.
bool Serves(const std::shared_ptr<grpc::Channel>& channel, absl::Time now) {
  const auto stub = ledger::v1::LedgerService::NewStub(channel);
  const auto context = rpc::NewContext({.deadline = now + kAnswerMax});
  ledger::v1::GetCheckpointResponse response;
  const grpc::Status status = stub->GetCheckpoint(context.get(), {}, &response);
  return status.ok() || status.error_code() == grpc::StatusCode::NOT_FOUND;  // nothing logged yet
}

}  // namespace

ReplayExport::ReplayExport(std::vector<Source> sources, OpenList open_list,
                           const ledger::Reader& reader, const varsam::Clock& clock,
                           obs::Metrics& metrics)
    : open_list_(std::move(open_list)), reader_(reader), clock_(clock), metrics_(metrics) {
  own_.source.ledger = "retention";
  for (Source& source : sources) {
    copies_.push_back(std::make_unique<Copy>());
    copies_.back()->source = std::move(source);
  }
}

// A list with nothing in it must not look like one that was lost: it is begun. Marking it also lets
// this object notice when the ledger is put back later.
absl::Status ReplayExport::Begin(Copy& copy) {
  copy.list = open_list_(copy.source.ledger);
  copy.forked = false;
  ASSIGN_OR_RETURN(const ledger::ReplayListState state, copy.list->Scan());
  RETURN_IF_ERROR(copy.list->Append({}, state.next));
  copy.marked = state.next;
  return absl::OkStatus();
}

absl::Status ReplayExport::Open() {
  RETURN_IF_ERROR(Begin(own_));
  own_next_ = own_.marked;
  for (const auto& copy : copies_) {
    const std::unique_ptr<ledger::ReplayList> list = open_list_(copy->source.ledger);
    ASSIGN_OR_RETURN(const ledger::ReplayListState state, list->Scan());
    if (state.bytes == 0) RETURN_IF_ERROR(list->Append({}, 0));
  }
  return absl::OkStatus();
}

void ReplayExport::Follow(Copy& copy) {
  copy.feed = std::make_unique<client::Feed>(
      client::FeedConfig{.name = copy.source.ledger + "_list",
                         .kinds = ProtectiveKinds(copy.source.ledger)},
      copy.source.channel, copy.marked,
      [this, &copy](const client::FeedBatch& batch) {
        std::vector<ledger::ListedEntry> entries;
        for (const ledger::v1::Entry* one : batch.entries) {
          if (one->erased() || !Protects(one->kind(), one->payload())) continue;
          entries.push_back({one->index(), one->kind(), TimeOf(one->time()), one->payload()});
        }
        return Take(copy, std::move(entries), batch.next_cursor);
      },
      metrics_);
  copy.feed->Start();
}

absl::Status ReplayExport::Take(Copy& copy, std::vector<ledger::ListedEntry> entries,
                                uint64_t next) {
  if (entries.empty() && next < copy.marked + kMarkEvery) return absl::OkStatus();
  if (MonotonicNow() - copy.forgot_at > kForgetEvery) {
    RETURN_IF_ERROR(copy.list->Forget(clock_.Now() - kListedFor).status());
    copy.forgot_at = MonotonicNow();
  }
  const absl::Status appended = copy.list->Append(entries, next);
  if (ReasonOf(appended) == "REPLAY_LIST_FORKED") copy.forked = true;
  RETURN_IF_ERROR(appended);
  copy.marked = next;
  return absl::OkStatus();
}

absl::Status ReplayExport::CopyOwn() {
  const std::vector<std::string> kinds = ProtectiveKinds("retention");
  for (;;) {
    ASSIGN_OR_RETURN(const auto page, reader_.Entries(own_next_, ledger::kReadEntriesMax));
    if (page.empty()) return absl::OkStatus();
    std::vector<ledger::ListedEntry> entries;
    for (const ledger::StoredEntry& one : page) {
      if (!one.payload || std::find(kinds.begin(), kinds.end(), one.kind) == kinds.end()) continue;
      entries.push_back({one.index, one.kind, one.at, *one.payload});
    }
    const uint64_t next = page.back().index + 1;
    RETURN_IF_ERROR(Take(own_, std::move(entries), next));
    own_next_ = next;
  }
}

absl::Status ReplayExport::Tick() {
  RETURN_IF_ERROR(CopyOwn());
  for (const auto& copy : copies_) {
    if (copy->feed != nullptr && copy->forked) {
      copy->feed->Stop();
      copy->feed.reset();
    }
    if (copy->feed != nullptr || !Serves(copy->source.channel, SystemClock().Now())) continue;
    RETURN_IF_ERROR(Begin(*copy));
    Follow(*copy);
  }
  return absl::OkStatus();
}

void ReplayExport::Stop() {
  for (const auto& copy : copies_) {
    if (copy->feed != nullptr) copy->feed->Stop();
  }
}

}  // namespace varsam::retention
