// A superuser changes stored rows in every way we know; the verifier names where.
// VARSAM_DAMAGE_POSITIONS sets how many random places each way is tried at (default 25).
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <random>

#include "absl/strings/str_cat.h"
#include "libs/base/strings.h"
#include "libs/ledger/reader.h"
#include "libs/ledger/verify.h"
#include "tests/support/ledger_log.h"

namespace varsam::ledger {
namespace {

constexpr uint64_t kSize = 700;  // two full tiles and a part of the third

int Positions() {
  const char* text = std::getenv("VARSAM_DAMAGE_POSITIONS");
  return text == nullptr ? 25 : std::atoi(text);
}

// A log that can be put back after each attack.
class Victim {
 public:
  Victim() {
    log.Append(100);
    log.Append(413);
    log.Append(kSize - 513);
    log.Tamper("ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_index_check");
    for (const char* table : kTables) {
      log.Tamper(absl::StrCat("CREATE TABLE kept_", table, " AS SELECT * FROM ", table));
    }
  }
  void Restore() {
    std::string sql;
    for (const char* table : kTables) {
      absl::StrAppend(&sql, "DELETE FROM ", table, "; INSERT INTO ", table, " SELECT * FROM kept_",
                      table, ";");
    }
    log.Tamper(sql);
  }
  VerifyReport Report(std::vector<std::string> trusted = {}) {
    const auto report =
        Verify(log.pool(), {.vkey = log.vkey(), .trusted_notes = std::move(trusted)});
    REQUIRE(report.ok());
    return *report;
  }

  LedgerLog log;
  std::mt19937_64 random{20261125};

 private:
  static constexpr const char* kTables[] = {"ledger_entry", "ledger_tile", "ledger_checkpoint",
                                            "ledger_head", "ledger_erasure"};
};

// A row that fits itself, with another payload.
std::string ForgedRow(const StoredEntry& entry) {
  const Hash commitment = Commitment(*entry.salt, "forged");
  const Hash leaf = LeafHash(LeafText(entry.index, entry.kind, entry.at, commitment));
  return absl::StrCat("payload = 'forged', commitment = '\\x", ToHex(HashBytes(commitment)),
                      "', leaf_hash = '\\x", ToHex(HashBytes(leaf)), "'");
}

}  // namespace

TEST_CASE("six ways to change a row, each located to the entry") {
  Victim victim;
  REQUIRE(victim.Report().ok());  // the control: an untouched log is intact
  for (int round = 0; round < Positions(); ++round) {
    const uint64_t at = victim.random() % (kSize - 2);
    const auto attack = [&](const std::string& sql, std::initializer_list<DamageKind> kinds,
                            uint64_t index) {
      INFO(sql);
      victim.log.Tamper(sql);
      const VerifyReport report = victim.Report();
      CHECK(std::find(kinds.begin(), kinds.end(), report.damage) != kinds.end());
      CHECK(report.index == index);
      victim.Restore();
    };
    const std::string where = absl::StrCat(" WHERE index = ", at);
    attack("UPDATE ledger_entry SET payload = payload || 'x'" + where,
           {DamageKind::kPayloadChanged}, at);
    attack("UPDATE ledger_entry SET salt = set_byte(salt, 3, get_byte(salt, 3) # 1)" + where,
           {DamageKind::kPayloadChanged}, at);
    attack("UPDATE ledger_entry SET at = at + interval '1 microsecond'" + where,
           {DamageKind::kLeafChanged}, at);
    attack("UPDATE ledger_entry SET kind = 'other'" + where, {DamageKind::kLeafChanged}, at);
    attack("DELETE FROM ledger_entry" + where, {DamageKind::kMissingEntry}, at);
    attack(absl::StrCat("DELETE FROM ledger_entry", where,
                        "; UPDATE ledger_entry SET index = -index WHERE index > ", at,
                        "; UPDATE ledger_entry SET index = -index - 1 WHERE index < 0"
                        "; UPDATE ledger_head SET size = size - 1"),
           {DamageKind::kMissingEntry}, at);
    attack(absl::StrCat("UPDATE ledger_entry SET index = -index - 1 WHERE index >= ", at,
                        "; UPDATE ledger_entry SET index = -index WHERE index < 0"
                        "; INSERT INTO ledger_entry SELECT ",
                        at,
                        ", kind, at, commitment, leaf_hash, salt, payload FROM ledger_entry"
                        " WHERE index = ",
                        at + 1, "; UPDATE ledger_head SET size = size + 1"),
           {DamageKind::kUnexpectedEntry, DamageKind::kLeafChanged}, at);
    attack(absl::StrCat("UPDATE ledger_entry SET index = CASE index WHEN ", at, " THEN ", at + 1,
                        " ELSE ", at, " END + 100000 WHERE index IN (", at, ", ", at + 1,
                        "); UPDATE ledger_entry SET index = index - 100000 WHERE index >= 100000"),
           {DamageKind::kLeafChanged, DamageKind::kMissingEntry, DamageKind::kUnexpectedEntry}, at);
    attack(absl::StrCat("DELETE FROM ledger_entry WHERE index >= ", at), {DamageKind::kTruncated},
           at);
  }
}

TEST_CASE("a forged row that fits itself is found by the tree") {
  Victim victim;
  const Reader reader(victim.log.pool());
  for (int round = 0; round < Positions(); ++round) {
    const uint64_t at = victim.random() % kSize;
    const auto entry = reader.EntryAt(at);
    REQUIRE(entry.ok());
    victim.log.Tamper(
        absl::StrCat("UPDATE ledger_entry SET ", ForgedRow(*entry), " WHERE index = ", at));
    const VerifyReport report = victim.Report();
    CHECK(report.damage == DamageKind::kHistoryRewritten);
    CHECK(report.index <= at);
    CHECK(at < report.index_end);
    if (at < 512) CHECK(report.index == at);  // under a full tile it is exact
    if (at >= 512) CHECK(report.index >= 512);
    victim.Restore();
  }
}

TEST_CASE("who forges the tiles and the edge too still has no key") {
  Victim victim;
  const Reader reader(victim.log.pool());
  const auto entry = reader.EntryAt(600);
  victim.log.Tamper(
      absl::StrCat("UPDATE ledger_entry SET ", ForgedRow(*entry), " WHERE index = 600"));
  // The edge as the forger would compute it.
  RightEdge edge;
  const auto entries = reader.Entries(0, 1000);
  for (const StoredEntry& one : *entries) {
    edge.Append(LeafHash(LeafText(one.index, one.kind, one.at, one.commitment)));
  }
  victim.log.Tamper(
      absl::StrCat("UPDATE ledger_head SET edge = '\\x", ToHex(edge.Serialize()), "'"));
  const VerifyReport report = victim.Report();
  CHECK(report.damage == DamageKind::kHistoryRewritten);
  CHECK(report.index <= 600);
  CHECK(report.index >= 513);  // the checkpoint signed at 513 still holds
  CHECK(report.index_end == kSize);
}

TEST_CASE("a log rolled back as a whole shows against a checkpoint kept elsewhere") {
  Victim victim;
  const std::string kept = *Reader(victim.log.pool()).SignedCheckpoint();
  victim.log.Append(300);
  const std::string later = *Reader(victim.log.pool()).SignedCheckpoint();
  victim.Restore();
  CHECK(victim.Report().ok());  // nothing inside can tell
  const VerifyReport report = victim.Report({kept, later});
  CHECK(report.damage == DamageKind::kTruncated);
  CHECK(report.index == kSize);
  CHECK(report.index_end == kSize + 300);
}

TEST_CASE("a checkpoint of another history names the fork") {
  Victim victim;
  const Signer signer("varsam/test", std::string(32, '\x11'));
  const VerifyReport report = victim.Report({signer.SignCheckpoint(650, LeafHash("other"))});
  CHECK(report.damage == DamageKind::kHistoryRewritten);
  CHECK(report.index_end <= kSize);
}

TEST_CASE("tiles, head and erasures are checked as well") {
  Victim victim;
  const auto attack = [&](const std::string& sql, DamageKind kind, uint64_t index) {
    INFO(sql);
    victim.log.Tamper(sql);
    const VerifyReport report = victim.Report();
    CHECK(report.damage == kind);
    CHECK(report.index == index);
    victim.Restore();
  };
  attack(
      "UPDATE ledger_tile SET hashes = set_byte(hashes, 3200, get_byte(hashes, 3200) # 1)"
      " WHERE index = 1",
      DamageKind::kTileChanged, 356);
  attack("DELETE FROM ledger_tile WHERE index = 1", DamageKind::kTileChanged, 256);
  attack(
      "UPDATE ledger_tile SET root = commitment FROM ledger_entry e"
      " WHERE ledger_tile.index = 0 AND e.index = 5",
      DamageKind::kTileChanged, 0);
  attack("UPDATE ledger_head SET edge = set_byte(edge, 5, get_byte(edge, 5) # 1)",
         DamageKind::kHeadChanged, kSize);
  attack("UPDATE ledger_head SET last_at = last_at + interval '1 hour'", DamageKind::kHeadChanged,
         kSize);
  attack("UPDATE ledger_head SET checkpoint = replace(checkpoint, '700', '701')",
         DamageKind::kHeadChanged, kSize);
  attack("DELETE FROM ledger_head", DamageKind::kHeadChanged, 0);
  attack("UPDATE ledger_entry SET payload = NULL, salt = NULL WHERE index = 77",
         DamageKind::kErasedUnrecorded, 77);
  attack(
      "INSERT INTO ledger_entry SELECT 900, kind, at, commitment, leaf_hash, salt, payload"
      " FROM ledger_entry WHERE index = 5",
      DamageKind::kUnexpectedEntry, 900);
}

}  // namespace varsam::ledger
