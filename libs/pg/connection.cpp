#include "libs/pg/connection.h"

#include <utility>

#include "libs/base/check.h"
#include "libs/base/status_macros.h"
#include "libs/pg/wire.h"

namespace varsam::pg {

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const ConnectOptions& options) {
  ASSIGN_OR_RETURN(std::unique_ptr<Wire> wire, Wire::Open(options));
  return std::unique_ptr<Connection>(new Connection(std::move(wire)));
}

Connection::Connection(std::unique_ptr<Wire> wire) : wire_(std::move(wire)) {}
Connection::~Connection() = default;

absl::StatusOr<Rows> Connection::Query(const Statement& statement, const Params& params) {
  VARSAM_CHECK(wire_->sent() == 0) << statement.name << ": a transaction is open";
  wire_->Send(statement, params);
  Wire::Answer answer = wire_->Sync();
  RETURN_IF_ERROR(answer.status);
  return std::move(answer.rows.front());
}

absl::Status Connection::Execute(const std::string& script) {
  return wire_->Command(script, PGRES_COMMAND_OK);
}

absl::Duration Connection::reply_timeout() const { return wire_->reply_timeout(); }
void Connection::set_reply_timeout(absl::Duration timeout) { wire_->set_reply_timeout(timeout); }

bool Connection::BrokenWhileIdle() {
  wire_->NoticeClosing();
  return wire_->broken();
}

bool Connection::broken() const { return wire_->broken(); }
int Connection::backend_pid() const { return wire_->backend_pid(); }
const ErrorDetail& Connection::last_error() const { return wire_->last_error(); }

}  // namespace varsam::pg
