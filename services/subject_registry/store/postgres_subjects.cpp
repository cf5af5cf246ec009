// The tables about people.
#include "absl/strings/str_join.h"
#include "libs/base/status_macros.h"
#include "services/subject_registry/store/postgres_registry_store.h"
#include "services/subject_registry/store/postgres_statements.h"

namespace varsam::registry {
namespace {

// People are found by their id ($3) or by an identifier ($1, $2); who was merged leads on.
#define VARSAM_WANTED_SUBJECTS                                                         \
  "WITH wanted AS (SELECT unnest($3::uuid[]) AS subject_id UNION "                     \
  "SELECT coalesce(s.merged_into, s.subject_id) FROM unnest($1::int4[], $2::bytea[]) " \
  "AS k (type, blind_index) JOIN subject_identifier i ON i.type = k.type AND "         \
  "i.blind_index = k.blind_index JOIN subject s ON s.subject_id = i.subject_id) "

constexpr pg::Statement kLoadOwners{
    "registry_load_owners",
    "SELECT i.type::int4, i.blind_index, coalesce(s.merged_into, s.subject_id) "
    "FROM unnest($1::int4[], $2::bytea[]) AS k (type, blind_index) "
    "JOIN subject_identifier i ON i.type = k.type AND i.blind_index = k.blind_index "
    "JOIN subject s ON s.subject_id = i.subject_id"};
constexpr pg::Statement kLoadSuppressed{
    "registry_load_suppressed",
    "SELECT s.type::int4, s.blind_index FROM unnest($1::int4[], $2::bytea[]) "
    "AS k (type, blind_index) JOIN suppressed_identifier s ON s.type = k.type AND "
    "s.blind_index = k.blind_index"};
constexpr pg::Statement kInsertEntries{
    "registry_insert_subject_entries",
    "INSERT INTO subject_entry (subject_id, ledger_index) "
    "SELECT subject_id, ledger_index FROM unnest($1::uuid[], $2::int8[]) "
    "AS n (subject_id, ledger_index)"};
constexpr pg::Statement kEraseEntries{
    "registry_erase_subject_entries",
    "SELECT ledger_erase(ARRAY(SELECT ledger_index FROM subject_entry WHERE subject_id IN "
    "(SELECT subject_id FROM subject WHERE subject_id = $1 OR merged_into = $1)), "
    "'subject_erased')"};
constexpr pg::Statement kDeleteEntries{
    "registry_delete_subject_entries",
    "DELETE FROM subject_entry WHERE subject_id IN "
    "(SELECT subject_id FROM subject WHERE subject_id = $1 OR merged_into = $1)"};
// Those merged into the person are the person, with the identifiers that still stand under them.
constexpr pg::Statement kEraseMerged{
    "registry_erase_merged",
    "WITH merged AS (UPDATE subject SET sealed_name = NULL, erased_at = $2 WHERE merged_into = $1 "
    "RETURNING subject_id), gone AS (DELETE FROM subject_identifier USING merged "
    "WHERE subject_identifier.subject_id = merged.subject_id RETURNING type, blind_index) "
    "INSERT INTO suppressed_identifier (type, blind_index, since) "
    "SELECT type, blind_index, $2 FROM gone ON CONFLICT (type, blind_index) DO NOTHING"};
constexpr pg::Statement kReadMerged{"registry_read_merged",
                                    "SELECT subject_id FROM subject WHERE merged_into = $1"};
constexpr pg::Statement kInsertSuppressed{
    "registry_insert_suppressed",
    "INSERT INTO suppressed_identifier (type, blind_index, since) SELECT type, blind_index, $3 "
    "FROM unnest($1::int4[], $2::bytea[]) AS n (type, blind_index) "
    "ON CONFLICT (type, blind_index) DO NOTHING"};
constexpr pg::Statement kLoadSubjects{
    "registry_load_subjects", VARSAM_WANTED_SUBJECTS
    "SELECT s.subject_id, s.categories, s.capacity::int4, s.obtained_in_sale, "
    "s.own_similar_services, s.opt_out_offered_each_time, s.language::int4, s.sealed_name, "
    "s.registered_at, s.erased_at, s.merged_into, s.revision "
    "FROM wanted JOIN subject s USING (subject_id)"};
constexpr pg::Statement kLoadIdentifiers{
    "registry_load_identifiers", VARSAM_WANTED_SUBJECTS
    "SELECT i.subject_id, i.type::int4, i.blind_index, i.sealed, i.system, i.on_file_since "
    "FROM wanted JOIN subject_identifier i USING (subject_id) ORDER BY i.type, i.blind_index"};
constexpr pg::Statement kLoadSources{
    "registry_load_sources", VARSAM_WANTED_SUBJECTS
    "SELECT o.subject_id, o.source, o.collected_at, o.notice_at, o.evidence "
    "FROM wanted JOIN subject_source o USING (subject_id) ORDER BY o.source"};
constexpr pg::Statement kLoadRelationships{
    "registry_load_relationships", VARSAM_WANTED_SUBJECTS
    "SELECT r.subject_id, r.relationship_id, r.kind::int4, r.purposes, r.from_day, r.to_day "
    "FROM wanted JOIN relationship r USING (subject_id) ORDER BY r.relationship_id"};

#undef VARSAM_WANTED_SUBJECTS

// Category ids hold no comma, so a list of them travels as one text.
constexpr pg::Statement kUpsertSubjects{
    "registry_upsert_subjects",
    "INSERT INTO subject (subject_id, categories, capacity, obtained_in_sale, "
    "own_similar_services, opt_out_offered_each_time, language, sealed_name, registered_at, "
    "erased_at, merged_into, revision) SELECT id, string_to_array(categories, ','), capacity, "
    "sale, similar_services, offered, language, sealed_name, registered_at, erased_at, "
    "merged_into, revision FROM unnest($1::uuid[], $2::text[], $3::int4[], $4::bool[], "
    "$5::bool[], $6::bool[], $7::int4[], $8::bytea[], $9::timestamptz[], $10::timestamptz[], "
    "$11::uuid[], $12::int8[]) AS n (id, categories, capacity, sale, similar_services, offered, "
    "language, sealed_name, registered_at, erased_at, merged_into, revision) "
    "ON CONFLICT (subject_id) DO UPDATE SET categories = excluded.categories, "
    "capacity = excluded.capacity, obtained_in_sale = excluded.obtained_in_sale, "
    "own_similar_services = excluded.own_similar_services, "
    "opt_out_offered_each_time = excluded.opt_out_offered_each_time, "
    "language = excluded.language, sealed_name = excluded.sealed_name, "
    "erased_at = excluded.erased_at, merged_into = excluded.merged_into, "
    "revision = excluded.revision"};
constexpr pg::Statement kRedirectMerged{
    "registry_redirect_merged",
    "UPDATE subject SET merged_into = n.survivor FROM unnest($1::uuid[], $2::uuid[]) "
    "AS n (merged, survivor) WHERE subject.merged_into = n.merged"};
constexpr pg::Statement kDeleteIdentifiers{
    "registry_delete_identifiers", "DELETE FROM subject_identifier WHERE subject_id = ANY($1)"};
constexpr pg::Statement kDeleteSources{"registry_delete_sources",
                                       "DELETE FROM subject_source WHERE subject_id = ANY($1)"};
constexpr pg::Statement kDeleteRelationships{"registry_delete_relationships",
                                             "DELETE FROM relationship WHERE subject_id = ANY($1)"};
constexpr pg::Statement kInsertIdentifiers{
    "registry_insert_identifiers",
    "INSERT INTO subject_identifier (subject_id, type, blind_index, sealed, system, "
    "on_file_since) SELECT id, type, blind_index, sealed, system, since FROM unnest($1::uuid[], "
    "$2::int4[], $3::bytea[], $4::bytea[], $5::text[], $6::timestamptz[]) "
    "AS n (id, type, blind_index, sealed, system, since)"};
constexpr pg::Statement kInsertSources{
    "registry_insert_sources",
    "INSERT INTO subject_source (subject_id, source, collected_at, notice_at, evidence) "
    "SELECT id, source, collected_at, notice_at, string_to_array(evidence, E'\\x1f') "
    "FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::text[]) "
    "AS n (id, source, collected_at, notice_at, evidence)"};
constexpr pg::Statement kInsertRelationships{
    "registry_insert_relationships",
    "INSERT INTO relationship (subject_id, relationship_id, kind, purposes, from_day, to_day) "
    "SELECT id, relationship_id, kind, string_to_array(purposes, ','), from_day, to_day "
    "FROM unnest($1::uuid[], $2::uuid[], $3::int4[], $4::text[], $5::date[], $6::date[]) "
    "AS n (id, relationship_id, kind, purposes, from_day, to_day)"};
constexpr pg::Statement kReadOwners{
    "registry_read_owners",
    "SELECT k.position::int8, coalesce(s.merged_into, s.subject_id) "
    "FROM unnest($1::int4[], $2::bytea[]) WITH ORDINALITY AS k (type, blind_index, position) "
    "JOIN subject_identifier i ON i.type = k.type AND i.blind_index = k.blind_index "
    "JOIN subject s ON s.subject_id = i.subject_id"};
struct Wanted {
  std::vector<int32_t> types;
  std::vector<std::string> blind_indexes;
  std::vector<Uuid> ids;
  pg::Params ToParams() const {
    return pg::Params().Int32s(types).BytesList(blind_indexes).Uuids(ids);
  }
};

std::optional<std::string> Owned(std::optional<std::string_view> text) {
  return text ? std::optional<std::string>(*text) : std::nullopt;
}

Subject ToSubject(const pg::Row& row) {
  Subject subject;
  subject.id = SubjectId(row.Uuid(0));
  subject.categories = row.Texts(1);
  subject.capacity = static_cast<Capacity>(row.Int32(2));
  subject.soft_opt_in = {row.Bool(3), row.Bool(4), row.Bool(5)};
  subject.language = row.Int32(6);
  subject.sealed_name = Owned(row.OptionalBytes(7)).value_or("");
  subject.registered_at = row.Time(8);
  subject.erased_at = row.OptionalTime(9);
  if (auto survivor = row.OptionalUuid(10)) subject.merged_into = SubjectId(*survivor);
  subject.revision = row.Int64(11);
  return subject;
}

SubjectSource ToSource(const pg::Row& row) {
  SubjectSource source{std::string(row.Text(1)), row.Time(2), row.OptionalTime(3), {}};
  const std::vector<std::string> pairs = row.Texts(4);
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) source.evidence[pairs[i]] = pairs[i + 1];
  return source;
}

// Puts the four answers together.
std::map<SubjectId, Subject> Assemble(const pg::Rows& subjects, const pg::Rows& identifiers,
                                      const pg::Rows& sources, const pg::Rows& relationships) {
  std::map<SubjectId, Subject> all;
  for (pg::Row row : subjects) {
    Subject subject = ToSubject(row);
    all.emplace(subject.id, std::move(subject));
  }
  for (pg::Row row : identifiers) {
    all[SubjectId(row.Uuid(0))].identifiers.push_back({row.Int32(1), std::string(row.Bytes(2)),
                                                       std::string(row.Bytes(3)),
                                                       std::string(row.Text(4)), row.Time(5)});
  }
  for (pg::Row row : sources) all[SubjectId(row.Uuid(0))].sources.push_back(ToSource(row));
  for (pg::Row row : relationships) {
    all[SubjectId(row.Uuid(0))].relationships.push_back(
        {RelationshipId(row.Uuid(1)), static_cast<RelationshipKind>(row.Int32(2)), row.Texts(3),
         row.Day(4), row.OptionalDay(5)});
  }
  return all;
}

struct LoadTickets {
  pg::Tx::Ticket subjects, identifiers, sources, relationships;
};

LoadTickets EnqueueLoad(pg::Tx& tx, const Wanted& wanted) {
  const pg::Params params = wanted.ToParams();
  return {tx.Enqueue(kLoadSubjects, params), tx.Enqueue(kLoadIdentifiers, params),
          tx.Enqueue(kLoadSources, params), tx.Enqueue(kLoadRelationships, params)};
}

std::map<SubjectId, Subject> TakeSubjects(pg::Tx& tx, const LoadTickets& tickets) {
  const pg::Rows subjects = tx.Take(tickets.subjects);
  const pg::Rows identifiers = tx.Take(tickets.identifiers);
  const pg::Rows sources = tx.Take(tickets.sources);
  const pg::Rows relationships = tx.Take(tickets.relationships);
  return Assemble(subjects, identifiers, sources, relationships);
}

// One part of a person together with whose it is.
template <typename Part>
struct Of {
  const Subject* subject;
  const Part* part;
};

template <typename Part>
std::vector<Of<Part>> PartsOf(std::span<const Subject* const> subjects,
                              std::vector<Part> Subject::*parts) {
  std::vector<Of<Part>> all;
  for (const Subject* subject : subjects) {
    for (const Part& part : subject->*parts) all.push_back({subject, &part});
  }
  return all;
}

std::string JoinEvidence(const SubjectSource& source) {
  std::vector<std::string> pairs;
  for (const auto& [key, value] : source.evidence) {
    pairs.push_back(key);
    pairs.push_back(value);
  }
  return absl::StrJoin(pairs, "\x1f");
}

void SaveIdentifiers(pg::Tx& tx, std::span<const Subject* const> subjects) {
  const auto parts = PartsOf(subjects, &Subject::identifiers);
  if (parts.empty()) return;
  using One = Of<SealedIdentifier>;
  tx.Enqueue(
      kInsertIdentifiers,
      pg::Params()
          .Uuids(parts, [](const One& one) { return one.subject->id.value(); })
          .Int32s(parts, [](const One& one) { return one.part->type; })
          .BytesList(parts,
                     [](const One& one) -> std::string_view { return one.part->blind_index; })
          .BytesList(parts, [](const One& one) -> std::string_view { return one.part->sealed; })
          .Texts(parts, [](const One& one) -> std::string_view { return one.part->system; })
          .Times(parts, [](const One& one) { return one.part->on_file_since; }));
}

void SaveSources(pg::Tx& tx, std::span<const Subject* const> subjects) {
  const auto parts = PartsOf(subjects, &Subject::sources);
  if (parts.empty()) return;
  using One = Of<SubjectSource>;
  tx.Enqueue(kInsertSources,
             pg::Params()
                 .Uuids(parts, [](const One& one) { return one.subject->id.value(); })
                 .Texts(parts, [](const One& one) -> std::string_view { return one.part->source; })
                 .Times(parts, [](const One& one) { return one.part->collected_at; })
                 .Times(parts, [](const One& one) { return one.part->notice_at; })
                 .Texts(parts, [](const One& one) { return JoinEvidence(*one.part); }));
}

void SaveRelationships(pg::Tx& tx, std::span<const Subject* const> subjects) {
  const auto parts = PartsOf(subjects, &Subject::relationships);
  if (parts.empty()) return;
  using One = Of<Relationship>;
  tx.Enqueue(
      kInsertRelationships,
      pg::Params()
          .Uuids(parts, [](const One& one) { return one.subject->id.value(); })
          .Uuids(parts, [](const One& one) { return one.part->id.value(); })
          .Int32s(parts, [](const One& one) { return static_cast<int>(one.part->kind); })
          .Texts(parts, [](const One& one) { return absl::StrJoin(one.part->purposes, ","); })
          .Days(parts, [](const One& one) { return one.part->from; })
          .Days(parts, [](const One& one) { return one.part->to; }));
}

void UpsertSubjects(pg::Tx& tx, std::span<const Subject* const> subjects) {
  using One = const Subject*;
  tx.Enqueue(kUpsertSubjects,
             pg::Params()
                 .Uuids(subjects, [](One s) { return s->id.value(); })
                 .Texts(subjects, [](One s) { return absl::StrJoin(s->categories, ","); })
                 .Int32s(subjects, [](One s) { return static_cast<int>(s->capacity); })
                 .Bools(subjects, [](One s) { return s->soft_opt_in.obtained_in_sale; })
                 .Bools(subjects, [](One s) { return s->soft_opt_in.own_similar_services; })
                 .Bools(subjects, [](One s) { return s->soft_opt_in.opt_out_offered_each_time; })
                 .Int32s(subjects, [](One s) { return s->language; })
                 .BytesList(subjects,
                            [](One s) -> std::optional<std::string_view> {
                              if (s->sealed_name.empty()) return std::nullopt;
                              return s->sealed_name;
                            })
                 .Times(subjects, [](One s) { return s->registered_at; })
                 .Times(subjects, [](One s) { return s->erased_at; })
                 .Uuids(subjects,
                        [](One s) -> std::optional<Uuid> {
                          if (!s->merged_into) return std::nullopt;
                          return s->merged_into->value();
                        })
                 .Int64s(subjects, [](One s) { return s->revision; }));
}

}  // namespace

absl::StatusOr<std::vector<ImportFactsWithPolicy>> PostgresRegistryStore::LoadFacts(
    pg::Tx& tx, std::span<const ImportSubjects* const> asks) {
  Wanted wanted;
  for (const ImportSubjects* ask : asks) {
    for (const ImportRow& row : ask->rows) {
      for (const SealedIdentifier& identifier : row.identifiers) {
        wanted.types.push_back(identifier.type);
        wanted.blind_indexes.push_back(identifier.blind_index);
      }
    }
  }
  const LoadTickets tickets = EnqueueLoad(tx, wanted);
  const pg::Tx::Ticket owners =
      tx.Enqueue(kLoadOwners, pg::Params().Int32s(wanted.types).BytesList(wanted.blind_indexes));
  const pg::Tx::Ticket suppressed = tx.Enqueue(
      kLoadSuppressed, pg::Params().Int32s(wanted.types).BytesList(wanted.blind_indexes));
  ASSIGN_OR_RETURN(pg::Rows current, tx.Query(kReadCurrentPolicy, pg::Params()));
  ImportFactsWithPolicy all;
  ASSIGN_OR_RETURN(all.policy, CurrentModel(current));
  all.facts.policy = all.policy.get();
  all.facts.subjects = TakeSubjects(tx, tickets);
  const pg::Rows owner_rows = tx.Take(owners);
  for (pg::Row row : owner_rows) {
    all.facts.owners[{row.Int32(0), std::string(row.Bytes(1))}] = SubjectId(row.Uuid(2));
  }
  const pg::Rows suppressed_rows = tx.Take(suppressed);
  for (pg::Row row : suppressed_rows) {
    all.facts.suppressed.emplace(row.Int32(0), std::string(row.Bytes(1)));
  }
  return std::vector<ImportFactsWithPolicy>(asks.size(), all);
}

absl::StatusOr<std::vector<SubjectFactsWithPolicy>> PostgresRegistryStore::LoadSubjects(
    pg::Tx& tx, std::span<const SubjectPair> pairs) {
  Wanted wanted;
  for (const SubjectPair& pair : pairs) {
    wanted.ids.push_back(pair.first.value());
    if (!pair.second.IsNil()) wanted.ids.push_back(pair.second.value());
  }
  const LoadTickets tickets = EnqueueLoad(tx, wanted);
  ASSIGN_OR_RETURN(pg::Rows current, tx.Query(kReadCurrentPolicy, pg::Params()));
  ASSIGN_OR_RETURN(std::shared_ptr<const PolicyModel> policy, CurrentModel(current));
  const std::map<SubjectId, Subject> subjects = TakeSubjects(tx, tickets);
  auto find = [&](const SubjectId& id) -> std::optional<Subject> {
    auto at = subjects.find(id);
    return at == subjects.end() ? std::nullopt : std::optional<Subject>(at->second);
  };
  std::vector<SubjectFactsWithPolicy> all;
  for (const SubjectPair& pair : pairs) {
    SubjectFactsWithPolicy one;
    one.policy = policy;
    one.facts = {find(pair.first), find(pair.second), policy.get()};
    all.push_back(std::move(one));
  }
  return all;
}

void PostgresRegistryStore::Save(pg::Tx& tx, std::span<const Subject* const> subjects) {
  if (subjects.empty()) return;
  UpsertSubjects(tx, subjects);
  std::vector<Uuid> ids, merged, survivors;
  for (const Subject* subject : subjects) {
    ids.push_back(subject->id.value());
    if (!subject->merged_into) continue;
    merged.push_back(subject->id.value());
    survivors.push_back(subject->merged_into->value());
  }
  if (!merged.empty()) {
    tx.Enqueue(kRedirectMerged, pg::Params().Uuids(merged).Uuids(survivors));
  }
  const pg::Params of = pg::Params().Uuids(ids);
  tx.Enqueue(kDeleteIdentifiers, of);
  tx.Enqueue(kDeleteSources, of);
  tx.Enqueue(kDeleteRelationships, of);
  SaveIdentifiers(tx, subjects);
  SaveSources(tx, subjects);
  SaveRelationships(tx, subjects);
}

void PostgresRegistryStore::Save(pg::Tx& tx, const EraseSubjectOutcome& outcome) {
  if (!outcome.append) return;
  const Subject* const subjects[] = {&outcome.subject};
  Save(tx, subjects);
  using One = SealedIdentifier;
  tx.Enqueue(kInsertSuppressed,
             pg::Params()
                 .Int32s(outcome.suppressed, [](const One& one) { return one.type; })
                 .BytesList(outcome.suppressed,
                            [](const One& one) -> std::string_view { return one.blind_index; })
                 .Time(*outcome.subject.erased_at));
  const pg::Params of = pg::Params().Uuid(outcome.subject.id.value());
  tx.Enqueue(kEraseEntries, of);
  tx.Enqueue(kDeleteEntries, of);
  tx.Enqueue(kEraseMerged, pg::Params()
                               .Uuid(outcome.subject.id.value())
                               .Time(*outcome.subject.erased_at));
}

void PostgresRegistryStore::Save(pg::Tx& tx, std::span<const SubjectEntry> entries) {
  using One = SubjectEntry;
  tx.Enqueue(kInsertEntries,
             pg::Params()
                 .Uuids(entries, [](const One& one) { return one.subject.value(); })
                 .Int64s(entries, [](const One& one) {
                   return static_cast<int64_t>(one.ledger_index);
                 }));
}

absl::StatusOr<std::vector<SubjectId>> PostgresRegistryStore::ReadMerged(
    pg::Connection& connection, const SubjectId& survivor) {
  ASSIGN_OR_RETURN(const pg::Rows rows,
                   connection.Query(kReadMerged, pg::Params().Uuid(survivor.value())));
  std::vector<SubjectId> merged;
  for (pg::Row row : rows) merged.push_back(SubjectId(row.Uuid(0)));
  return merged;
}

absl::StatusOr<std::optional<Subject>> PostgresRegistryStore::ReadSubject(
    pg::Connection& connection, const SubjectId& id) {
  pg::Tx tx(connection, pg::TxKind::kSnapshot);
  const LoadTickets tickets = EnqueueLoad(tx, {{}, {}, {id.value()}});
  RETURN_IF_ERROR(tx.Flush());
  std::map<SubjectId, Subject> subjects = TakeSubjects(tx, tickets);
  if (subjects.empty()) return std::optional<Subject>();
  return std::optional<Subject>(std::move(subjects.begin()->second));
}

absl::StatusOr<std::vector<SubjectId>> PostgresRegistryStore::ReadOwners(
    pg::Connection& connection, std::span<const IdentifierKey> keys) {
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(kReadOwners,
                       pg::Params()
                           .Int32s(keys, [](const IdentifierKey& key) { return key.type; })
                           .BytesList(keys, [](const IdentifierKey& key) -> std::string_view {
                             return key.blind_index;
                           })));
  std::vector<SubjectId> owners(keys.size());
  for (pg::Row row : rows) owners[row.Int64(0) - 1] = SubjectId(row.Uuid(1));
  return owners;
}

}  // namespace varsam::registry
