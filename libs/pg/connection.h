// One connection to PostgreSQL (libpq 15, pipeline mode). Used by one thread at a time. Every wait
// has a limit; once broken it stays broken (the pool or the owner opens another).
//
//   ASSIGN_OR_RETURN(auto connection, pg::Connection::Open({.conninfo = config.database}));
//   ASSIGN_OR_RETURN(pg::Rows rows, connection->Query(kLoadHold, pg::Params().Uuid(id)));
//
// Errors: error.h. Sources: SECURITY notes on libpq (time-outs, TLS); PostgreSQL 15 manual 34.5.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/pg/error.h"
#include "libs/pg/params.h"
#include "libs/pg/rows.h"
#include "libs/pg/statement.h"

namespace varsam::pg {

struct ConnectOptions {
  // libpq key=value text or URI. Over TCP the defaults are sslmode=verify-full and
  // channel_binding=require unless the text itself says otherwise.
  std::string conninfo;
  std::string application_name = "varsam";
  absl::Duration statement_timeout = absl::Seconds(10);
  absl::Duration lock_timeout = absl::Seconds(5);
  absl::Duration idle_in_transaction_timeout = absl::Seconds(30);
  // How long the client itself waits for an answer before it gives the connection up; must exceed
  // statement_timeout.
  absl::Duration reply_timeout = absl::Seconds(15);
};

class CopyIn;

class Connection {
 public:
  // UNAVAILABLE CONNECTION_LOST when no connection comes about within three seconds a host.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const ConnectOptions& options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // One statement in its own transaction, one round trip.
  absl::StatusOr<Rows> Query(const Statement& statement, const Params& params);

  // A script of several statements without parameters in one implicit transaction (migrations, test
  // fixtures).
  absl::Status Execute(const std::string& script);

  // COPY <table> (<columns>) FROM STDIN (FORMAT binary). Inside no Tx.
  absl::StatusOr<std::unique_ptr<CopyIn>> StartCopyIn(const std::string& copy_sql);
  // COPY (<query>) TO STDOUT (FORMAT binary); `types` names the columns. The row's views live until
  // `each` returns; an error from `each` breaks the connection off and is returned.
  absl::Status CopyOut(const std::string& copy_sql, std::span<const Type> types,
                       const std::function<absl::Status(const Row&)>& each);

  // See ConnectOptions::reply_timeout; for the few commands that take long (migrations).
  absl::Duration reply_timeout() const;
  void set_reply_timeout(absl::Duration timeout);

  // For whoever takes up an idle connection: true when it is broken or the server has closed it
  // meanwhile. No round trip.
  bool BrokenWhileIdle();
  bool broken() const;
  int backend_pid() const;
  const ErrorDetail& last_error() const;

 private:
  friend class Tx;
  friend class CopyIn;
  class Wire;
  explicit Connection(std::unique_ptr<Wire> wire);
  std::unique_ptr<Wire> wire_;
};

// Rows into a table at COPY speed. Without Finish() nothing is stored.
class CopyIn {
 public:
  ~CopyIn();
  // One row: the fields in the order and of the types of the columns.
  absl::Status Add(const Params& row);
  // Number of rows stored.
  absl::StatusOr<uint64_t> Finish();

 private:
  friend class Connection;
  explicit CopyIn(Connection::Wire& wire);
  absl::Status Send();
  Connection::Wire& wire_;
  std::string buffer_;
  bool open_ = true;
};

}  // namespace varsam::pg
