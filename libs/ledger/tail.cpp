#include "libs/ledger/tail.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::ledger {
namespace {

// Appends of other replicas are seen after this long at the latest.
constexpr absl::Duration kPoll = absl::Milliseconds(200);
constexpr uint32_t kPageEntries = 500;

}  // namespace

void ToProto(const StoredEntry& entry, v1::Entry* out) {
  out->set_index(entry.index);
  out->set_kind(entry.kind);
  const int64_t micros = absl::ToUnixMicros(entry.at);
  out->mutable_time()->set_seconds(micros / 1000000);
  out->mutable_time()->set_nanos(static_cast<int32_t>(micros % 1000000) * 1000);
  out->set_commitment(std::string(HashBytes(entry.commitment)));
  if (entry.payload) out->set_payload(*entry.payload);
  if (entry.salt) out->set_salt(*entry.salt);
  out->set_erased(!entry.payload.has_value());
}

void TailStream::OnWriteDone(bool ok) {
  if (!ok) return End(absl::CancelledError("the reader is gone"));
  pump_.WriteDone(id_);
}

TailPump::TailPump(Ledger& ledger, pg::Pool& pool) : ledger_(ledger), reader_(pool) {
  thread_ = std::thread([this] { Run(); });
}

TailPump::~TailPump() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  ledger_.Wake();
  thread_.join();
}

TailStream* TailPump::NewStream(rpc::Call& call, const v1::TailRequest& request) {
  TailStream* stream = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const uint64_t id = next_id_++;
    stream = new TailStream(call, *this, id);
    Place& place = places_[id];
    place.stream = stream;
    place.next = request.from_index();
    place.kinds.insert(request.kinds().begin(), request.kinds().end());
  }
  ledger_.Wake();
  return stream;
}

void TailPump::WriteDone(uint64_t id) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = places_.find(id); found != places_.end()) found->second.writing = false;
  }
  ledger_.Wake();
}

void TailPump::Leave(uint64_t id) {
  const std::lock_guard lock(mutex_);
  places_.erase(id);
}

void TailPump::Run() {
  uint64_t version = 0;
  uint64_t size = 0;
  while (true) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      if (places_.empty()) size = 0;
    }
    const uint64_t announced = ledger_.announced();
    if (announced > size) {
      size = announced;
    } else if (const auto stored = reader_.Size(); stored.ok()) {
      size = std::max(size, *stored);
    }
    Serve(size);
    ledger_.AwaitNews(version, kPoll);
  }
}

void TailPump::Serve(uint64_t size) {
  std::vector<std::pair<uint64_t, Place>> due;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, place] : places_) {
      if (!place.writing && (place.next != size || !place.greeted)) due.emplace_back(id, place);
    }
  }
  for (const auto& [id, place] : due) {
    auto page = ReadPage(place, size);
    if (!page.ok() && page.status().code() != absl::StatusCode::kFailedPrecondition) continue;
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(id);
    if (found == places_.end()) continue;
    if (!page.ok()) {
      found->second.writing = true;  // said once
      found->second.stream->End(page.status());
      continue;
    }
    found->second.writing = true;
    found->second.greeted = true;
    found->second.next = page->next_index();
    found->second.stream->response_ = *std::move(page);
    found->second.stream->Write(&found->second.stream->response_);
  }
}

absl::StatusOr<v1::TailResponse> TailPump::ReadPage(const Place& place, uint64_t size) const {
  if (place.next > size) {
    ASSIGN_OR_RETURN(size, reader_.Size());
    if (place.next > size) {
      return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "CURSOR_AHEAD",
                             "the cursor lies beyond the log: has the log been restored?");
    }
  }
  v1::TailResponse response;
  response.set_next_index(place.next);
  response.set_size(size);
  if (place.next == size) return response;
  ASSIGN_OR_RETURN(const std::vector<StoredEntry> entries,
                   reader_.Entries(place.next, kPageEntries));
  for (const StoredEntry& entry : entries) {
    if (entry.index != response.next_index()) break;  // damaged: VerifyLog names it
    response.set_next_index(entry.index + 1);
    if (place.kinds.empty() || place.kinds.contains(entry.kind)) {
      ToProto(entry, response.add_entries());
    }
  }
  if (response.next_index() == place.next) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "LOG_DAMAGED",
                           "the next entry of the log is missing");
  }
  response.set_size(std::max(size, response.next_index()));
  return response;
}

}  // namespace varsam::ledger
