// A PostgreSQL database behind a mapping, through libs/pg.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "libs/pg/connection.h"
#include "libs/pg/tx.h"
#include "services/connector/adapters/sql/database.h"

namespace varsam::connector::sql {

Opener OpenPostgres(pg::ConnectOptions options);

// Statements are made at run time, each prepared under a name that follows from its text.
class PostgresDatabase final : public Database {
 public:
  explicit PostgresDatabase(std::unique_ptr<pg::Connection> connection);
  ~PostgresDatabase() override;

  const Dialect& dialect() const override { return PostgresDialect(); }
  bool broken() const override { return connection_->broken(); }
  absl::StatusOr<Catalog> LoadCatalog(const Mapping& mapping) override;
  absl::Status Begin(bool snapshot) override;
  absl::StatusOr<TextRows> Query(const std::string& sql, const Values& values) override;
  absl::Status Commit() override;
  void Rollback() override;

 private:
  struct Entry {
    std::string name, sql;
    pg::Statement statement;
  };
  const pg::Statement& StatementOf(const std::string& sql);

  std::map<std::string, std::unique_ptr<Entry>> statements_;  // outlive the connection
  std::unique_ptr<pg::Connection> connection_;
  std::unique_ptr<pg::Tx> tx_;
};

}  // namespace varsam::connector::sql
