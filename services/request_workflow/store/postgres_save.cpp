// Writing Changes. Every statement is enqueued; the journal sends them with COMMIT in one round
// trip, and the rows of all outcomes of a batch go table by table.
#include <map>
#include <type_traits>

#include "absl/time/civil_time.h"
#include "services/request_workflow/store/postgres_requests_store.h"
#include "services/request_workflow/store/postgres_rows.h"

namespace varsam::requests {
namespace {

constexpr pg::Statement kSaveCases{
    "requests_save_cases",
    "INSERT INTO request_case (" VARSAM_CASE_COLUMNS ") SELECT " VARSAM_CASE_COLUMNS
    " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int4[], $6::int4[], "
    "$7::timestamptz[], $8::date[], $9::text[], $10::bool[], $11::bool[], $12::int4[], "
    "$13::int4[], $14::timestamptz[], $15::int4[], $16::timestamptz[], $17::int8[], $18::text[]) "
    "AS n (" VARSAM_CASE_COLUMNS
    ") ON CONFLICT (case_id) DO UPDATE SET subject_id = excluded.subject_id, "
    "candidate_id = excluded.candidate_id, right_no = excluded.right_no, "
    "state = excluded.state, due_date = excluded.due_date, "
    "certificate_id = excluded.certificate_id, package_ready = excluded.package_ready, "
    "answer_sent = excluded.answer_sent, link_failures = excluded.link_failures, "
    "step = excluded.step, step_at = excluded.step_at, step_attempts = excluded.step_attempts, "
    "closed_at = excluded.closed_at, version = excluded.version, detail = excluded.detail"};
constexpr pg::Statement kSaveEvents{
    "requests_save_events",
    "INSERT INTO case_event (case_id, at, event, state, actor, note) SELECT case_id, at, "
    "event, state, actor, note FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], "
    "$4::int4[], $5::text[], $6::text[]) AS n (case_id, at, event, state, actor, note)"};
constexpr pg::Statement kSaveTexts{
    "requests_save_texts",
    "INSERT INTO case_text (case_id, name, sealed) SELECT case_id, name, sealed FROM "
    "unnest($1::uuid[], $2::text[], $3::bytea[]) AS n (case_id, name, sealed) ON CONFLICT "
    "(case_id, name) DO UPDATE SET sealed = excluded.sealed"};
constexpr pg::Statement kSaveTasks{
    "requests_save_tasks",
    "INSERT INTO task (" VARSAM_TASK_COLUMNS ") SELECT " VARSAM_TASK_COLUMNS
    " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::int4[], "
    "$7::int4[], $8::bool[], $9::uuid[], $10::int4[], $11::int8[], $12::text[], "
    "$13::timestamptz[], $14::timestamptz[], $15::date[], $16::int4[], $17::text[], $18::bytea[], "
    "$19::int8[], $20::timestamptz[], $21::timestamptz[], $22::text[]) "
    "AS n (" VARSAM_TASK_COLUMNS
    ") ON CONFLICT (task_id) DO UPDATE SET state = excluded.state, manual = excluded.manual, "
    "attempts = excluded.attempts, fence = excluded.fence, lease_peer = excluded.lease_peer, "
    "lease_until = excluded.lease_until, available_at = excluded.available_at, "
    "due_date = excluded.due_date, outcome = excluded.outcome, question = excluded.question, "
    "result_sha256 = excluded.result_sha256, result_fence = excluded.result_fence, "
    "finished_at = excluded.finished_at, detail = excluded.detail"};
constexpr pg::Statement kSaveLinks{
    "requests_save_links",
    "INSERT INTO case_link (token_sha256, case_id, link_use, contact_sha256, expires_at) "
    "SELECT token_sha256, case_id, link_use, contact_sha256, expires_at FROM "
    "unnest($1::bytea[], $2::uuid[], $3::int4[], $4::bytea[], $5::timestamptz[]) AS n "
    "(token_sha256, case_id, link_use, contact_sha256, expires_at)"};
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
constexpr pg::Statement kSaveMailsOut{
    "requests_save_mails_out",
    "INSERT INTO mail_out (mail_id, case_id, kind, subject, sealed_to, sealed_body, send_at, "
    "attempts, sent_at, given_up, to_index, made_at) SELECT mail_id, case_id, kind, subject, "
    "sealed_to, sealed_body, send_at, attempts, sent_at, given_up, to_index, made_at FROM "
    "unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::bytea[], "
    "$7::timestamptz[], $8::int4[], $9::timestamptz[], $10::bool[], $11::bytea[], "
    "$12::timestamptz[]) AS n (mail_id, case_id, kind, subject, sealed_to, sealed_body, "
    "send_at, attempts, sent_at, given_up, to_index, made_at) ON CONFLICT (mail_id) DO UPDATE "
    "SET send_at = excluded.send_at, attempts = excluded.attempts, sent_at = excluded.sent_at, "
    "given_up = excluded.given_up"};
constexpr pg::Statement kSaveMailIn{
    "requests_save_mail_in",
    "INSERT INTO mail_in (mail_id, uid_validity, uid, arrived_at, state, message_id_sha256, "
    "case_id, sealed_raw, reason) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) "
    "ON CONFLICT (mail_id) DO UPDATE SET state=$5, message_id_sha256=$6, case_id=$7, reason=$9"};
constexpr pg::Statement kSaveChunks{
    "requests_save_chunks",
    "INSERT INTO task_chunk (task_id, fence, chunk_offset, length, sealed) SELECT task_id, "
    "fence, chunk_offset, length, sealed FROM unnest($1::uuid[], $2::int8[], $3::int8[], "
    "$4::int8[], $5::bytea[]) AS n (task_id, fence, chunk_offset, length, sealed) ON CONFLICT "
    "DO NOTHING"};
constexpr pg::Statement kSaveUploadDigests{
    "requests_save_upload_digests",
    "INSERT INTO task_upload (task_id, fence, sha256) SELECT task_id, fence, sha256 FROM "
    "unnest($1::uuid[], $2::int8[], $3::bytea[]) AS n (task_id, fence, sha256) ON CONFLICT DO "
    "NOTHING"};
constexpr pg::Statement kSaveReports{
    "requests_save_reports",
    "INSERT INTO task_report (task_id, fence, at, peer, outcome, accepted) SELECT task_id, "
    "fence, at, peer, outcome, accepted FROM unnest($1::uuid[], $2::int8[], $3::timestamptz[], "
    "$4::text[], $5::text[], $6::bool[]) AS n (task_id, fence, at, peer, outcome, accepted)"};
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

using Outcomes = std::span<const Changes* const>;

// Everything that the outcomes say of one table, in their order.
template <typename Row>
std::vector<const Row*> All(Outcomes outcomes, std::vector<Row> Changes::*of) {
  std::vector<const Row*> rows;
  for (const Changes* changes : outcomes) {
    for (const Row& row : changes->*of) rows.push_back(&row);
  }
  return rows;
}

// The last of each key: one statement writes a row once.
template <typename Row, typename Key>
std::vector<const Row*> LastOfEach(const std::vector<const Row*>& rows, Key key) {
  std::map<std::decay_t<decltype(key(*rows.front()))>, size_t> places;
  std::vector<const Row*> last;
  for (const Row* row : rows) {
    const auto [place, added] = places.emplace(key(*row), last.size());
    if (added) {
      last.push_back(row);
    } else {
      last[place->second] = row;
    }
  }
  return last;
}

void SaveEvents(pg::Tx& tx, Outcomes outcomes) {
  using E = const HistoryEntry*;
  const std::vector<E> events = All(outcomes, &Changes::events);
  if (events.empty()) return;
  tx.Enqueue(kSaveEvents,
             pg::Params()
                 .Uuids(events, [](E e) { return e->case_id.value(); })
                 .Times(events, [](E e) { return e->at; })
                 .Texts(events, [](E e) { return std::string_view(e->event); })
                 .Int32s(events, [](E e) { return static_cast<int32_t>(e->state) + 1; })
                 .Texts(events, [](E e) { return std::string_view(e->actor); })
                 .Texts(events, [](E e) { return std::string_view(e->note); }));
}

void SaveLinks(pg::Tx& tx, Outcomes outcomes) {
  using L = const Link*;
  const std::vector<L> links = All(outcomes, &Changes::new_links);
  if (!links.empty()) {
    tx.Enqueue(kSaveLinks,
               pg::Params()
                   .BytesList(links, [](L l) { return std::string_view(l->token_sha256); })
                   .Uuids(links, [](L l) { return l->case_id.value(); })
                   .Int32s(links, [](L l) { return static_cast<int32_t>(l->use); })
                   .BytesList(links, [](L l) { return std::string_view(l->contact_sha256); })
                   .Times(links, [](L l) { return l->expires_at; }));
  }
  for (const Changes* changes : outcomes) {
    for (const std::string& token : changes->consumed_links) {
      tx.Enqueue(kConsumeLink, pg::Params().Bytes(token).Time(*changes->at));
    }
  }
}

void SaveCaseRows(pg::Tx& tx, Outcomes outcomes) {
  const auto cases = LastOfEach(All(outcomes, &Changes::cases), [](const Case& c) { return c.id; });
  if (!cases.empty()) tx.Enqueue(kSaveCases, CaseParams(cases));
  SaveEvents(tx, outcomes);
  using T = const SealedText*;
  const std::vector<T> texts = LastOfEach(All(outcomes, &Changes::texts), [](const SealedText& t) {
    return std::pair(t.case_id, t.name);
  });
  if (!texts.empty()) {
    tx.Enqueue(kSaveTexts, pg::Params()
                               .Uuids(texts, [](T t) { return t->case_id.value(); })
                               .Texts(texts, [](T t) { return std::string_view(t->name); })
                               .BytesList(texts, [](T t) { return std::string_view(t->sealed); }));
  }
  SaveLinks(tx, outcomes);
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

void SaveUploads(pg::Tx& tx, Outcomes outcomes) {
  using C = const UploadChunk*;
  const std::vector<C> chunks = All(outcomes, &Changes::chunks);
  if (!chunks.empty()) {
    tx.Enqueue(kSaveChunks,
               pg::Params()
                   .Uuids(chunks, [](C c) { return c->task.value(); })
                   .Int64s(chunks, [](C c) { return c->fence; })
                   .Int64s(chunks, [](C c) { return c->offset; })
                   .Int64s(chunks, [](C c) { return c->length; })
                   .BytesList(chunks, [](C c) { return std::string_view(c->sealed); }));
  }
  using D = const UploadDigest*;
  std::vector<D> digests;
  for (const Changes* changes : outcomes) {
    if (changes->upload_digest) digests.push_back(&*changes->upload_digest);
  }
  if (digests.empty()) return;
  tx.Enqueue(kSaveUploadDigests,
             pg::Params()
                 .Uuids(digests, [](D d) { return d->task.value(); })
                 .Int64s(digests, [](D d) { return d->fence; })
                 .BytesList(digests, [](D d) { return std::string_view(d->sha256); }));
}

void SaveReports(pg::Tx& tx, Outcomes outcomes) {
  using E = const TaskEvidence*;
  const std::vector<E> reports = All(outcomes, &Changes::evidence);
  if (reports.empty()) return;
  tx.Enqueue(kSaveReports, pg::Params()
                               .Uuids(reports, [](E e) { return e->task.value(); })
                               .Int64s(reports, [](E e) { return e->fence; })
                               .Times(reports, [](E e) { return e->at; })
                               .Texts(reports, [](E e) { return std::string_view(e->peer); })
                               .Texts(reports, [](E e) { return std::string_view(e->outcome); })
                               .Bools(reports, [](E e) { return e->accepted; }));
}

void SaveTaskRows(pg::Tx& tx, Outcomes outcomes) {
  const auto tasks = LastOfEach(All(outcomes, &Changes::tasks), [](const Task& t) { return t.id; });
  if (!tasks.empty()) tx.Enqueue(kSaveTasks, TaskParams(tasks));
  SaveReports(tx, outcomes);
  SaveUploads(tx, outcomes);
}

void SaveServed(pg::Tx& tx, const Changes& changes) {
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

void SaveMailsOut(pg::Tx& tx, Outcomes outcomes) {
  using M = const OutgoingMail*;
  const std::vector<M> mails =
      LastOfEach(All(outcomes, &Changes::mails), [](const OutgoingMail& m) { return m.id; });
  if (mails.empty()) return;
  tx.Enqueue(kSaveMailsOut,
             pg::Params()
                 .Uuids(mails, [](M m) { return m->id; })
                 .Uuids(mails, [](M m) { return m->case_id.value(); })
                 .Texts(mails, [](M m) { return std::string_view(m->kind); })
                 .Texts(mails, [](M m) { return std::string_view(m->subject); })
                 .BytesList(mails, [](M m) { return std::string_view(m->sealed_to); })
                 .BytesList(mails, [](M m) { return std::string_view(m->sealed_body); })
                 .Times(mails, [](M m) { return m->send_at; })
                 .Int32s(mails, [](M m) { return m->attempts; })
                 .Times(mails, [](M m) { return m->sent_at; })
                 .Bools(mails, [](M m) { return m->given_up; })
                 .BytesList(mails, [](M m) { return std::string_view(m->to_index); })
                 .Times(mails, [](M m) { return m->made_at; }));
}

void SaveMailsIn(pg::Tx& tx, const Changes& changes) {
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

// What hardly ever comes twice in a batch.
void SaveRest(pg::Tx& tx, const Changes& changes) {
  SaveIdentity(tx, changes);
  SaveServed(tx, changes);
  SaveMailsIn(tx, changes);
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

}  // namespace

void PostgresRequestsStore::Save(pg::Tx& tx, std::span<const Changes* const> outcomes) {
  SaveCaseRows(tx, outcomes);
  SaveTaskRows(tx, outcomes);
  SaveMailsOut(tx, outcomes);
  for (const Changes* changes : outcomes) SaveRest(tx, *changes);
}

}  // namespace varsam::requests
