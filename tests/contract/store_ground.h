// What a contract suite needs to treat both implementations of a store alike.
//
//   TEMPLATE_TEST_CASE("what was saved is read back", "", PostgresStore, MemoryStore) {
//     StoreGround<TestType> ground(Migrations());
//     REQUIRE(ground.Commit([&](pg::Tx& tx) { ground.store.Save(tx, rows); }).ok());
//     ground.store.ReadRow(ground.connection(), id)
//
// A memory twin (tests/support/memory_*) gets a transaction on a database without any table, which
// it leaves alone: were it to send a statement, the statement would fail.
#pragma once

#include <catch2/catch.hpp>

#include <memory>
#include <utility>

#include "libs/journal/journal.h"
#include "libs/ledger/migrations.h"
#include "libs/pg/migrate.h"
#include "libs/pg/tx.h"
#include "tests/support/test_database.h"

namespace varsam::testing {

template <typename Store>
class StoreGround {
 public:
  static constexpr bool kInMemory = requires(Store s) { s.Rollback(); };

  // What the store is made of comes after its migrations.
  template <typename... Made>
  explicit StoreGround(const pg::MigrationSet& migrations, Made&&... made)
      : store(std::forward<Made>(made)...), connection_(database_.Open()) {
    if (kInMemory) return;
    const pg::MigrationSet sets[] = {ledger::Migrations(), journal::Migrations(), migrations};
    const absl::Status migrated = pg::Migrate(*connection_, sets, {});
    INFO(migrated.ToString());
    REQUIRE(migrated.ok());
  }

  // Whatever `save` saves, in one transaction.
  template <typename Save>
  absl::Status Commit(Save save) {
    pg::Tx tx(*connection_);
    save(tx);
    if constexpr (kInMemory) return store.Commit();
    return tx.Commit();
  }
  // The same, given up.
  template <typename Save>
  void GiveUp(Save save) {
    pg::Tx tx(*connection_);
    save(tx);
    if constexpr (kInMemory) store.Rollback();
    tx.Rollback();
  }
  // What `load` loads, in a transaction that saves nothing; its failure fails the test.
  template <typename Load>
  auto Facts(Load load) {
    pg::Tx tx(*connection_);
    auto facts = load(tx);
    INFO(facts.status().ToString());
    REQUIRE(facts.ok());
    return *std::move(facts);
  }

  pg::Connection& connection() { return *connection_; }

  Store store;

 private:
  TestDatabase database_;
  std::unique_ptr<pg::Connection> connection_;
};

// The value of an absl::StatusOr; its failure fails the test.
template <typename T>
T Must(absl::StatusOr<T> value) {
  INFO(value.status().ToString());
  REQUIRE(value.ok());
  return *std::move(value);
}

}  // namespace varsam::testing
