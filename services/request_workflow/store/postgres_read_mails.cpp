// Reads of what was written: the log of mails that came in, whether a letter went out, the messages
// of a case.
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/request_workflow/store/postgres_requests_store.h"

namespace varsam::requests {
namespace {

constexpr pg::Statement kReadIncoming{
    "requests_read_incoming",
    "SELECT mail_id, uid_validity, uid, arrived_at, state, reason, case_id FROM mail_in "
    "WHERE ($1 = '' OR state = $1) AND mail_id < $2 ORDER BY mail_id DESC LIMIT $3"};
constexpr pg::Statement kReadOneIncoming{
    "requests_read_one_incoming",
    "SELECT mail_id, uid_validity, uid, arrived_at, state, reason, case_id, message_id_sha256, "
    "sealed_raw FROM mail_in WHERE mail_id = $1"};

constexpr pg::Statement kReadMessages{
    "requests_read_messages",
    "SELECT name, sealed FROM case_text WHERE case_id = $1 AND (name = 'message' OR "
    "name LIKE 'message/%' OR name LIKE 'reply/%') "
    "ORDER BY substring(name FROM position('/' IN name || '/') + 1)"};
constexpr pg::Statement kReadLetterSent{
    "requests_read_letter_sent",
    "SELECT EXISTS (SELECT 1 FROM mail_out WHERE case_id = $1 AND kind = $2 "
    "AND sent_at IS NOT NULL)"};

IncomingMail MailFromRow(const pg::Row& row) {
  IncomingMail mail;
  mail.id = row.Uuid(0);
  mail.uid_validity = row.Int64(1);
  mail.uid = row.Int64(2);
  mail.arrived_at = row.Time(3);
  mail.state = row.Text(4);
  mail.reason = row.Text(5);
  if (const auto id = row.OptionalUuid(6)) mail.case_id = CaseId(*id);
  return mail;
}

}  // namespace

absl::StatusOr<std::vector<SealedText>> PostgresRequestsStore::ReadMessages(
    pg::Connection& connection, CaseId id) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadMessages, pg::Params().Uuid(id.value())));
  std::vector<SealedText> texts;
  for (pg::Row row : rows) {
    texts.push_back({id, std::string(row.Text(0)), std::string(row.Bytes(1))});
  }
  return texts;
}

absl::StatusOr<bool> PostgresRequestsStore::ReadLetterSent(pg::Connection& connection, CaseId id,
                                                           const std::string& kind) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kReadLetterSent, pg::Params().Uuid(id.value()).Text(kind)));
  return rows.Only().Bool(0);
}

absl::StatusOr<std::vector<IncomingMail>> PostgresRequestsStore::ReadIncomingMails(
    pg::Connection& connection, const std::string& state, const std::string& after,
    int32_t rows_max) {
  Uuid before;
  before.bytes.fill(0xFF);
  if (!after.empty()) {
    const std::optional<Uuid> token = Uuid::Parse(after);
    if (!token) return InvalidField("page_token", "not one of ours");
    before = *token;
  }
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(kReadIncoming, pg::Params().Text(state).Uuid(before).Int64(rows_max)));
  std::vector<IncomingMail> mails;
  for (pg::Row row : rows) mails.push_back(MailFromRow(row));
  return mails;
}

absl::StatusOr<IncomingMail> PostgresRequestsStore::ReadIncomingMail(pg::Connection& connection,
                                                                     Uuid id) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadOneIncoming, pg::Params().Uuid(id)));
  if (rows.empty()) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "MAIL_UNKNOWN", "there is no such mail");
  }
  const pg::Row row = rows.Only();
  IncomingMail mail = MailFromRow(row);
  mail.message_id_sha256 = row.Bytes(7);
  mail.sealed_raw = row.Bytes(8);
  return mail;
}

}  // namespace varsam::requests
