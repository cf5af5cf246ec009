#include "tests/support/ledger_log.h"

#include <array>

#include "libs/base/check.h"
#include "libs/ledger/migrations.h"
#include "libs/pg/migrate.h"

namespace varsam {

LedgerLog::LedgerLog() : ledger_("varsam/test", std::string(32, '\x11')) {
  writer_ = database_.Open();
  const std::array sets = {ledger::Migrations()};
  const absl::Status migrated = pg::Migrate(*writer_, sets);
  VARSAM_CHECK(migrated.ok()) << migrated.ToString();
  VARSAM_CHECK(writer_->Execute("SET synchronous_commit = off").ok());
  pool_ = std::make_unique<pg::Pool>(pg::PoolOptions{.connect = database_.options()});
}

std::shared_ptr<const ledger::CommittedBatch> LedgerLog::Append(size_t count,
                                                                size_t payload_bytes) {
  const auto size = ledger::Reader(*pool_).Size();
  VARSAM_CHECK(size.ok()) << size.status().ToString();
  std::vector<ledger::Entry> entries;
  for (size_t i = 0; i < count; ++i) {
    std::string payload = "payload " + std::to_string(*size + i);
    if (payload.size() < payload_bytes) payload.resize(payload_bytes, '.');
    entries.push_back({"test_entry", std::move(payload)});
  }
  return AppendEntries(std::move(entries));
}

std::shared_ptr<const ledger::CommittedBatch> LedgerLog::AppendEntries(
    std::vector<ledger::Entry> entries) {
  auto result = Write(std::move(entries));
  ledger_.Announce(result->size_after());
  return result;
}

void LedgerLog::AppendElsewhere(size_t count) {
  Write(std::vector<ledger::Entry>(count, {"test_entry", "from elsewhere"}));
}

std::shared_ptr<const ledger::CommittedBatch> LedgerLog::Write(std::vector<ledger::Entry> entries) {
  pg::Tx tx(*writer_);
  const auto ticket = ledger::EnqueueLockHead(tx);
  VARSAM_CHECK(tx.Flush().ok());
  auto head = ledger::ReadHead(tx.Take(ticket));
  VARSAM_CHECK(head.ok()) << head.status().ToString();
  ledger::Batch batch(*std::move(head), now);
  for (ledger::Entry& entry : entries) batch.Add(std::move(entry));
  batch.EnqueueSave(tx, ledger_.signer());
  const absl::Status committed = tx.Commit();
  VARSAM_CHECK(committed.ok()) << committed.ToString();
  return std::move(batch).Committed();
}

void LedgerLog::Tamper(const std::string& sql) {
  const absl::Status done = writer_->Execute(sql);
  VARSAM_CHECK(done.ok()) << done.ToString() << " " << writer_->last_error().driver_text;
}

}  // namespace varsam
