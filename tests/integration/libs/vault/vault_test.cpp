// The vault over a real key database.
#include "libs/vault/vault.h"

#include <array>
#include <catch2/catch.hpp>
#include <set>

#include "libs/base/error.h"
#include "libs/pg/migrate.h"
#include "libs/vault/migrations.h"
#include "tests/support/test_database.h"

namespace varsam::vault {
namespace {

const std::string kRoot(32, '\x55');
const absl::Time kNow = absl::FromUnixSeconds(1795564800);

struct KeyBase {
  KeyBase() : connection(database.Open()) {
    const std::array sets = {Migrations()};
    REQUIRE(pg::Migrate(*connection, sets).ok());
    pool = std::make_unique<pg::Pool>(pg::PoolOptions{.connect = database.options()});
  }
  std::unique_ptr<Vault> Open(const std::string& root = kRoot) {
    auto vault = Vault::Open(*pool, {.root_key = root}, kNow);
    REQUIRE(vault.ok());
    return *std::move(vault);
  }
  void Run(const std::string& sql) { REQUIRE(connection->Execute(sql).ok()); }

  TestDatabase database;
  std::unique_ptr<pg::Connection> connection;
  std::unique_ptr<pg::Pool> pool;
};

Place At(const SubjectId& subject) {
  return {.table = "identifier", .column = "value", .row = "row-1", .subject = subject};
}

}  // namespace

TEST_CASE("a sealed value opens where it was put and nowhere else") {
  KeyBase base;
  auto vault = base.Open();
  const SubjectId anna(NewUuidV4());
  const SubjectId bo(NewUuidV4());
  const std::array both = {anna, bo, anna};
  REQUIRE(vault->EnsureKeys(both, kNow).ok());
  const auto sealed = vault->Seal(At(anna), "anna@example.se");
  REQUIRE(sealed.ok());
  CHECK(sealed->find("anna") == std::string::npos);
  const auto opened = vault->Open(At(anna), *sealed);
  REQUIRE(opened.ok());
  CHECK(opened->Reveal() == "anna@example.se");

  const auto reason = [&](Place place, std::string_view value) {
    return ReasonOf(vault->Open(place, value).status());
  };
  Place other = At(anna);
  other.table = "mail";
  CHECK(reason(other, *sealed) == "SEAL_BROKEN");
  other = At(anna);
  other.column = "name";
  CHECK(reason(other, *sealed) == "SEAL_BROKEN");
  other = At(anna);
  other.row = "row-2";
  CHECK(reason(other, *sealed) == "SEAL_BROKEN");
  CHECK(reason(At(bo), *sealed) == "SEAL_BROKEN");
  // The border between two parts cannot be moved either.
  other = At(anna);
  other.table = "identifierv";
  other.column = "alue";
  CHECK(reason(other, *sealed) == "SEAL_BROKEN");
  for (size_t bit = 0; bit < sealed->size() * 8; ++bit) {
    std::string changed = *sealed;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    CHECK(reason(At(anna), changed) == "SEAL_BROKEN");
  }
  CHECK(reason(At(anna), "") == "SEAL_BROKEN");
}

TEST_CASE("keys survive the process and do not change") {
  KeyBase base;
  const SubjectId anna(NewUuidV4());
  std::string sealed;
  {
    auto vault = base.Open();
    CHECK(ReasonOf(vault->Seal(At(anna), "x").status()) == "KEY_MISSING");
    REQUIRE(vault->EnsureKeys({&anna, 1}, kNow).ok());
    sealed = *vault->Seal(At(anna), "x");
  }
  auto vault = base.Open();
  REQUIRE(vault->EnsureKeys({&anna, 1}, kNow).ok());
  CHECK(vault->Open(At(anna), sealed)->Reveal() == "x");
  const auto wrong = Vault::Open(*base.pool, {.root_key = std::string(32, '\x56')}, kNow);
  CHECK(ReasonOf(wrong.status()) == "WRONG_ROOT_KEY");
  CHECK_FALSE(Vault::Open(*base.pool, {.root_key = "short"}, kNow).ok());
}

TEST_CASE("a destroyed key is gone for good, in other processes too") {
  KeyBase base;
  auto vault = base.Open();
  auto elsewhere = base.Open();
  const SubjectId anna(NewUuidV4());
  REQUIRE(vault->EnsureKeys({&anna, 1}, kNow).ok());
  const std::string sealed = *vault->Seal(At(anna), "x");
  REQUIRE(elsewhere->Open(At(anna), sealed).ok());

  const auto destroyed = vault->DestroyKey(anna, kNow);
  REQUIRE(destroyed.ok());
  CHECK(destroyed->destroyed_at == kNow);
  CHECK(vault->DestroyKey(anna, kNow + absl::Hours(1))->destroyed_at == kNow);
  CHECK(ReasonOf(vault->Open(At(anna), sealed).status()) == "KEY_DESTROYED");
  CHECK(vault->Open(At(anna), sealed).status().code() == absl::StatusCode::kNotFound);
  CHECK(ReasonOf(vault->Seal(At(anna), "y").status()) == "KEY_DESTROYED");
  const absl::Status again = vault->EnsureKeys({&anna, 1}, kNow);
  CHECK(again.code() == absl::StatusCode::kFailedPrecondition);
  CHECK(ReasonOf(again) == "KEY_DESTROYED");

  const auto list = elsewhere->DestroyedKeys(kNow, 10);  // the other process hears of it
  REQUIRE(list.ok());
  REQUIRE(list->size() == 1);
  CHECK((*list)[0].subject == anna);
  CHECK(ReasonOf(elsewhere->Open(At(anna), sealed).status()) == "KEY_DESTROYED");

  const SubjectId never_seen(NewUuidV4());
  REQUIRE(vault->DestroyKey(never_seen, kNow).ok());
  CHECK(ReasonOf(vault->EnsureKeys({&never_seen, 1}, kNow)) == "KEY_DESTROYED");
}

TEST_CASE("a new epoch wraps the living; old key backups open nothing") {
  KeyBase base;
  auto vault = base.Open();
  auto elsewhere = base.Open();
  std::vector<SubjectId> people;
  for (int i = 0; i < 1200; ++i) people.emplace_back(NewUuidV4());
  REQUIRE(vault->EnsureKeys(people, kNow).ok());
  const SubjectId anna = people[0];
  const SubjectId erased = people[1];
  const std::string sealed = *vault->Seal(At(anna), "x");
  const std::string sealed_erased = *vault->Seal(At(erased), "x");
  base.Run("CREATE TABLE key_backup AS SELECT * FROM vault_key");
  REQUIRE(vault->DestroyKey(erased, kNow).ok());

  REQUIRE(vault->RotateEpoch(kNow + absl::Hours(1)).ok());
  CHECK(*vault->DestroyEpochs(kNow, kNow) == 0);  // not yet past the horizon
  CHECK(*vault->DestroyEpochs(kNow + absl::Hours(2), kNow + absl::Hours(8)) == 1);
  CHECK(vault->Open(At(anna), sealed)->Reveal() == "x");
  // Another process still knows the old epoch only; it learns.
  CHECK(elsewhere->Open(At(anna), sealed)->Reveal() == "x");
  const SubjectId late(NewUuidV4());
  CHECK(elsewhere->EnsureKeys({&late, 1}, kNow).ok());

  // The backup of the keys from before comes back: the erased person does not.
  base.Run("DELETE FROM vault_key; INSERT INTO vault_key SELECT * FROM key_backup");
  auto restored = base.Open();
  CHECK(ReasonOf(restored->Open(At(erased), sealed_erased).status()) == "KEY_DESTROYED");
}

TEST_CASE("keys moved between subjects do not open") {
  KeyBase base;
  auto vault = base.Open();
  const std::array both = {SubjectId(NewUuidV4()), SubjectId(NewUuidV4())};
  REQUIRE(vault->EnsureKeys(both, kNow).ok());
  base.Run(
      "UPDATE vault_key k SET wrapped_key = o.wrapped_key FROM vault_key o"
      " WHERE o.subject_id <> k.subject_id");
  auto other = base.Open();
  CHECK(ReasonOf(other->Seal(At(both[0]), "x").status()) == "KEY_BROKEN");
}

TEST_CASE("blind indexes are equal for equal values of one type only") {
  KeyBase base;
  auto vault = base.Open();
  std::set<std::string> seen;
  for (const IdentifierType type : kIdentifierTypes) {
    const std::string index = vault->BlindIndex(type, "same");
    CHECK(index.size() == kBlindIndexBytes);
    CHECK(index == base.Open()->BlindIndex(type, "same"));
    CHECK(index != vault->BlindIndex(type, "other"));
    CHECK(seen.insert(index).second);
  }
  KeyBase foreign;
  auto other = foreign.Open(std::string(32, '\x56'));
  CHECK(seen.insert(other->BlindIndex(IdentifierType::kEmail, "same")).second);
}

TEST_CASE("derived keys are stable and apart") {
  KeyBase base;
  auto vault = base.Open();
  CHECK(vault->DeriveKey("ledger/consent").size() == kKeyBytes);
  CHECK(vault->DeriveKey("ledger/consent") == base.Open()->DeriveKey("ledger/consent"));
  CHECK(vault->DeriveKey("ledger/consent") != vault->DeriveKey("ledger/retention"));
}

}  // namespace varsam::vault
