// The end of the service's own records.
#include <algorithm>
#include <set>

#include "libs/base/status_macros.h"
#include "libs/ledger/reader.h"
#include "services/consent/store/postgres_consent_store.h"

namespace varsam::consent {
namespace {

// When a choice ends: a yes at its own end, anything else at once. The index consent_event_ends.
#define VARSAM_ENDS                                                                         \
  "(CASE WHEN choice IN (2, 3) THEN COALESCE(expires_at, 'infinity'::timestamptz) ELSE at " \
  "END)"
constexpr pg::Statement kReadEndedChoices{
    "consent_read_ended_choices",
    "SELECT subject_id, purpose, " VARSAM_ENDS ", consent_id FROM consent_event WHERE " VARSAM_ENDS
    " < $1 AND (" VARSAM_ENDS ", consent_id) > ($2, $3) ORDER BY " VARSAM_ENDS
    ", consent_id LIMIT $4"};
#undef VARSAM_ENDS
// A history has ended when a stop for everybody followed the last yes, or every yes has run out; a
// yes without an end of its own has not.
constexpr pg::Statement kReadEnded{
    "consent_read_ended_proofs",
    "WITH c AS (SELECT e.subject_id, e.purpose, max(at) AS last, "
    "max(at) FILTER (WHERE choice IN (2, 3)) AS given, "
    "max(at) FILTER (WHERE choice IN (4, 5, 6) AND recipient = '') AS stopped, "
    "max(CASE WHEN choice IN (2, 3) THEN COALESCE(expires_at, 'infinity') END) AS ends "
    "FROM unnest($1::uuid[], $2::text[]) AS n (subject, purpose) JOIN consent_event e "
    "ON e.subject_id = n.subject AND e.purpose = n.purpose GROUP BY e.subject_id, e.purpose "
    "HAVING max(at) < $3) "
    "SELECT subject_id, purpose, CASE WHEN given IS NULL OR stopped >= given THEN last "
    "ELSE greatest(last, ends) END FROM c WHERE (given IS NULL OR stopped >= given OR ends < $3) "
    "AND NOT EXISTS (SELECT 1 FROM subject_link l WHERE l.subject_id = c.subject_id "
    "OR l.browser_subject_id = c.subject_id)"};
constexpr pg::Statement kReadHistories{
    "consent_read_histories",
    "SELECT e.subject_id, e.purpose, e.consent_id, e.ledger_index, e.at FROM "
    "unnest($1::uuid[], $2::text[]) AS n (subject, purpose) JOIN consent_event e "
    "ON e.subject_id = n.subject AND e.purpose = n.purpose"};
constexpr pg::Statement kDeleteConsents{"consent_delete_consents",
                                        "DELETE FROM consent_event WHERE consent_id = ANY($1)"};
constexpr pg::Statement kDeleteConfirmations{
    "consent_delete_confirmations",
    "DELETE FROM confirmation WHERE requested_id = ANY($1) OR consent_id = ANY($1)"};
// The ids are of version 7: their first 48 bits are the millisecond in which they were added.
constexpr pg::Statement kReadReviews{
    "consent_read_reviews",
    "SELECT suppression_id, scope, since FROM (SELECT suppression_id, scope, COALESCE(reviewed_at, "
    "to_timestamp(('x' || substr(replace(suppression_id::text, '-', ''), 1, 12))::bit(48)::bigint "
    "/ 1000.0)) AS since FROM suppression) s WHERE since < $1 AND suppression_id > $2 "
    "ORDER BY suppression_id LIMIT $3"};
constexpr pg::Statement kReadSuppressionIndexes{
    "consent_read_suppression_indexes",
    "SELECT suppression_id, ledger_index FROM suppression WHERE suppression_id = ANY($1)"};
constexpr pg::Statement kKeepSuppressions{
    "consent_keep_suppressions",
    "UPDATE suppression SET reviewed_at = $2 WHERE suppression_id = $1"};
constexpr pg::Statement kDropSuppressions{"consent_drop_suppressions",
                                          "DELETE FROM suppression WHERE suppression_id = $1"};

}  // namespace

absl::StatusOr<std::vector<ConsentStore::Review>> PostgresConsentStore::ReadReviews(
    pg::Connection& connection, absl::Time before, const Uuid& after, int rows_max) {
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(kReadReviews, pg::Params().Time(before).Uuid(after).Int32(rows_max)));
  std::vector<Review> reviews;
  for (const pg::Row row : rows) {
    reviews.push_back({row.Uuid(0), std::string(row.Text(1)), row.Time(2)});
  }
  return reviews;
}

absl::StatusOr<std::vector<ReviewSuppressionFacts>> PostgresConsentStore::LoadFacts(
    pg::Tx& tx, std::span<const ReviewSuppression* const> asks) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   tx.Query(kReadSuppressionIndexes,
                            pg::Params().Uuids(asks, [](auto* ask) { return ask->id; })));
  std::vector<ReviewSuppressionFacts> facts(asks.size());
  for (size_t i = 0; i < asks.size(); ++i) {
    for (const pg::Row row : rows) {
      if (row.Uuid(0) == asks[i]->id) facts[i].ledger_index = static_cast<uint64_t>(row.Int64(1));
    }
  }
  return facts;
}

void PostgresConsentStore::Save(pg::Tx& tx,
                                std::span<const ReviewSuppressionOutcome* const> outcomes) {
  for (const ReviewSuppressionOutcome* one : outcomes) {
    if (one->keep) {
      tx.Enqueue(kKeepSuppressions, pg::Params().Uuid(one->id).Time(one->at));
      continue;
    }
    tx.Enqueue(kDropSuppressions, pg::Params().Uuid(one->id));
    ledger::EnqueueErase(tx, {one->ledger_index}, "suppression_review");
  }
}

absl::StatusOr<ConsentStore::EndedProofs> PostgresConsentStore::ReadEndedProofs(
    pg::Connection& connection, std::span<const std::string> purposes, absl::Time before,
    const ProofPlace& after) {
  ASSIGN_OR_RETURN(
      pg::Rows choices,
      connection.Query(
          kReadEndedChoices,
          pg::Params().Time(before).Time(after.ends).Uuid(after.consent).Int32(kProofsPerTickMax)));
  EndedProofs ended;
  std::set<std::pair<Uuid, std::string>> concerned;
  ProofPlace last;
  int seen = 0;
  for (const pg::Row row : choices) {
    ++seen;
    last = {row.Time(2), row.Uuid(3)};
    const std::string purpose(row.Text(1));
    if (std::find(purposes.begin(), purposes.end(), purpose) != purposes.end()) {
      concerned.emplace(row.Uuid(0), purpose);
    }
  }
  if (seen == kProofsPerTickMax) ended.next = last;
  if (concerned.empty()) return ended;
  const std::vector<std::pair<Uuid, std::string>> all(concerned.begin(), concerned.end());
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      connection.Query(
          kReadEnded,
          pg::Params()
              .Uuids(all, [](const auto& one) { return one.first; })
              .Texts(all, [](const auto& one) -> std::string_view { return one.second; })
              .Time(before)));
  for (const pg::Row row : rows) {
    ended.histories.push_back({SubjectId(row.Uuid(0)), std::string(row.Text(1)), row.Time(2)});
  }
  return ended;
}

absl::StatusOr<std::vector<ForgetProofsFacts>> PostgresConsentStore::LoadFacts(
    pg::Tx& tx, std::span<const ForgetProofs* const> asks) {
  std::vector<const ProofHistory*> all;
  for (const ForgetProofs* ask : asks) {
    for (const ProofHistory& history : ask->histories) all.push_back(&history);
  }
  ASSIGN_OR_RETURN(
      pg::Rows rows,
      tx.Query(kReadHistories,
               pg::Params()
                   .Uuids(all, [](auto* one) { return one->subject.value(); })
                   .Texts(all, [](auto* one) -> std::string_view { return one->purpose; })));
  std::vector<ForgetProofsFacts> facts(asks.size());
  for (size_t i = 0; i < asks.size(); ++i) {
    for (const ProofHistory& history : asks[i]->histories) {
      ForgetProofsFacts::Found& found = facts[i].each.emplace_back();
      for (const pg::Row row : rows) {
        if (row.Uuid(0) != history.subject.value() || row.Text(1) != history.purpose) continue;
        found.consents.push_back(row.Uuid(2));
        found.ledger_indexes.push_back(static_cast<uint64_t>(row.Int64(3)));
        found.newer |= row.Time(4) >= asks[i]->before;
      }
    }
  }
  return facts;
}

void PostgresConsentStore::Save(pg::Tx& tx, std::span<const ForgetProofsOutcome* const> outcomes) {
  for (const ForgetProofsOutcome* outcome : outcomes) {
    if (outcome->consents.empty()) continue;
    tx.Enqueue(kDeleteConfirmations, pg::Params().Uuids(outcome->consents));
    tx.Enqueue(kDeleteConsents, pg::Params().Uuids(outcome->consents));
    ledger::EnqueueErase(tx, outcome->ledger_indexes, "consent_proof");
  }
}

}  // namespace varsam::consent
