// The table of choices.
#include "libs/base/status_macros.h"
#include "services/consent/store/postgres_consent_store.h"

namespace varsam::consent {
namespace {

constexpr pg::Statement kInsertConsents{
    "consent_insert_consents",
    "INSERT INTO consent_event (consent_id, subject_id, purpose, choice, at, recorded_at, actor, "
    "verified, mechanism, notice_id, notice_version, notice_language, notice_sha256, recipient, "
    "channel, evidence_reference, expires_at, ledger_index) SELECT id, subject, purpose, choice, "
    "at, recorded_at, actor, verified, mechanism, notice, version, language, sha256, recipient, "
    "channel, evidence, expires_at, ledger_index FROM unnest($1::uuid[], "
    "$2::uuid[], $3::text[], $4::int4[], $5::timestamptz[], $6::timestamptz[], $7::int4[], "
    "$8::bool[], $9::text[], $10::text[], $11::int4[], $12::text[], $13::text[], $14::text[], "
    "$15::text[], $16::text[], $17::timestamptz[], $18::int8[]) AS n (id, subject, purpose, "
    "choice, at, recorded_at, actor, verified, mechanism, notice, version, language, sha256, "
    "recipient, channel, evidence, expires_at, ledger_index)"};
#define VARSAM_CONSENT_COLUMNS                                                                  \
  "consent_id, subject_id, purpose, choice::int4, at, recorded_at, actor::int4, "               \
  "verified, mechanism, notice_id, notice_version, notice_language, notice_sha256, recipient, " \
  "channel, evidence_reference, expires_at"

constexpr pg::Statement kReadConsents{
    "consent_read_consents",
    "SELECT " VARSAM_CONSENT_COLUMNS " FROM consent_event WHERE subject_id = $1 "
    "AND ($2 = '' OR purpose = $2) AND consent_id > $3 ORDER BY consent_id LIMIT $4"};
constexpr pg::Statement kReadLatest{
    "consent_read_latest",
    "SELECT DISTINCT ON (purpose, recipient, choice, actor, verified, mechanism, "
    "notice_id = '', evidence_reference = '') " VARSAM_CONSENT_COLUMNS
    " FROM consent_event WHERE subject_id = $1 AND ($2 = '' OR purpose = $2) "
    "ORDER BY purpose, recipient, choice, actor, verified, mechanism, notice_id = '', "
    "evidence_reference = '', at DESC, consent_id DESC LIMIT $3"};
constexpr pg::Statement kReadIndex{
    "consent_read_index", "SELECT ledger_index FROM consent_event WHERE consent_id = $1"};

constexpr pg::Statement kReadByIds{
    "consent_read_by_ids",
    "SELECT " VARSAM_CONSENT_COLUMNS " FROM consent_event WHERE consent_id = ANY($1)"};

#undef VARSAM_CONSENT_COLUMNS

constexpr pg::Statement kReadConfirmed{
    "consent_read_confirmed",
    "SELECT requested_id FROM confirmation WHERE requested_id = ANY($1)"};
// A refusal, an objection to marketing or the one stop, at or after the request.
constexpr pg::Statement kReadStoppedSince{
    "consent_read_stopped_since",
    "SELECT r.consent_id FROM consent_event r WHERE r.consent_id = ANY($1) AND (EXISTS (SELECT 1 "
    "FROM consent_event s WHERE s.subject_id = r.subject_id AND s.purpose = r.purpose "
    "AND s.choice IN (4, 5, 6) AND s.at >= r.at) OR EXISTS (SELECT 1 FROM objection o WHERE "
    "o.subject_id = r.subject_id AND o.marketing_scope <> '' AND o.at >= r.at) OR EXISTS (SELECT 1 "
    "FROM preferences p WHERE p.subject_id = r.subject_id AND p.global_stop "
    "AND p.global_stop_at >= r.at))"};
constexpr pg::Statement kInsertConfirmations{
    "consent_insert_confirmations",
    "INSERT INTO confirmation (requested_id, consent_id) SELECT requested, given FROM "
    "unnest($1::uuid[], $2::uuid[]) AS n (requested, given)"};

RecordedConsent ToConsent(const pg::Row& row) {
  return {.id = row.Uuid(0),
          .subject = SubjectId(row.Uuid(1)),
          .purpose = PurposeId(std::string(row.Text(2))),
          .type = static_cast<ConsentEventType>(row.Int32(3) - 1),
          .at = row.Time(4),
          .recorded_at = row.Time(5),
          .actor = static_cast<Actor>(row.Int32(6) - 1),
          .verified = row.Bool(7),
          .mechanism = std::string(row.Text(8)),
          .notice = {std::string(row.Text(9)), static_cast<uint32_t>(row.Int32(10)),
                     std::string(row.Text(11)), std::string(row.Text(12))},
          .recipient = std::string(row.Text(13)),
          .channel = std::string(row.Text(14)),
          .evidence_reference = std::string(row.Text(15)),
          .expires_at = row.OptionalTime(16)};
}

}  // namespace

void PostgresConsentStore::Save(pg::Tx& tx, std::span<const Placed<RecordedConsent>> consents) {
  if (consents.empty()) return;
  using P = const Placed<RecordedConsent>&;
  tx.Enqueue(
      kInsertConsents,
      pg::Params()
          .Uuids(consents, [](P p) { return p.value->id; })
          .Uuids(consents, [](P p) { return p.value->subject.value(); })
          .Texts(consents, [](P p) -> std::string_view { return p.value->purpose.value(); })
          .Int32s(consents, [](P p) { return static_cast<int>(p.value->type) + 1; })
          .Times(consents, [](P p) { return p.value->at; })
          .Times(consents, [](P p) { return p.value->recorded_at; })
          .Int32s(consents, [](P p) { return static_cast<int>(p.value->actor) + 1; })
          .Bools(consents, [](P p) { return p.value->verified; })
          .Texts(consents, [](P p) -> std::string_view { return p.value->mechanism; })
          .Texts(consents, [](P p) -> std::string_view { return p.value->notice.id; })
          .Int32s(consents, [](P p) { return static_cast<int>(p.value->notice.version); })
          .Texts(consents, [](P p) -> std::string_view { return p.value->notice.language; })
          .Texts(consents, [](P p) -> std::string_view { return p.value->notice.text_sha256; })
          .Texts(consents, [](P p) -> std::string_view { return p.value->recipient; })
          .Texts(consents, [](P p) -> std::string_view { return p.value->channel; })
          .Texts(consents, [](P p) -> std::string_view { return p.value->evidence_reference; })
          .Times(consents, [](P p) { return p.value->expires_at; })
          .Int64s(consents, [](P p) { return static_cast<int64_t>(p.ledger_index); }));
}

absl::StatusOr<std::vector<RecordedConsent>> PostgresConsentStore::ReadConsents(
    pg::Connection& connection, const SubjectId& subject, const std::string& purpose,
    const Uuid& after, int rows_max) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadConsents, pg::Params()
                                                                      .Uuid(subject.value())
                                                                      .Text(purpose)
                                                                      .Uuid(after)
                                                                      .Int32(rows_max)));
  std::vector<RecordedConsent> consents;
  consents.reserve(rows.size());
  for (const pg::Row row : rows) consents.push_back(ToConsent(row));
  return consents;
}

absl::StatusOr<std::vector<RecordedConsent>> PostgresConsentStore::ReadLatestConsents(
    pg::Connection& connection, const SubjectId& subject, const std::string& purpose) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadLatest, pg::Params()
                                                                    .Uuid(subject.value())
                                                                    .Text(purpose)
                                                                    .Int32(kStateEventsMax)));
  std::vector<RecordedConsent> consents;
  for (const pg::Row row : rows) consents.push_back(ToConsent(row));
  return consents;
}

absl::StatusOr<std::optional<RecordedConsent>> PostgresConsentStore::ReadConsent(
    pg::Connection& connection, const Uuid& consent) {
  const Uuid ids[] = {consent};
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadByIds, pg::Params().Uuids(ids)));
  if (rows.empty()) return std::optional<RecordedConsent>();
  return std::optional<RecordedConsent>(ToConsent(rows.Only()));
}

absl::StatusOr<std::vector<ConfirmConsentFacts>> PostgresConsentStore::LoadFacts(
    pg::Tx& tx, std::span<const ConfirmConsent* const> asks) {
  const auto ids = [&] {
    return pg::Params().Uuids(asks, [](auto* ask) { return ask->requested; });
  };
  const pg::Tx::Ticket confirmed = tx.Enqueue(kReadConfirmed, ids());
  const pg::Tx::Ticket stopped = tx.Enqueue(kReadStoppedSince, ids());
  ASSIGN_OR_RETURN(pg::Rows requested, tx.Query(kReadByIds, ids()));
  const pg::Rows confirmed_rows = tx.Take(confirmed), stopped_rows = tx.Take(stopped);
  std::vector<ConfirmConsentFacts> facts(asks.size());
  for (size_t i = 0; i < asks.size(); ++i) {
    const Uuid id = asks[i]->requested;
    for (const pg::Row row : requested) {
      if (row.Uuid(0) == id) facts[i].requested = ToConsent(row);
    }
    for (const pg::Row row : confirmed_rows) facts[i].confirmed |= row.Uuid(0) == id;
    for (const pg::Row row : stopped_rows) facts[i].stopped_since |= row.Uuid(0) == id;
  }
  return facts;
}

void PostgresConsentStore::SaveConfirmations(pg::Tx& tx,
                                             std::span<const RecordedConsent* const> given) {
  if (given.empty()) return;
  tx.Enqueue(kInsertConfirmations,
             pg::Params()
                 .Uuids(given, [](auto* one) { return *one->confirms; })
                 .Uuids(given, [](auto* one) { return one->id; }));
}

absl::StatusOr<std::optional<uint64_t>> PostgresConsentStore::ReadLedgerIndex(
    pg::Connection& connection, const Uuid& consent) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadIndex, pg::Params().Uuid(consent)));
  if (rows.empty()) return std::optional<uint64_t>();
  return std::optional<uint64_t>(static_cast<uint64_t>(rows.Only().Int64(0)));
}

}  // namespace varsam::consent
