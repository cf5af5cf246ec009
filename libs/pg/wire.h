// The libpq side of a connection: sends to the pipeline, waits with a limit, reads answers in
// order. For libs/pg only.
#pragma once

#include <libpq-fe.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/pg/connection.h"

namespace varsam::pg {

struct ResultClear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ResultClear>;

class Connection::Wire {
 public:
  // What came back for the statements sent since the last Sync.
  struct Answer {
    absl::Status status;     // the first failure
    std::vector<Rows> rows;  // of the statements before it
    bool refused = false;    // the failure is the server's word (it has a SQLSTATE)
    bool fatal = false;      // and it ended the session
  };

  static absl::StatusOr<std::unique_ptr<Wire>> Open(const ConnectOptions& options);
  ~Wire();
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Puts the statement (prepared first, if it is new here) into the pipeline; waits for nothing.
  void Send(const Statement& statement, const Params& params);
  // How many statements await an answer.
  size_t sent() const { return sent_; }
  // Closes the pipeline's segment and reads all answers: one round trip.
  Answer Sync();

  // Outside the pipeline: a script, or the opening of a COPY. `wanted` is the final status to
  // expect.
  absl::Status Command(const std::string& sql, ExecStatusType wanted);
  // Reads the rest of a command and goes back to the pipeline; the rows the last command touched.
  absl::StatusOr<uint64_t> FinishCommand();
  absl::Status PutCopyData(std::string_view bytes);
  absl::Status EndCopy(const char* error);
  // One message of COPY OUT, freed by the caller with PQfreemem; null at the end.
  absl::StatusOr<char*> GetCopyData(int* length);

  void set_reply_timeout(absl::Duration timeout) { reply_timeout_ = timeout; }
  absl::Duration reply_timeout() const { return reply_timeout_; }
  // While idle: has the server closed the session? Costs no round trip.
  void NoticeClosing();
  bool broken() const { return broken_; }
  void Break();
  int backend_pid() const { return PQbackendPID(connection_); }
  const ErrorDetail& last_error() const { return last_error_; }

 private:
  struct Prepared {
    const char* sql;
    std::vector<Oid> types;
  };
  struct Expected {
    const char* name;
    bool prepare;
  };

  Wire(PGconn* connection, const ConnectOptions& options);
  void Prepare(const Statement& statement, const Params& params);
  // Null at the end of a statement's results, or when the connection is broken.
  Result NextResult(absl::Duration until);
  bool WaitForSocket(bool write_too, absl::Duration until);
  absl::Status FailureOf(const PGresult* result, const char* statement);
  void Accept(Result result, const Expected& expected, Answer* answer);

  PGconn* connection_;
  absl::Duration reply_timeout_;
  bool broken_ = false;
  ErrorDetail last_error_;
  std::map<std::string, Prepared, std::less<>> prepared_;
  std::vector<Expected> expected_;
  size_t sent_ = 0;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

}  // namespace varsam::pg
