// The table of links between browsers and people.
#include "libs/base/status_macros.h"
#include "services/consent/store/postgres_consent_store.h"

namespace varsam::consent {
namespace {

#define VARSAM_LINK_COLUMNS                                                    \
  "link_id, subject_id, browser_subject_id, at, channel, evidence_reference, " \
  "undone_at"

constexpr pg::Statement kReadStanding{"consent_read_standing_links",
                                      "SELECT " VARSAM_LINK_COLUMNS
                                      " FROM subject_link WHERE undone_at IS NULL "
                                      "AND (browser_subject_id = ANY($1) OR subject_id = ANY($1))"};
constexpr pg::Statement kReadLinks{"consent_read_links",
                                   "SELECT " VARSAM_LINK_COLUMNS
                                   " FROM subject_link WHERE link_id = ANY($1)"};
constexpr pg::Statement kUpsertLinks{
    "consent_upsert_links",
    "INSERT INTO subject_link (link_id, subject_id, browser_subject_id, at, channel, "
    "evidence_reference, undone_at, ledger_index) SELECT id, subject, browser, at, channel, "
    "evidence, undone_at, ledger_index FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], "
    "$4::timestamptz[], $5::text[], $6::text[], $7::timestamptz[], $8::int8[]) "
    "AS n (id, subject, browser, at, channel, evidence, undone_at, ledger_index) "
    "ON CONFLICT (link_id) DO UPDATE SET undone_at = excluded.undone_at, "
    "ledger_index = excluded.ledger_index"};

#undef VARSAM_LINK_COLUMNS

SubjectLink ToLink(const pg::Row& row) {
  return {.id = row.Uuid(0),
          .subject = SubjectId(row.Uuid(1)),
          .browser = SubjectId(row.Uuid(2)),
          .at = row.Time(3),
          .channel = std::string(row.Text(4)),
          .evidence_reference = std::string(row.Text(5)),
          .undone_at = row.OptionalTime(6)};
}

}  // namespace

absl::StatusOr<std::vector<LinkSubjectsFacts>> PostgresConsentStore::LoadFacts(
    pg::Tx& tx, std::span<const LinkSubjects* const> asks) {
  std::vector<Uuid> ids;
  for (const LinkSubjects* ask : asks) {
    ids.push_back(ask->subject.value());
    ids.push_back(ask->browser.value());
  }
  ASSIGN_OR_RETURN(pg::Rows rows, tx.Query(kReadStanding, pg::Params().Uuids(ids)));
  std::vector<LinkSubjectsFacts> facts(asks.size());
  for (const pg::Row row : rows) {
    const SubjectLink link = ToLink(row);
    for (size_t i = 0; i < asks.size(); ++i) {
      if (link.browser == asks[i]->browser) facts[i].standing = link;
      facts[i].browser_is_person |= link.subject == asks[i]->browser;
      facts[i].person_is_browser |= link.browser == asks[i]->subject;
    }
  }
  return facts;
}

absl::StatusOr<std::vector<UndoLinkFacts>> PostgresConsentStore::LoadFacts(
    pg::Tx& tx, std::span<const UndoLink* const> asks) {
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      tx.Query(kReadLinks, pg::Params().Uuids(asks, [](auto* ask) { return ask->link; })));
  std::vector<UndoLinkFacts> facts(asks.size());
  for (const pg::Row row : rows) {
    for (size_t i = 0; i < asks.size(); ++i) {
      if (row.Uuid(0) == asks[i]->link) facts[i].link = ToLink(row);
    }
  }
  return facts;
}

void PostgresConsentStore::Save(pg::Tx& tx, std::span<const Placed<SubjectLink>> all) {
  if (all.empty()) return;
  using P = const Placed<SubjectLink>&;
  tx.Enqueue(kUpsertLinks,
             pg::Params()
                 .Uuids(all, [](P p) { return p.value->id; })
                 .Uuids(all, [](P p) { return p.value->subject.value(); })
                 .Uuids(all, [](P p) { return p.value->browser.value(); })
                 .Times(all, [](P p) { return p.value->at; })
                 .Texts(all, [](P p) -> std::string_view { return p.value->channel; })
                 .Texts(all, [](P p) -> std::string_view { return p.value->evidence_reference; })
                 .Times(all, [](P p) { return p.value->undone_at; })
                 .Int64s(all, [](P p) { return static_cast<int64_t>(p.ledger_index); }));
}

absl::StatusOr<std::optional<SubjectLink>> PostgresConsentStore::ReadLink(
    pg::Connection& connection, const Uuid& link) {
  const Uuid ids[] = {link};
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadLinks, pg::Params().Uuids(ids)));
  if (rows.empty()) return std::optional<SubjectLink>();
  return std::optional<SubjectLink>(ToLink(rows.Only()));
}

}  // namespace varsam::consent
