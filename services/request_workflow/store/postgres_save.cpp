// Writing Changes. Every statement is enqueued; the journal sends them with COMMIT in one round
// trip.
#include "absl/time/civil_time.h"
#include "services/request_workflow/store/postgres_requests_store.h"
#include "services/request_workflow/store/postgres_rows.h"

namespace varsam::requests {
namespace {

constexpr pg::Statement kSaveCase{
    "requests_save_case",
    "INSERT INTO request_case (" VARSAM_CASE_COLUMNS
    ") VALUES "
    "($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18) "
    "ON CONFLICT (case_id) DO UPDATE SET subject_id=$3, candidate_id=$4, right_no=$5, state=$6, "
    "due_date=$8, certificate_id=$9, package_ready=$10, answer_sent=$11, link_failures=$12, "
    "step=$13, step_at=$14, step_attempts=$15, closed_at=$16, version=$17, detail=$18"};
constexpr pg::Statement kSaveEvent{
    "requests_save_event",
    "INSERT INTO case_event (case_id, at, event, state, actor, note) VALUES ($1,$2,$3,$4,$5,$6)"};
constexpr pg::Statement kSaveText{"requests_save_text",
                                  "INSERT INTO case_text (case_id, name, sealed) VALUES ($1,$2,$3) "
                                  "ON CONFLICT (case_id, name) DO UPDATE SET sealed = $3"};
constexpr pg::Statement kSaveTask{
    "requests_save_task",
    "INSERT INTO task (" VARSAM_TASK_COLUMNS
    ") VALUES "
    "($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20,$21,$22) "
    "ON CONFLICT (task_id) DO UPDATE SET state=$7, manual=$8, attempts=$10, fence=$11, "
    "lease_peer=$12, lease_until=$13, available_at=$14, due_date=$15, outcome=$16, question=$17, "
    "result_sha256=$18, result_fence=$19, finished_at=$21, detail=$22"};
constexpr pg::Statement kSaveLink{
    "requests_save_link",
    "INSERT INTO case_link (token_sha256, case_id, link_use, contact_sha256, expires_at) "
    "VALUES ($1,$2,$3,$4,$5)"};
// A link is used at most once, whoever else holds it: the condition is part of the statement, and a
// second use divides by zero rather than passing unseen.
constexpr pg::Statement kConsumeLink{
    "requests_consume_link",
    "WITH used AS (UPDATE case_link SET consumed_at = $2 WHERE token_sha256 = $1 "
    "AND consumed_at IS NULL RETURNING 1) SELECT 1 / (SELECT count(*) FROM used)"};
constexpr pg::Statement kSaveCode{
    "requests_save_code",
    "INSERT INTO case_code (case_id, code_mac, delivery, tries, expires_at) "
    "VALUES ($1,$2,$3,$4,$5) ON CONFLICT (case_id) DO UPDATE SET code_mac=$2, delivery=$3, "
    "tries=$4, expires_at=$5, used_at=NULL"};
// Used at most once, like a link.
constexpr pg::Statement kUseCode{
    "requests_use_code",
    "WITH used AS (UPDATE case_code SET used_at = $2 WHERE case_id = $1 AND used_at IS NULL "
    "AND code_mac = $3 RETURNING 1) SELECT 1 / (SELECT count(*) FROM used)"};
constexpr pg::Statement kSaveTry{
    "requests_save_try",
    "INSERT INTO identity_try (subject_id, day, tries) VALUES ($1,$2,1) "
    "ON CONFLICT (subject_id, day) DO UPDATE SET tries = identity_try.tries + 1"};
constexpr pg::Statement kSaveMailOut{
    "requests_save_mail_out",
    "INSERT INTO mail_out (mail_id, case_id, kind, subject, sealed_to, sealed_body, send_at, "
    "attempts, sent_at, given_up, to_index, made_at) "
    "VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12) "
    "ON CONFLICT (mail_id) DO UPDATE SET send_at=$7, attempts=$8, sent_at=$9, given_up=$10"};
constexpr pg::Statement kSaveMailIn{
    "requests_save_mail_in",
    "INSERT INTO mail_in (mail_id, uid_validity, uid, arrived_at, state, message_id_sha256, "
    "case_id, sealed_raw, reason) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) "
    "ON CONFLICT (mail_id) DO UPDATE SET state=$5, message_id_sha256=$6, case_id=$7, reason=$9"};
constexpr pg::Statement kSaveChunk{
    "requests_save_chunk",
    "INSERT INTO task_chunk (task_id, fence, chunk_offset, length, sealed) VALUES ($1,$2,$3,$4,$5) "
    "ON CONFLICT DO NOTHING"};
constexpr pg::Statement kSaveUploadDigest{
    "requests_save_upload_digest",
    "INSERT INTO task_upload (task_id, fence, sha256) VALUES ($1,$2,$3) ON CONFLICT DO NOTHING"};
constexpr pg::Statement kSaveReport{
    "requests_save_report",
    "INSERT INTO task_report (task_id, fence, at, peer, outcome, accepted) "
    "VALUES ($1,$2,$3,$4,$5,$6)"};
constexpr pg::Statement kSavePackage{
    "requests_save_package",
    "INSERT INTO package (case_id, package_id, sha256_hex, downloads, expires_at, ready, ticket, "
    "next_part, ticket_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT (case_id) DO UPDATE SET "
    "package_id=$2, sha256_hex=$3, downloads=$4, expires_at=$5, ready=$6, ticket=$7, next_part=$8, "
    "ticket_at=$9"};
constexpr pg::Statement kSavePackageChunk{
    "requests_save_package_chunk",
    "INSERT INTO package_chunk (case_id, format, part, sealed) VALUES ($1,$2,$3,$4) "
    "ON CONFLICT (case_id, format, part) DO UPDATE SET sealed = $4"};
constexpr pg::Statement kDropPackage{"requests_drop_package",
                                     "DELETE FROM package WHERE case_id = $1"};
constexpr pg::Statement kSaveServed{
    "requests_save_served",
    "INSERT INTO served_system (system, connector, actions, identifier_types, schema_digest, "
    "seen_at, closed, tasks_per_hour_max) VALUES ($1,$2,$3,$4,$5,$6,$7,$8) "
    "ON CONFLICT (system) DO UPDATE SET connector=$2, actions=$3, identifier_types=$4, "
    "schema_digest=$5, seen_at=$6, closed=$7, tasks_per_hour_max=$8"};
constexpr pg::Statement kOpenSystems{
    "requests_open_systems",
    "UPDATE task SET manual = false WHERE state = 1 AND manual AND question = '' "
    "AND system = ANY($1)"};
constexpr pg::Statement kSaveCursor{"requests_save_cursor",
                                    "INSERT INTO consumer_cursor (feed, next_index) VALUES ($1,$2) "
                                    "ON CONFLICT (feed) DO UPDATE SET next_index = $2"};
constexpr pg::Statement kSavePolicy{
    "requests_save_policy",
    "INSERT INTO policy_in_force (model) VALUES ($1) ON CONFLICT (one) DO UPDATE SET model = $1"};
constexpr pg::Statement kSaveHold{
    "requests_save_hold",
    "INSERT INTO retention_hold (hold_id, subject_ids, systems, released, data_categories) "
    "VALUES ($1,$2,$3,$4,$5) "
    "ON CONFLICT (hold_id) DO UPDATE SET subject_ids=$2, systems=$3, released=$4, "
    "data_categories=$5"};
constexpr pg::Statement kSaveBreach{
    "requests_save_breach",
    "INSERT INTO breach (breach_id, state, aware_at, notified_at, sealed_text, risk, "
    "authority_reference, version, partial) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT "
    "(breach_id) "
    "DO UPDATE SET state=$2, notified_at=$4, sealed_text=$5, risk=$6, authority_reference=$7, "
    "version=$8, partial=$9"};

void SaveCaseRows(pg::Tx& tx, const Changes& changes) {
  for (const Case& c : changes.cases) tx.Enqueue(kSaveCase, CaseParams(c));
  for (const HistoryEntry& event : changes.events) {
    tx.Enqueue(kSaveEvent, pg::Params()
                               .Uuid(event.case_id.value())
                               .Time(event.at)
                               .Text(event.event)
                               .Int32(static_cast<int32_t>(event.state) + 1)
                               .Text(event.actor)
                               .Text(event.note));
  }
  for (const SealedText& text : changes.texts) {
    tx.Enqueue(kSaveText,
               pg::Params().Uuid(text.case_id.value()).Text(text.name).Bytes(text.sealed));
  }
  for (const Link& link : changes.new_links) {
    tx.Enqueue(kSaveLink, pg::Params()
                              .Bytes(link.token_sha256)
                              .Uuid(link.case_id.value())
                              .Int32(static_cast<int32_t>(link.use))
                              .Bytes(link.contact_sha256)
                              .Time(link.expires_at));
  }
  for (const std::string& token : changes.consumed_links) {
    tx.Enqueue(kConsumeLink, pg::Params().Bytes(token).Time(*changes.at));
  }
}

void SaveIdentity(pg::Tx& tx, const Changes& changes) {
  if (changes.code && changes.code_used) {
    tx.Enqueue(kUseCode, pg::Params()
                             .Uuid(changes.code->case_id.value())
                             .Time(changes.code->used_at.value_or(absl::UnixEpoch()))
                             .Bytes(changes.code->code_mac));
  } else if (changes.code) {
    tx.Enqueue(kSaveCode, pg::Params()
                              .Uuid(changes.code->case_id.value())
                              .Bytes(changes.code->code_mac)
                              .Text(changes.code->delivery)
                              .Int32(changes.code->tries)
                              .Time(changes.code->expires_at));
  }
  if (changes.identity_try) {
    const calendar::LocalDay day = changes.identity_day;
    tx.Enqueue(kSaveTry, pg::Params()
                             .Uuid(changes.identity_try->value())
                             .Day(absl::CivilDay(day.year(), day.month(), day.day())));
  }
}

void SaveTaskRows(pg::Tx& tx, const Changes& changes) {
  for (const Task& task : changes.tasks) tx.Enqueue(kSaveTask, TaskParams(task));
  for (const TaskEvidence& report : changes.evidence) {
    tx.Enqueue(kSaveReport, pg::Params()
                                .Uuid(report.task.value())
                                .Int64(report.fence)
                                .Time(report.at)
                                .Text(report.peer)
                                .Text(report.outcome)
                                .Bool(report.accepted));
  }
  for (const UploadChunk& chunk : changes.chunks) {
    tx.Enqueue(kSaveChunk, pg::Params()
                               .Uuid(chunk.task.value())
                               .Int64(chunk.fence)
                               .Int64(chunk.offset)
                               .Int64(chunk.length)
                               .Bytes(chunk.sealed));
  }
  if (changes.upload_digest) {
    tx.Enqueue(kSaveUploadDigest, pg::Params()
                                      .Uuid(changes.upload_digest->task.value())
                                      .Int64(changes.upload_digest->fence)
                                      .Bytes(changes.upload_digest->sha256));
  }
  for (const ServedSystem& served : changes.served) {
    tx.Enqueue(kSaveServed, pg::Params()
                                .Text(served.system)
                                .Text(served.connector)
                                .Texts(served.actions)
                                .Int32s(served.identifier_types)
                                .Bytes(served.schema_digest)
                                .Time(served.seen_at)
                                .Texts(served.closed)
                                .Int32(served.tasks_per_hour_max));
  }
  if (!changes.opened_systems.empty()) {
    tx.Enqueue(kOpenSystems, pg::Params().Texts(changes.opened_systems));
  }
}

void SaveMails(pg::Tx& tx, const Changes& changes) {
  for (const OutgoingMail& mail : changes.mails) {
    tx.Enqueue(kSaveMailOut, pg::Params()
                                 .Uuid(mail.id)
                                 .Uuid(mail.case_id.value())
                                 .Text(mail.kind)
                                 .Text(mail.subject)
                                 .Bytes(mail.sealed_to)
                                 .Bytes(mail.sealed_body)
                                 .Time(mail.send_at)
                                 .Int32(mail.attempts)
                                 .TimeOrNull(mail.sent_at)
                                 .Bool(mail.given_up)
                                 .Bytes(mail.to_index)
                                 .Time(mail.made_at));
  }
  for (const IncomingMail& mail : changes.incoming) {
    std::optional<Uuid> case_id;
    if (mail.case_id) case_id = mail.case_id->value();
    tx.Enqueue(kSaveMailIn, pg::Params()
                                .Uuid(mail.id)
                                .Int64(mail.uid_validity)
                                .Int64(mail.uid)
                                .Time(mail.arrived_at)
                                .Text(mail.state)
                                .Bytes(mail.message_id_sha256)
                                .UuidOrNull(case_id)
                                .Bytes(mail.sealed_raw)
                                .Text(mail.reason));
  }
}

void SavePackageRows(pg::Tx& tx, const Changes& changes) {
  for (const CaseId& id : changes.dropped_packages) {
    tx.Enqueue(kDropPackage, pg::Params().Uuid(id.value()));
  }
  if (changes.package) {
    const Package& package = *changes.package;
    tx.Enqueue(kSavePackage, pg::Params()
                                 .Uuid(package.case_id.value())
                                 .Uuid(package.id)
                                 .Text(package.sha256_hex)
                                 .Int32(package.downloads)
                                 .Time(package.expires_at)
                                 .Bool(package.ready)
                                 .Uuid(package.ticket)
                                 .Int32(package.next_part)
                                 .Time(package.ticket_at));
  }
  for (const PackageChunk& chunk : changes.package_chunks) {
    tx.Enqueue(kSavePackageChunk, pg::Params()
                                      .Uuid(chunk.case_id.value())
                                      .Text(chunk.format)
                                      .Int32(chunk.part)
                                      .Bytes(chunk.sealed));
  }
}

}  // namespace

void PostgresRequestsStore::Save(pg::Tx& tx, const Changes& changes) {
  SaveCaseRows(tx, changes);
  SaveIdentity(tx, changes);
  SaveTaskRows(tx, changes);
  SaveMails(tx, changes);
  SavePackageRows(tx, changes);
  if (changes.cursor) {
    tx.Enqueue(kSaveCursor,
               pg::Params().Text(changes.cursor->feed).Int64(changes.cursor->next_index));
  }
  if (changes.policy_bytes) tx.Enqueue(kSavePolicy, pg::Params().Bytes(*changes.policy_bytes));
  for (const Hold& hold : changes.holds) {
    tx.Enqueue(kSaveHold, pg::Params()
                              .Uuid(hold.id)
                              .Texts(hold.subject_ids)
                              .Texts(hold.systems)
                              .Bool(hold.released)
                              .Texts(hold.data_categories));
  }
  if (changes.breach) {
    const Breach& breach = *changes.breach;
    tx.Enqueue(kSaveBreach, pg::Params()
                                .Uuid(breach.id.value())
                                .Int32(breach.state)
                                .Time(breach.aware_at)
                                .Times(breach.notified_at)
                                .Bytes(breach.sealed_text)
                                .Text(breach.risk)
                                .Text(breach.authority_reference)
                                .Int64(breach.version)
                                .Int32s(breach.partial));
  }
}

}  // namespace varsam::requests
