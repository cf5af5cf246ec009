// A log of one test in a database of its own, and the few steps every ledger test repeats.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/ledger/batch.h"
#include "libs/ledger/ledger.h"
#include "libs/ledger/reader.h"
#include "libs/pg/pool.h"
#include "tests/support/test_database.h"

namespace varsam {

class LedgerLog {
 public:
  LedgerLog();

  // Appends `count` entries in one transaction, with payloads "payload <index>" padded to
  // `payload_bytes`.
  std::shared_ptr<const ledger::CommittedBatch> Append(size_t count, size_t payload_bytes = 0);
  std::shared_ptr<const ledger::CommittedBatch> AppendEntries(std::vector<ledger::Entry> entries);
  // As another process would: nobody here is told.
  void AppendElsewhere(size_t count);
  // A statement as superuser, without waiting for the disk.
  void Tamper(const std::string& sql);

  TestDatabase& database() { return database_; }
  pg::Pool& pool() { return *pool_; }
  ledger::Ledger& ledger() { return ledger_; }
  const std::string& vkey() const { return ledger_.signer().vkey(); }
  absl::Time now = absl::FromUnixSeconds(1795564800);

 private:
  std::shared_ptr<const ledger::CommittedBatch> Write(std::vector<ledger::Entry> entries);
  TestDatabase database_;
  std::unique_ptr<pg::Connection> writer_;
  std::unique_ptr<pg::Pool> pool_;
  ledger::Ledger ledger_;
};

}  // namespace varsam
