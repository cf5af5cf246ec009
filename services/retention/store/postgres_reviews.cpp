// The table of reviews; who may be idle; pages of people for simulations; counts.
#include <set>

#include "libs/base/status_macros.h"
#include "services/retention/store/postgres_retention_store.h"
#include "services/retention/store/postgres_rows.h"

namespace varsam::retention {
namespace {

#define VARSAM_REVIEW_COLUMNS                                                              \
  "review_id, system, idle_since, opened_at, opened_by, due_by, signed_at, signed_by, " \
  "reason, people, kept"
constexpr pg::Statement kLoadReview{
    "retention_load_review", "SELECT " VARSAM_REVIEW_COLUMNS " FROM review WHERE review_id = $1"};
constexpr pg::Statement kReadReviews{
    "retention_read_reviews", "SELECT " VARSAM_REVIEW_COLUMNS
    " FROM review WHERE $1 = '' OR system = $1 ORDER BY opened_at DESC LIMIT $2::int8"};
constexpr pg::Statement kUpsertReview{
    "retention_upsert_review",
    "INSERT INTO review (" VARSAM_REVIEW_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, "
    "$10, $11) ON CONFLICT (review_id) DO UPDATE SET signed_at = excluded.signed_at, "
    "signed_by = excluded.signed_by, reason = excluded.reason, people = excluded.people, "
    "kept = excluded.kept"};
// Those nearest to their end first: whoever is idle longest.
constexpr pg::Statement kIdlePeople{
    "retention_idle_people",
    "SELECT subject_id FROM (SELECT subject_id, due_on FROM field WHERE system = $1 AND "
    "disposed_at IS NULL AND item_id IS NULL AND due_on > $3 ORDER BY due_on LIMIT $2::int8) "
    "AS first GROUP BY subject_id ORDER BY min(due_on), subject_id"};
constexpr pg::Statement kPeopleOfSystems{
    "retention_people_of_systems",
    "SELECT DISTINCT subject_id FROM field WHERE system = ANY($1::text[]) AND "
    "disposed_at IS NULL AND subject_id > $2 ORDER BY subject_id LIMIT $3::int8"};
constexpr pg::Statement kCountPeopleByCategory{
    "retention_count_people_by_category",
    "SELECT system, data_category, count(DISTINCT subject_id) FROM field "
    "WHERE disposed_at IS NULL GROUP BY system, data_category ORDER BY system, data_category"};

// Fields of one person in one system, at most, as the page of candidates counts them.
constexpr int kIdleFieldsPerPerson = 8;

std::vector<SubjectId> SubjectsIn(const std::vector<Uuid>& ids) {
  std::vector<SubjectId> subjects;
  for (const Uuid& id : ids) subjects.emplace_back(id);
  return subjects;
}

Review ReviewIn(const pg::Row& row) {
  Review review;
  review.id = ReviewId(row.Uuid(0));
  review.system = row.Text(1);
  review.idle_since = row.Time(2);
  review.opened_at = row.Time(3);
  review.opened_by = row.Text(4);
  review.due_by = FromCivil(row.Day(5));
  review.signed_at = row.OptionalTime(6);
  review.signed_by = row.Text(7);
  review.reason = row.Text(8);
  review.people = SubjectsIn(row.Uuids(9));
  review.kept = SubjectsIn(row.Uuids(10));
  return review;
}

const auto kValue = [](const SubjectId& id) { return id.value(); };

}  // namespace

absl::StatusOr<OpenReviewFacts> PostgresRetentionStore::LoadFacts(pg::Tx& tx,
                                                                  const OpenReview& ask) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   tx.Query(kIdlePeople, pg::Params()
                                             .Text(ask.system)
                                             .Int64(kReviewPeopleMax * kIdleFieldsPerPerson)
                                             .Day(ToCivil(ask.today))));
  std::vector<SubjectId> subjects;
  for (pg::Row row : rows) {
    if (subjects.size() < static_cast<size_t>(kReviewPeopleMax)) subjects.emplace_back(row.Uuid(0));
  }
  OpenReviewFacts facts;
  ASSIGN_OR_RETURN(facts.people, LoadPeople(tx, subjects));
  return facts;
}

absl::StatusOr<SignReviewFacts> PostgresRetentionStore::LoadFacts(pg::Tx& tx,
                                                                  const SignReview& ask) {
  SignReviewFacts facts;
  ASSIGN_OR_RETURN(pg::Rows rows, tx.Query(kLoadReview, pg::Params().Uuid(ask.review.value())));
  if (rows.empty()) return facts;
  facts.review = ReviewIn(rows.Only());
  ASSIGN_OR_RETURN(facts.people, LoadPeople(tx, facts.review->people));
  return facts;
}

void PostgresRetentionStore::Save(pg::Tx& tx, const ReviewOutcome& outcome) {
  const Review& review = outcome.review;
  tx.Enqueue(kUpsertReview, pg::Params()
                                .Uuid(review.id.value())
                                .Text(review.system)
                                .Time(review.idle_since)
                                .Time(review.opened_at)
                                .Text(review.opened_by)
                                .Day(ToCivil(review.due_by))
                                .TimeOrNull(review.signed_at)
                                .Text(review.signed_by)
                                .Text(review.reason)
                                .Uuids(review.people, kValue)
                                .Uuids(review.kept, kValue));
  Save(tx, std::span<const PersonRecords>(outcome.changed));
}

absl::StatusOr<std::vector<Review>> PostgresRetentionStore::ReadReviews(
    pg::Connection& connection, const std::string& system, int rows_max) {
  ASSIGN_OR_RETURN(pg::Rows rows,
                   connection.Query(kReadReviews, pg::Params().Text(system).Int64(rows_max)));
  std::vector<Review> reviews;
  for (pg::Row row : rows) reviews.push_back(ReviewIn(row));
  return reviews;
}

absl::StatusOr<SimulationPage> PostgresRetentionStore::LoadSimulation(
    pg::Tx& tx, const std::vector<std::string>& systems, const SubjectId& after, int people_max) {
  SimulationPage page;
  ASSIGN_OR_RETURN(pg::Rows rows,
                   tx.Query(kPeopleOfSystems,
                            pg::Params().Texts(systems).Uuid(after.value()).Int64(people_max)));
  std::vector<SubjectId> subjects;
  for (pg::Row row : rows) subjects.emplace_back(row.Uuid(0));
  ASSIGN_OR_RETURN(page.holds, LoadHolds(tx));
  if (subjects.empty()) return page;
  ASSIGN_OR_RETURN(page.people, LoadRecords(tx, subjects));
  if (subjects.size() == static_cast<size_t>(people_max)) page.next_after = subjects.back();
  return page;
}

absl::StatusOr<std::vector<StatisticsCell>> PostgresRetentionStore::ReadCounts(
    pg::Connection& connection) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kCountPeopleByCategory, pg::Params()));
  std::vector<StatisticsCell> cells;
  for (pg::Row row : rows) {
    cells.push_back({std::string(row.Text(0)), std::string(row.Text(1)),
                     static_cast<uint64_t>(row.Int64(2)), false});
  }
  return cells;
}

}  // namespace varsam::retention
