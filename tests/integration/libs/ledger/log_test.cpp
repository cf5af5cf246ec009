// The log in PostgreSQL: appending in batches of every size, tiles, proofs, erasure, rights.
#include <array>
#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "libs/ledger/migrations.h"
#include "libs/ledger/reader.h"
#include "libs/ledger/receipt.h"
#include "libs/ledger/verify.h"
#include "libs/pg/migrate.h"
#include "tests/support/ledger_log.h"

namespace varsam::ledger {
namespace {

VerifyReport Report(LedgerLog& log) {
  const auto report = Verify(log.pool(), {.vkey = log.vkey()});
  REQUIRE(report.ok());
  return *report;
}

Hash RootOf(const LedgerLog& log, const std::string& note) {
  const auto opened = NoteVerifier::Parse(log.vkey())->Open(note);
  REQUIRE(opened.ok());
  return opened->root;
}

}  // namespace

TEST_CASE("an empty log is intact and says that it is empty") {
  LedgerLog log;
  const Reader reader(log.pool());
  CHECK(*reader.Size() == 0);
  CHECK(ReasonOf(reader.SignedCheckpoint().status()) == "LEDGER_EMPTY");
  CHECK(ReasonOf(reader.Prove(0).status()) == "NO_SUCH_ENTRY");
  CHECK(ReasonOf(reader.Tile(0, 0, 1).status()) == "NO_SUCH_TILE");
  CHECK(reader.Entries(0, 10)->empty());
  CHECK(Report(log).ok());
}

TEST_CASE("batches of every size give dense indexes, rising times and proofs that verify") {
  LedgerLog log;
  const Reader reader(log.pool());
  uint64_t size = 0;
  for (const size_t count : {1u, 2u, 3u, 250u, 1u, 255u, 256u, 257u, 600u, 1u}) {
    const auto batch = log.Append(count);
    CHECK(batch->first_index() == size);
    size += count;
    CHECK(batch->size_after() == size);
    const Hash root = RootOf(log, batch->checkpoint());
    for (const PlacedEntry& entry : batch->entries()) {
      const Proof proof = batch->Prove(entry.index);
      REQUIRE(VerifyInclusion(entry.leaf_hash, entry.index, size, proof.path, root));
    }
    CHECK(*reader.SignedCheckpoint() == batch->checkpoint());
    CHECK(*reader.Size() == size);
  }
  const VerifyReport report = Report(log);
  CHECK(report.ok());
  CHECK(report.entries == size);
  const auto entries = reader.Entries(0, 2000);
  REQUIRE(entries.ok());
  REQUIRE(entries->size() == kReadEntriesMax);
  for (size_t i = 1; i < entries->size(); ++i) {
    CHECK((*entries)[i].index == i);
    CHECK((*entries)[i].at > (*entries)[i - 1].at);
  }
}

TEST_CASE("log time never goes back, whatever the clock does") {
  LedgerLog log;
  const auto before = log.Append(3);
  log.now -= absl::Hours(5);
  const auto after = log.Append(2);
  CHECK(after->entries()[0].at == before->entries()[2].at + absl::Microseconds(1));
  log.now += absl::Hours(10);
  CHECK(log.Append(1)->entries()[0].at == log.now);
  CHECK(Report(log).ok());
}

TEST_CASE("proofs from tiles, of every entry and between every two sizes") {
  LedgerLog log;
  const Reader reader(log.pool());
  const auto first = log.Append(300);
  const auto second = log.Append(423);
  const uint64_t size = 723;
  const Hash root = RootOf(log, second->checkpoint());
  for (uint64_t index = 0; index < size; index += 7) {
    const auto proof = reader.Prove(index);
    REQUIRE(proof.ok());
    const Hash leaf = index < 300 ? first->entry(index).leaf_hash : second->entry(index).leaf_hash;
    REQUIRE(VerifyInclusion(leaf, index, size, proof->path, root));
  }
  const auto path = reader.ConsistencyProof(300, size);
  REQUIRE(path.ok());
  CHECK(VerifyConsistency(300, size, *path, RootOf(log, first->checkpoint()), root));
  CHECK_FALSE(reader.ConsistencyProof(300, size + 1).ok());
  CHECK(reader.Tile(0, 2, 211)->size() == 211u * 32);
  CHECK(ReasonOf(reader.Tile(0, 2, 212).status()) == "NO_SUCH_TILE");
  CHECK(reader.Tile(1, 0, 2)->size() == 64);
  CHECK(ReasonOf(reader.Tile(1, 0, 3).status()) == "NO_SUCH_TILE");
  const auto bundle = reader.EntryBundle(2, 211);
  REQUIRE(bundle.ok());
  CHECK(static_cast<unsigned char>((*bundle)[0]) == 0);
}

TEST_CASE("level one tiles are stored when 65,536 entries are there") {
  LedgerLog log;
  for (int i = 0; i < 4; ++i) log.Append(16384);
  log.Append(5);
  const Reader reader(log.pool());
  const auto tile = reader.Tile(1, 0, 256);
  REQUIRE(tile.ok());
  CHECK(tile->size() == 8192);
  CHECK(reader.Tile(2, 0, 1)->size() == 32);
  CHECK(Report(log).ok());
  const auto proof = reader.Prove(40000);
  REQUIRE(proof.ok());
  const auto entry = reader.EntryAt(40000);
  REQUIRE(entry.ok());
  const Hash leaf = LeafHash(LeafText(entry->index, entry->kind, entry->at, entry->commitment));
  CHECK(VerifyInclusion(leaf, 40000, 65541, proof->path, RootOf(log, proof->checkpoint)));
}

TEST_CASE("erasing removes payload and salt, and the log still verifies") {
  LedgerLog log;
  log.Append(400);
  const Reader reader(log.pool());
  CHECK(*reader.EraseEntries({3, 256, 399}, "case_erasure") == 3);
  CHECK(*reader.EraseEntries({3}, "case_erasure") == 0);
  const auto entry = reader.EntryAt(256);
  REQUIRE(entry.ok());
  CHECK_FALSE(entry->payload);
  CHECK_FALSE(entry->salt);
  const VerifyReport report = Report(log);
  CHECK(report.ok());
  CHECK(report.erased == 3);
  CHECK(reader.Prove(256).ok());
  CHECK(ReasonOf(RenderReceipt({.type = "receipt", .record_json = "{}"}, *entry, *reader.Prove(256),
                               log.ledger().signer())
                     .status()) == "ENTRY_ERASED");
}

TEST_CASE("the service's role appends, reads and erases, and can change nothing else") {
  TestDatabase database;
  const std::string role = "varsam_" + database.name();
  auto owner = database.Open();
  REQUIRE(owner->Execute("CREATE ROLE " + role + " LOGIN").ok());
  const std::array sets = {Migrations()};
  REQUIRE(pg::Migrate(*owner, sets, {.service_role = role}).ok());
  {
    auto opened = pg::Connection::Open({.conninfo = database.ConninfoAs(role)});
    REQUIRE(opened.ok());
    pg::Connection& service = **opened;
    const Signer signer("varsam/test", std::string(32, '\x11'));
    pg::Tx tx(service);
    const auto ticket = EnqueueLockHead(tx);
    REQUIRE(tx.Flush().ok());
    Batch batch(*ReadHead(tx.Take(ticket)), absl::UnixEpoch());
    for (int i = 0; i < 300; ++i) batch.Add({"test_entry", "payload"});
    batch.EnqueueSave(tx, signer);
    REQUIRE(tx.Commit().ok());
    for (const char* forbidden :
         {"UPDATE ledger_entry SET kind = 'x' WHERE index = 1",
          "UPDATE ledger_entry SET payload = NULL, salt = NULL WHERE index = 1",
          "DELETE FROM ledger_entry WHERE index = 1", "TRUNCATE ledger_entry",
          "UPDATE ledger_tile SET root = root", "DELETE FROM ledger_tile",
          "DELETE FROM ledger_head", "DELETE FROM ledger_checkpoint",
          "INSERT INTO ledger_erasure (index, reason) VALUES (1, 'x')",
          "DROP TABLE ledger_entry"}) {
      CHECK_FALSE(service.Execute(forbidden).ok());
    }
    CHECK(service.Execute("SELECT ledger_erase('{1,2}', 'case_erasure')").ok());
  }
  REQUIRE(owner->Execute("DROP OWNED BY " + role + "; DROP ROLE " + role).ok());
}

}  // namespace varsam::ledger
