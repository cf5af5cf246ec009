#include "libs/journal/attempt.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/ledger/batch.h"

namespace varsam::journal {
namespace {

constexpr pg::Statement kKnownRequests{
    "journal_known_requests",
    "SELECT request_id, fingerprint, response, first_index, entry_count "
    "FROM journal_request WHERE request_id = ANY($1)"};
constexpr pg::Statement kSaveRequests{
    "journal_save_requests",
    "INSERT INTO journal_request (request_id, fingerprint, response, first_index, entry_count, at) "
    "SELECT r, f, p, i, c, $6 FROM unnest($1, $2, $3, $4, $5) AS t(r, f, p, i, c)"};

absl::Status TooBig() {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "ASK_TOO_BIG",
                         "one write makes too many ledger entries");
}

}  // namespace

absl::StatusOr<bool> WasCommitted(pg::Connection& connection, const Uuid& request_id) {
  pg::Tx tx(connection);
  ledger::EnqueueLockHead(tx);
  ASSIGN_OR_RETURN(pg::Rows rows,
                   tx.Query(kKnownRequests, pg::Params().Uuids(std::span(&request_id, 1))));
  return !rows.empty();
}

Attempt::Attempt(pg::Connection& connection, const ledger::Signer& signer, const Clock& clock,
                 std::span<const std::unique_ptr<Item>> items)
    : tx_(connection), signer_(signer), clock_(clock), items_(items) {
  for (const auto& item : items_) item->ForgetAttempt();
}

std::vector<Attempt::Group> Attempt::GroupByOperation() const {
  std::vector<Group> groups;
  for (const auto& item : items_) {
    const void* operation = item->cell->operation();
    auto group = std::find_if(groups.begin(), groups.end(),
                              [&](const Group& g) { return g.operation == operation; });
    if (group == groups.end()) group = groups.insert(group, {operation, {}});
    group->items.push_back(item.get());
  }
  return groups;
}

absl::Status Attempt::Run() {
  RETURN_IF_ERROR(LoadAll());
  DecideAll();
  RETURN_IF_ERROR(SaveAll());
  if (written_.any) return tx_.Commit();
  tx_.Rollback();
  return absl::OkStatus();
}

Attempt::Written Attempt::TakeWritten() && {
  if (written_.any && !batch_->empty()) written_.batch = std::move(*batch_).Committed();
  return std::move(written_);
}

absl::Status Attempt::LoadAll() {
  groups_ = GroupByOperation();
  std::vector<Uuid> requests;
  for (const auto& item : items_) {
    if (!item->options.request_id.IsNil()) requests.push_back(item->options.request_id.value());
  }
  head_ = ledger::EnqueueLockHead(tx_);
  known_ = tx_.Enqueue(kKnownRequests, pg::Params().Uuids(requests));
  for (size_t i = 0; i < groups_.size(); ++i) {
    RETURN_IF_ERROR(Load(groups_[i]));
    if (i == 0) RETURN_IF_ERROR(ReadFirstAnswers());
  }
  return absl::OkStatus();
}

absl::Status Attempt::Load(const Group& group) {
  std::vector<Cell*> cells;
  for (Item* item : group.items) {
    if (item->Writes()) cells.push_back(item->cell.get());
  }
  if (cells.empty()) return absl::OkStatus();
  return cells.front()->Load(tx_, cells);
}

absl::Status Attempt::ReadFirstAnswers() {
  RETURN_IF_ERROR(tx_.Flush());
  ASSIGN_OR_RETURN(ledger::Head head, ledger::ReadHead(tx_.Take(head_)));
  // The clock is read under the lock: no decision is dated before the facts it rests on.
  now_ = clock_.Now();
  batch_.emplace(std::move(head), now_);
  Recognise(tx_.Take(known_));
  return absl::OkStatus();
}

void Attempt::Recognise(const pg::Rows& rows) {
  if (rows.empty()) return;
  std::unordered_map<Uuid, pg::Row> known;
  for (pg::Row row : rows) known.emplace(row.Uuid(0), row);
  for (const auto& item : items_) {
    auto found = known.find(item->options.request_id.value());
    if (found == known.end()) continue;
    const pg::Row& row = found->second;
    if (row.Bytes(1) != item->options.fingerprint) {
      item->refused = ErrorWithReason(absl::StatusCode::kAlreadyExists, "REQUEST_ID_REUSED",
                                      "this request id came before with other content");
      continue;
    }
    item->replay = true;
    item->response = std::string(row.Bytes(2));
    item->position = {static_cast<uint64_t>(row.Int64(3)), static_cast<uint32_t>(row.Int32(4))};
  }
}

void Attempt::DecideAll() {
  for (size_t i = 0; i < items_.size(); ++i) {
    Item& item = *items_[i];
    if (!item.Writes()) continue;
    item.refused = DecideOne(item);
    if (ReasonOf(item.refused) != "ASK_TOO_BIG" || batch_->empty()) continue;
    item.refused = absl::OkStatus();
    for (size_t late = i; late < items_.size(); ++late) {
      if (items_[late]->Writes()) items_[late]->deferred = true;
    }
    return;
  }
}

absl::Status Attempt::DecideOne(Item& item) {
  RETURN_IF_ERROR(item.cell->Decide(Freeze(now_)));
  std::vector<ledger::Entry> entries = item.cell->Entries();
  if (batch_->size() + entries.size() > ledger::kBatchEntriesMax) return TooBig();
  item.position = {batch_->first_index() + batch_->size(), static_cast<uint32_t>(entries.size())};
  for (ledger::Entry& entry : entries) batch_->Add(std::move(entry));
  item.response = item.cell->Render(item.position);
  return absl::OkStatus();
}

absl::Status Attempt::SaveAll() {
  for (const Group& group : groups_) {
    std::vector<Cell*> cells;
    std::vector<Position> positions;
    for (Item* item : group.items) {
      if (!item->Writes()) continue;
      cells.push_back(item->cell.get());
      positions.push_back(item->position);
    }
    if (cells.empty()) continue;
    written_.any = true;
    RETURN_IF_ERROR(cells.front()->Save(tx_, cells, positions));
  }
  if (!written_.any) return absl::OkStatus();
  SaveRequests();
  batch_->EnqueueSave(tx_, signer_);
  return absl::OkStatus();
}

void Attempt::SaveRequests() {
  std::vector<const Item*> saved;
  for (const auto& item : items_) {
    if (item->Writes() && !item->options.request_id.IsNil()) saved.push_back(item.get());
  }
  if (saved.empty()) {
    // Nobody can repeat these asks, but their commit may still come to be in doubt.
    written_.witness = NewUuidV4();
    const std::string none;
    tx_.Enqueue(kSaveRequests, pg::Params()
                                   .Uuids(std::span(&written_.witness, 1))
                                   .BytesList(std::span(&none, 1))
                                   .BytesList(std::span(&none, 1))
                                   .Int64s(std::vector<int64_t>{0})
                                   .Int32s(std::vector<int32_t>{0})
                                   .Time(now_));
    return;
  }
  written_.witness = saved.front()->options.request_id.value();
  tx_.Enqueue(
      kSaveRequests,
      pg::Params()
          .Uuids(saved, [](const Item* i) { return i->options.request_id.value(); })
          .BytesList(saved, [](const Item* i) { return std::string_view(i->options.fingerprint); })
          .BytesList(saved, [](const Item* i) { return std::string_view(i->response); })
          .Int64s(saved,
                  [](const Item* i) { return static_cast<int64_t>(i->position.first_index); })
          .Int32s(saved,
                  [](const Item* i) { return static_cast<int32_t>(i->position.entry_count); })
          .Time(now_));
}

}  // namespace varsam::journal
