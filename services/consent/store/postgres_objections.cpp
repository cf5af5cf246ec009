// The tables of objections, preferences and suppressions.
#include <algorithm>
#include <map>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "services/consent/store/postgres_consent_store.h"

namespace varsam::consent {
namespace {

#define VARSAM_OBJECTION_COLUMNS                                                              \
  "objection_id, subject_id, marketing_scope, purposes, at, outcome, decided_at, channel, "   \
  "ledger_index"

constexpr pg::Statement kReadObjections{
    "consent_read_objections",
    "SELECT " VARSAM_OBJECTION_COLUMNS " FROM objection WHERE objection_id = ANY($1)"};
// For each click the latest objection of its scope or wider.
constexpr pg::Statement kLatestMarketing{
    "consent_latest_marketing",
    "SELECT DISTINCT ON (subject_id, marketing_scope) " VARSAM_OBJECTION_COLUMNS
    " FROM objection WHERE subject_id = ANY($1) AND marketing_scope <> '' "
    "ORDER BY subject_id, marketing_scope, at DESC"};
constexpr pg::Statement kLatestGiven{
    "consent_latest_given",
    "SELECT subject_id, max(at) FROM consent_event WHERE subject_id = ANY($1) AND choice IN (2, 3) "
    "GROUP BY subject_id"};
// Purpose ids hold no comma, so a list of them travels as one text.
constexpr pg::Statement kUpsertObjections{
    "consent_upsert_objections",
    "INSERT INTO objection (objection_id, subject_id, marketing_scope, purposes, at, outcome, "
    "decided_at, channel, sealed_reasons, ledger_index) SELECT id, subject_id, scope, "
    "string_to_array(purposes, ','), at, outcome, decided_at, channel, reasons, ledger_index "
    "FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], "
    "$7::timestamptz[], $8::text[], $9::bytea[], $10::int8[]) AS n (id, subject_id, scope, "
    "purposes, at, outcome, decided_at, channel, reasons, ledger_index) "
    "ON CONFLICT (objection_id) DO UPDATE SET outcome = excluded.outcome, "
    "decided_at = excluded.decided_at, sealed_reasons = excluded.sealed_reasons, "
    "ledger_index = excluded.ledger_index"};
constexpr pg::Statement kReadPreferences{
    "consent_read_preferences",
    "SELECT subject_id, global_stop, topics, enabled, changed_at, revision, global_stop_at "
    "FROM preferences WHERE subject_id = ANY($1)"};
constexpr pg::Statement kUpsertPreferences{
    "consent_upsert_preferences",
    "INSERT INTO preferences (subject_id, global_stop, topics, enabled, changed_at, revision, "
    "global_stop_at) SELECT id, stop, string_to_array(topics, ','), string_to_array(enabled, ','), "
    "string_to_array(changed_at, ','), revision, stop_at FROM unnest($1::uuid[], $2::bool[], "
    "$3::text[], $4::text[], $5::text[], $6::int8[], $7::timestamptz[]) "
    "AS n (id, stop, topics, enabled, changed_at, revision, stop_at) "
    "ON CONFLICT (subject_id) DO UPDATE SET global_stop = excluded.global_stop, "
    "topics = excluded.topics, enabled = excluded.enabled, changed_at = excluded.changed_at, "
    "revision = excluded.revision, global_stop_at = excluded.global_stop_at"};
constexpr pg::Statement kReadSuppressions{
    "consent_read_suppressions",
    "SELECT s.suppression_id, s.identifier_type::int4, s.address_hash, s.scope, s.ledger_index "
    "FROM unnest($1::int4[], $2::bytea[]) AS n (type, hash) JOIN suppression s "
    "ON s.identifier_type = n.type AND s.address_hash = n.hash"};
constexpr pg::Statement kInsertSuppressions{
    "consent_insert_suppressions",
    "INSERT INTO suppression (suppression_id, identifier_type, address_hash, scope, ledger_index) "
    "SELECT id, type, hash, scope, ledger_index FROM unnest($1::uuid[], $2::int4[], $3::bytea[], "
    "$4::text[], $5::int8[]) AS n (id, type, hash, scope, ledger_index)"};

#undef VARSAM_OBJECTION_COLUMNS

Objection ToObjection(const pg::Row& row) {
  return {.id = row.Uuid(0),
          .subject = SubjectId(row.Uuid(1)),
          .marketing_scope = std::string(row.Text(2)),
          .purposes = row.Texts(3),
          .at = row.Time(4),
          .outcome = std::string(row.Text(5)),
          .decided_at = row.OptionalTime(6),
          .channel = std::string(row.Text(7)),
          .ledger_index = static_cast<uint64_t>(row.Int64(8))};
}

// A topic of one channel stands as "topic@channel"; topic ids hold neither sign.
Preferences ToPreferences(const pg::Row& row) {
  Preferences preferences{.subject = SubjectId(row.Uuid(0)),
                          .global_stop = row.Bool(1),
                          .global_stop_at = row.OptionalTime(6),
                          .revision = row.Int64(5)};
  const std::vector<std::string> topics = row.Texts(2), enabled = row.Texts(3),
                                 changed = row.Texts(4);
  for (size_t i = 0; i < topics.size(); ++i) {
    int64_t micros = 0;
    (void)absl::SimpleAtoi(changed[i], &micros);
    const size_t at_sign = std::min(topics[i].find('@'), topics[i].size());
    preferences.topics.push_back({topics[i].substr(0, at_sign), enabled[i] == "1",
                                  absl::FromUnixMicros(micros),
                                  topics[i].substr(std::min(at_sign + 1, topics[i].size()))});
  }
  return preferences;
}

std::string Joined(const std::vector<TopicPreference>& topics,
                   std::string (*text)(const TopicPreference&)) {
  return absl::StrJoin(topics, ",", [text](std::string* out, const TopicPreference& one) {
    *out += text(one);
  });
}

}  // namespace

absl::StatusOr<std::vector<DecideObjectionFacts>> PostgresConsentStore::LoadFacts(
    pg::Tx& tx, std::span<const DecideObjection* const> asks) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   tx.Query(kReadObjections, pg::Params().Uuids(asks, [](auto* ask) {
                     return ask->objection;
                   })));
  std::map<Uuid, Objection> by_id;
  for (const pg::Row row : rows) by_id.emplace(row.Uuid(0), ToObjection(row));
  std::vector<DecideObjectionFacts> facts(asks.size());
  for (size_t i = 0; i < asks.size(); ++i) {
    const auto found = by_id.find(asks[i]->objection);
    if (found != by_id.end()) facts[i].objection = found->second;
  }
  return facts;
}

absl::StatusOr<std::vector<UnsubscribeFacts>> PostgresConsentStore::LoadFacts(
    pg::Tx& tx, std::span<const Unsubscribe* const> asks) {
  const auto ids = [&] {
    return pg::Params().Uuids(asks, [](auto* ask) { return ask->subject.value(); });
  };
  const pg::Tx::Ticket given = tx.Enqueue(kLatestGiven, ids());
  ASSIGN_OR_RETURN(pg::Rows objections, tx.Query(kLatestMarketing, ids()));
  const pg::Rows given_rows = tx.Take(given);
  std::vector<UnsubscribeFacts> facts(asks.size());
  for (size_t i = 0; i < asks.size(); ++i) {
    for (const pg::Row row : given_rows) {
      if (row.Uuid(0) == asks[i]->subject.value()) facts[i].latest_consent_given = row.Time(1);
    }
    for (const pg::Row row : objections) {
      if (row.Uuid(1) != asks[i]->subject.value()) continue;
      const std::string_view scope = row.Text(2);
      if (scope != "all" && (asks[i]->every_channel || scope != "email")) continue;
      if (!facts[i].latest || row.Time(4) > facts[i].latest->at) facts[i].latest = ToObjection(row);
    }
  }
  return facts;
}

absl::StatusOr<std::vector<UpdatePreferencesFacts>> PostgresConsentStore::LoadFacts(
    pg::Tx& tx, std::span<const UpdatePreferences* const> asks) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   tx.Query(kReadPreferences, pg::Params().Uuids(asks, [](auto* ask) {
                     return ask->subject.value();
                   })));
  std::vector<UpdatePreferencesFacts> facts(asks.size());
  for (size_t i = 0; i < asks.size(); ++i) {
    facts[i].current.subject = asks[i]->subject;
    for (const pg::Row row : rows) {
      if (row.Uuid(0) == asks[i]->subject.value()) facts[i].current = ToPreferences(row);
    }
  }
  return facts;
}

absl::StatusOr<std::vector<AddSuppressionFacts>> PostgresConsentStore::LoadFacts(
    pg::Tx& tx, std::span<const AddSuppression* const> asks) {
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      tx.Query(kReadSuppressions,
               pg::Params()
                   .Int32s(asks, [](auto* ask) { return ask->identifier_type; })
                   .BytesList(asks, [](auto* ask) -> std::string_view {
                     return ask->address_hash;
                   })));
  std::vector<AddSuppressionFacts> facts(asks.size());
  for (size_t i = 0; i < asks.size(); ++i) {
    for (const pg::Row row : rows) {
      if (row.Int32(1) != asks[i]->identifier_type || row.Bytes(2) != asks[i]->address_hash ||
          row.Text(3) != asks[i]->scope) {
        continue;
      }
      facts[i] = {row.Uuid(0), static_cast<uint64_t>(row.Int64(4))};
    }
  }
  return facts;
}

void PostgresConsentStore::Save(pg::Tx& tx, std::span<const Placed<ObjectionOutcome>> all) {
  if (all.empty()) return;
  using P = const Placed<ObjectionOutcome>&;
  const auto reasons = [](P p) -> std::optional<std::string_view> {
    if (p.value->sealed_reasons.empty()) return std::nullopt;
    return p.value->sealed_reasons;
  };
  tx.Enqueue(
      kUpsertObjections,
      pg::Params()
          .Uuids(all, [](P p) { return p.value->objection.id; })
          .Uuids(all, [](P p) { return p.value->objection.subject.value(); })
          .Texts(all, [](P p) -> std::string_view { return p.value->objection.marketing_scope; })
          .Texts(all, [](P p) { return absl::StrJoin(p.value->objection.purposes, ","); })
          .Times(all, [](P p) { return p.value->objection.at; })
          .Texts(all, [](P p) -> std::string_view { return p.value->objection.outcome; })
          .Times(all, [](P p) { return p.value->objection.decided_at; })
          .Texts(all, [](P p) -> std::string_view { return p.value->objection.channel; })
          .BytesList(all, reasons)
          .Int64s(all, [](P p) { return static_cast<int64_t>(p.ledger_index); }));
}

void PostgresConsentStore::Save(pg::Tx& tx, std::span<const Placed<Preferences>> all) {
  if (all.empty()) return;
  using P = const Placed<Preferences>&;
  using T = const TopicPreference&;
  tx.Enqueue(kUpsertPreferences,
             pg::Params()
                 .Uuids(all, [](P p) { return p.value->subject.value(); })
                 .Bools(all, [](P p) { return p.value->global_stop; })
                 .Texts(all, [](P p) {
                   return Joined(p.value->topics, [](T one) {
                     return one.channel.empty() ? one.topic : one.topic + "@" + one.channel;
                   });
                 })
                 .Texts(all, [](P p) {
                   return Joined(p.value->topics,
                                 [](T one) { return std::string(one.enabled ? "1" : "0"); });
                 })
                 .Texts(all, [](P p) {
                   return Joined(p.value->topics,
                                 [](T one) { return absl::StrCat(absl::ToUnixMicros(one.at)); });
                 })
                 .Int64s(all, [](P p) { return p.value->revision; })
                 .Times(all, [](P p) { return p.value->global_stop_at; }));
}

void PostgresConsentStore::Save(pg::Tx& tx, std::span<const Placed<AddSuppressionOutcome>> all) {
  if (all.empty()) return;
  using P = const Placed<AddSuppressionOutcome>&;
  tx.Enqueue(
      kInsertSuppressions,
      pg::Params()
          .Uuids(all, [](P p) { return p.value->id; })
          .Int32s(all, [](P p) { return p.value->suppression.identifier_type; })
          .BytesList(all, [](P p) -> std::string_view { return p.value->suppression.address_hash; })
          .Texts(all, [](P p) -> std::string_view { return p.value->suppression.scope; })
          .Int64s(all, [](P p) { return static_cast<int64_t>(p.ledger_index); }));
}

absl::StatusOr<std::optional<Objection>> PostgresConsentStore::ReadObjection(
    pg::Connection& connection, const Uuid& objection) {
  const Uuid ids[] = {objection};
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadObjections, pg::Params().Uuids(ids)));
  if (rows.empty()) return std::optional<Objection>();
  return std::optional<Objection>(ToObjection(rows.Only()));
}

absl::StatusOr<Preferences> PostgresConsentStore::ReadPreferences(pg::Connection& connection,
                                                                  const SubjectId& subject) {
  const Uuid ids[] = {subject.value()};
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadPreferences, pg::Params().Uuids(ids)));
  if (rows.empty()) return Preferences{.subject = subject};
  return ToPreferences(rows.Only());
}

absl::StatusOr<std::vector<bool>> PostgresConsentStore::ReadSuppressed(
    pg::Connection& connection, std::span<const Address> addresses) {
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(kReadSuppressions,
                       pg::Params()
                           .Int32s(addresses, [](const Address& a) { return a.identifier_type; })
                           .BytesList(addresses, [](const Address& a) -> std::string_view {
                             return a.hash;
                           })));
  std::vector<bool> suppressed;
  for (const Address& address : addresses) {
    bool found = false;
    for (const pg::Row row : rows) {
      found |= row.Int32(1) == address.identifier_type && row.Bytes(2) == address.hash;
    }
    suppressed.push_back(found);
  }
  return suppressed;
}

}  // namespace varsam::consent
