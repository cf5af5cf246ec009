#include "libs/pg/wire.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/clock.h"
#include "libs/base/strings.h"

namespace varsam::pg {
namespace {

std::string SessionOptions(const ConnectOptions& options) {
  const auto millis = [](absl::Duration d) { return absl::ToInt64Milliseconds(d); };
  return absl::StrCat(
      "-c statement_timeout=", millis(options.statement_timeout),
      " -c lock_timeout=", millis(options.lock_timeout),
      " -c idle_in_transaction_session_timeout=", millis(options.idle_in_transaction_timeout),
      " -c client_connection_check_interval=1000");
}

struct Setting {
  std::string keyword;
  std::string value;
};

// What the conninfo says comes after our defaults and wins; only the session options are merged.
absl::StatusOr<std::vector<Setting>> Settings(const ConnectOptions& options) {
  std::vector<Setting> settings = {{"connect_timeout", "3"},
                                   {"tcp_user_timeout", "3000"},
                                   {"keepalives_idle", "5"},
                                   {"keepalives_interval", "2"},
                                   {"keepalives_count", "2"},
                                   {"target_session_attrs", "read-write"},
                                   {"application_name", options.application_name}};
  std::string session = SessionOptions(options);
  bool over_tcp = false;
  std::vector<Setting> given;
  PQconninfoOption* parsed = PQconninfoParse(options.conninfo.c_str(), nullptr);
  if (parsed == nullptr) {
    return absl::InvalidArgumentError("the database connection text cannot be parsed");
  }
  for (PQconninfoOption* o = parsed; o->keyword != nullptr; ++o) {
    if (o->val == nullptr) continue;
    const std::string_view keyword = o->keyword;
    if (keyword == "options") {
      session = absl::StrCat(session, " ", o->val);
      continue;
    }
    if ((keyword == "host" && o->val[0] != '/' && o->val[0] != '\0') || keyword == "hostaddr") {
      over_tcp = true;
    }
    given.push_back({o->keyword, o->val});
  }
  PQconninfoFree(parsed);
  if (over_tcp) {
    settings.push_back({"sslmode", "verify-full"});
    settings.push_back({"channel_binding", "require"});
  }
  settings.insert(settings.end(), given.begin(), given.end());
  settings.push_back({"options", session});
  settings.push_back({"client_encoding", "UTF8"});
  return settings;
}

void IgnoreNotice(void*, const PGresult*) {}

}  // namespace

absl::StatusOr<std::unique_ptr<Connection::Wire>> Connection::Wire::Open(
    const ConnectOptions& options) {
  absl::StatusOr<std::vector<Setting>> settings = Settings(options);
  if (!settings.ok()) return settings.status();
  std::vector<const char*> keywords;
  std::vector<const char*> values;
  for (const Setting& setting : *settings) {
    keywords.push_back(setting.keyword.c_str());
    values.push_back(setting.value.c_str());
  }
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* connection = PQconnectdbParams(keywords.data(), values.data(), 0);
  std::unique_ptr<Wire> wire(new Wire(connection, options));
  if (PQstatus(connection) != CONNECTION_OK) {
    wire->Break();
    return CannotConnect(PQerrorMessage(connection));
  }
  PQsetNoticeReceiver(connection, IgnoreNotice, nullptr);
  VARSAM_CHECK(PQsetnonblocking(connection, 1) == 0 && PQenterPipelineMode(connection) == 1);
  return wire;
}

Connection::Wire::Wire(PGconn* connection, const ConnectOptions& options)
    : connection_(connection), reply_timeout_(options.reply_timeout) {}

Connection::Wire::~Wire() { PQfinish(connection_); }

void Connection::Wire::Break() { broken_ = true; }

void Connection::Wire::NoticeClosing() {
  if (broken_) return;
  pollfd readable{PQsocket(connection_), POLLIN, 0};
  if (poll(&readable, 1, 0) == 0) return;
  // An idle server says nothing but farewell or a change of a setting.
  while (PQconsumeInput(connection_) == 1) {
    if (poll(&readable, 1, 0) == 0) return;
  }
  Break();
}

void Connection::Wire::Prepare(const Statement& statement, const Params& params) {
  auto found = prepared_.find(std::string_view(statement.name));
  std::vector<Oid> types;
  if (found != prepared_.end()) {
    const Prepared& known = found->second;
    VARSAM_CHECK(known.sql == statement.sql || std::string_view(known.sql) == statement.sql)
        << "two statements are named " << statement.name;
    bool same = known.types.size() == params.size();
    for (size_t i = 0; same && i < params.size(); ++i) same = known.types[i] == params.oid(i);
    VARSAM_CHECK(same) << "statement " << statement.name << " is given other parameter types";
    return;
  }
  for (size_t i = 0; i < params.size(); ++i) types.push_back(params.oid(i));
  if (PQsendPrepare(connection_, statement.name, statement.sql, static_cast<int>(types.size()),
                    types.data()) != 1) {
    return Break();
  }
  expected_.push_back({statement.name, true});
  prepared_.emplace(statement.name, Prepared{statement.sql, std::move(types)});
}

void Connection::Wire::Send(const Statement& statement, const Params& params) {
  ++sent_;
  if (broken_) return;
  Prepare(statement, params);
  if (broken_) return;
  const size_t n = params.size();
  values_.resize(n);
  lengths_.resize(n);
  formats_.assign(n, 1);
  for (size_t i = 0; i < n; ++i) {
    const std::string_view bytes = params.bytes(i);
    values_[i] = params.is_null(i) ? nullptr : bytes.data();
    lengths_[i] = static_cast<int>(bytes.size());
  }
  if (PQsendQueryPrepared(connection_, statement.name, static_cast<int>(n), values_.data(),
                          lengths_.data(), formats_.data(), 1) != 1) {
    return Break();
  }
  expected_.push_back({statement.name, false});
}

bool Connection::Wire::WaitForSocket(bool write_too, absl::Duration until) {
  const int socket = PQsocket(connection_);
  if (socket < 0) return true;  // libpq has dropped it and will say so
  const absl::Duration left = until - MonotonicNow();
  if (left <= absl::ZeroDuration()) return false;
  pollfd wait{socket, static_cast<short>(POLLIN | (write_too ? POLLOUT : 0)), 0};
  const int64_t millis = std::clamp<int64_t>(absl::ToInt64Milliseconds(left) + 1, 1, 1000);
  poll(&wait, 1, static_cast<int>(millis));
  return true;
}

Result Connection::Wire::NextResult(absl::Duration until) {
  while (!broken_) {
    const int unsent = PQflush(connection_);
    if (!PQisBusy(connection_)) return Result(PQgetResult(connection_));
    if (!WaitForSocket(unsent == 1, until)) break;
    if (PQconsumeInput(connection_) != 1) {
      Result last(PQgetResult(connection_));
      // The server's last words may still be in the buffer; libpq hands them out first.
      if (last == nullptr) break;
      return last;
    }
  }
  Break();
  return nullptr;
}

absl::Status Connection::Wire::FailureOf(const PGresult* result, const char* statement) {
  const auto field = [result](int code) {
    const char* text = PQresultErrorField(result, code);
    return std::string(text == nullptr ? "" : text);
  };
  last_error_ = {field(PG_DIAG_SQLSTATE), field(PG_DIAG_CONSTRAINT_NAME), statement,
                 PQresultErrorMessage(result)};
  if (last_error_.sqlstate.empty()) {
    Break();
    return ConnectionLost(statement);
  }
  const std::string severity = field(PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity == "FATAL" || severity == "PANIC") Break();
  return StatusFromSqlState(last_error_.sqlstate, last_error_.constraint, statement);
}

void Connection::Wire::Accept(Result result, const Expected& expected, Answer* answer) {
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
    if (!expected.prepare) answer->rows.emplace_back(result.release());
    return;
  }
  if (expected.prepare) prepared_.erase(prepared_.find(std::string_view(expected.name)));
  if (status == PGRES_PIPELINE_ABORTED) return;
  if (!answer->status.ok()) return;
  answer->status = FailureOf(result.get(), expected.name);
  answer->refused = !last_error_.sqlstate.empty();
  answer->fatal = answer->refused && broken_;
}

Connection::Wire::Answer Connection::Wire::Sync() {
  Answer answer;
  const absl::Duration until = MonotonicNow() + reply_timeout_;
  if (!broken_ && PQpipelineSync(connection_) != 1) Break();
  size_t next = 0;
  int empty = 0;
  while (!broken_) {
    Result result = NextResult(until);
    if (result == nullptr) {
      // One empty result ends each statement; several in a row would mean that nothing comes.
      if (++empty > 3) Break();
      continue;
    }
    empty = 0;
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) break;
    if (next == expected_.size()) {  // the session ended behind the last answer
      answer.status.Update(FailureOf(result.get(), "session"));
      Break();
      break;
    }
    Accept(std::move(result), expected_[next++], &answer);
  }
  if (broken_ && answer.status.ok()) {
    answer.status = ConnectionLost(next < expected_.size() ? expected_[next].name : "sync");
  }
  expected_.clear();
  sent_ = 0;
  return answer;
}

absl::Status Connection::Wire::Command(const std::string& sql, ExecStatusType wanted) {
  if (broken_) return ConnectionLost("command");
  VARSAM_CHECK(PQexitPipelineMode(connection_) == 1) << "a transaction is open on the connection";
  if (PQsendQuery(connection_, sql.c_str()) != 1) {
    Break();
    return ConnectionLost("command");
  }
  if (wanted == PGRES_COMMAND_OK) return FinishCommand().status();
  Result result = NextResult(MonotonicNow() + reply_timeout_);
  if (result == nullptr) return ConnectionLost("command");
  if (PQresultStatus(result.get()) == wanted) return absl::OkStatus();
  absl::Status failure = FailureOf(result.get(), "copy");
  (void)FinishCommand();
  return failure;
}

absl::StatusOr<uint64_t> Connection::Wire::FinishCommand() {
  const absl::Duration until = MonotonicNow() + reply_timeout_;
  absl::Status failure;
  uint64_t touched = 0;
  for (Result result = NextResult(until); result != nullptr; result = NextResult(until)) {
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
      touched = strtoull(PQcmdTuples(result.get()), nullptr, 10);
    } else if (failure.ok()) {
      failure = FailureOf(result.get(), "command");
    }
  }
  if (broken_ && failure.ok()) failure = ConnectionLost("command");
  if (!broken_) VARSAM_CHECK(PQenterPipelineMode(connection_) == 1);
  if (!failure.ok()) return failure;
  return touched;
}

absl::Status Connection::Wire::PutCopyData(std::string_view bytes) {
  const absl::Duration until = MonotonicNow() + reply_timeout_;
  while (!broken_) {
    const int put = PQputCopyData(connection_, bytes.data(), static_cast<int>(bytes.size()));
    if (put < 0) break;
    const int unsent = PQflush(connection_);
    if (unsent < 0) break;
    if (put == 1 && unsent == 0) return absl::OkStatus();
    // The rest goes out before the next piece comes in, so memory stays flat.
    while (PQflush(connection_) == 1) {
      if (!WaitForSocket(true, until)) break;
      if (PQconsumeInput(connection_) != 1) break;
    }
    if (PQflush(connection_) != 0) break;
    if (put == 1) return absl::OkStatus();
  }
  Break();
  return ConnectionLost("copy");
}

absl::Status Connection::Wire::EndCopy(const char* error) {
  if (broken_) return ConnectionLost("copy");
  if (PQputCopyEnd(connection_, error) != 1) Break();
  return broken_ ? ConnectionLost("copy") : absl::OkStatus();
}

absl::StatusOr<char*> Connection::Wire::GetCopyData(int* length) {
  const absl::Duration until = MonotonicNow() + reply_timeout_;
  while (!broken_) {
    char* message = nullptr;
    *length = PQgetCopyData(connection_, &message, 1);
    if (*length > 0) return message;
    if (*length < 0) return nullptr;  // the end, or a failure that FinishCommand reads
    if (!WaitForSocket(false, until) || PQconsumeInput(connection_) != 1) break;
  }
  Break();
  return ConnectionLost("copy");
}

}  // namespace varsam::pg
