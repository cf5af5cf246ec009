// The catalogue's tables: policy versions, assessments, agreements, notices.
#include <utility>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/subject_registry/model/parse_policy.h"
#include "services/subject_registry/store/postgres_registry_store.h"
#include "services/subject_registry/store/postgres_statements.h"

namespace varsam::registry {
namespace {

constexpr pg::Statement kHashOfVersions{
    "registry_hash_of_versions",
    "SELECT version, text_sha256 FROM policy_version WHERE version = ANY($1)"};
constexpr pg::Statement kCountPolicies{"registry_count_policies",
                                       "SELECT count(*) FROM policy_version"};
constexpr pg::Statement kReadVersion{
    "registry_read_version",
    "SELECT version, yaml, text_sha256, effective_at FROM policy_version WHERE version = $1"};
constexpr pg::Statement kInsertPolicy{
    "registry_insert_policy",
    "INSERT INTO policy_version (version, yaml, text_sha256, effective_at, applied_seq) "
    "VALUES ($1, $2, $3, $4, $5)"};
constexpr pg::Statement kUpsertAssessment{
    "registry_upsert_assessment",
    "INSERT INTO assessment (kind, id, approved_at, review_by, approver, summary) "
    "VALUES ($1::int4, $2, $3, $4, $5, $6) ON CONFLICT (kind, id) DO UPDATE SET approved_at = "
    "excluded.approved_at, "
    "review_by = excluded.review_by, approver = excluded.approver, summary = excluded.summary"};
constexpr pg::Statement kReadAssessments{
    "registry_read_assessments",
    "SELECT kind::int4, id, approved_at, review_by, approver, summary FROM assessment "
    "ORDER BY kind, id"};
constexpr pg::Statement kUpsertAgreement{
    "registry_upsert_agreement",
    "INSERT INTO processor_agreement (processor, status, signed_on, expires_on, region, "
    "transfer_mechanism, transfer_valid_to) VALUES ($1, $2, $3, $4, $5, $6, $7) "
    "ON CONFLICT (processor) DO UPDATE SET status = excluded.status, "
    "signed_on = excluded.signed_on, expires_on = excluded.expires_on, region = excluded.region, "
    "transfer_mechanism = excluded.transfer_mechanism, "
    "transfer_valid_to = excluded.transfer_valid_to"};
constexpr pg::Statement kReadAgreements{
    "registry_read_agreements",
    "SELECT processor, status, signed_on, expires_on, region, transfer_mechanism, "
    "transfer_valid_to FROM processor_agreement ORDER BY processor"};
constexpr pg::Statement kLastNoticeVersions{
    "registry_last_notice_versions",
    "SELECT id, language, max(version) FROM notice WHERE id = ANY($1) GROUP BY id, language"};
constexpr pg::Statement kInsertNotice{
    "registry_insert_notice",
    "INSERT INTO notice (id, version, language, body, text_sha256, purposes, material, "
    "effective_at, published_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"};
constexpr pg::Statement kReadNotices{
    "registry_read_notices",
    "SELECT id, version, language, body, text_sha256, purposes, material, effective_at, "
    "published_at FROM notice WHERE $1 = '' OR $1 = ANY(purposes) "
    "ORDER BY id, language, version"};

}  // namespace

absl::StatusOr<PolicyText> PostgresRegistryStore::ToPolicy(const pg::Row& row) {
  PolicyText policy{std::string(row.Text(1)), std::string(row.Bytes(2)), nullptr, row.Time(3)};
  std::lock_guard lock(mutex_);
  auto& cached = parsed_[policy.sha256];
  if (cached == nullptr) {
    absl::StatusOr<PolicyModel> model = ParsePolicy(policy.yaml);
    if (!model.ok()) {
      // It parsed when it was applied: the row, or the reader, has changed since.
      return ErrorWithReason(absl::StatusCode::kDataLoss, "POLICY_UNREADABLE",
                             "the stored policy no longer parses");
    }
    cached = std::make_shared<const PolicyModel>(*std::move(model));
  }
  policy.model = cached;
  return policy;
}

absl::StatusOr<std::shared_ptr<const PolicyModel>> PostgresRegistryStore::CurrentModel(
    const pg::Rows& rows) {
  if (rows.empty()) return std::shared_ptr<const PolicyModel>();
  ASSIGN_OR_RETURN(PolicyText policy, ToPolicy(rows.Only()));
  return policy.model;
}

absl::StatusOr<PolicyFacts> PostgresRegistryStore::LoadPolicy(pg::Tx& tx) {
  ASSIGN_OR_RETURN(pg::Rows rows, tx.Query(kReadCurrentPolicy, pg::Params()));
  PolicyFacts facts;
  ASSIGN_OR_RETURN(facts.policy, CurrentModel(rows));
  return facts;
}

absl::StatusOr<std::vector<ApplyPolicyFacts>> PostgresRegistryStore::LoadFacts(
    pg::Tx& tx, std::span<const ApplyPolicy* const> asks) {
  const pg::Tx::Ticket current = tx.Enqueue(kReadCurrentPolicy, pg::Params());
  const pg::Tx::Ticket hashes = tx.Enqueue(
      kHashOfVersions, pg::Params().Texts(asks, [](const ApplyPolicy* ask) -> std::string_view {
        return ask->model->policy.version;
      }));
  ASSIGN_OR_RETURN(pg::Rows count, tx.Query(kCountPolicies, pg::Params()));
  std::map<std::string, std::string, std::less<>> sha256_of;
  const pg::Rows hash_rows = tx.Take(hashes);
  for (pg::Row row : hash_rows) {
    sha256_of.emplace(std::string(row.Text(0)), std::string(row.Bytes(1)));
  }
  ApplyPolicyFacts facts;
  facts.applied_count = count.Only().Int64(0);
  const pg::Rows current_rows = tx.Take(current);
  if (!current_rows.empty()) {
    ASSIGN_OR_RETURN(facts.current, ToPolicy(current_rows.Only()));
  }
  std::vector<ApplyPolicyFacts> all;
  for (const ApplyPolicy* ask : asks) {
    all.push_back(facts);
    auto known = sha256_of.find(ask->model->policy.version);
    if (known != sha256_of.end()) all.back().sha256_of_version = known->second;
  }
  return all;
}

absl::StatusOr<std::vector<NoticeFactsWithPolicy>> PostgresRegistryStore::LoadFacts(
    pg::Tx& tx, std::span<const PublishNotice* const> asks) {
  const pg::Tx::Ticket current = tx.Enqueue(kReadCurrentPolicy, pg::Params());
  ASSIGN_OR_RETURN(
      pg::Rows versions,
      tx.Query(kLastNoticeVersions,
               pg::Params().Texts(asks, [](const PublishNotice* ask) -> std::string_view {
                 return ask->notice.id;
               })));
  std::map<std::pair<std::string, std::string>, int> last;
  for (pg::Row row : versions) {
    last[{std::string(row.Text(0)), std::string(row.Text(1))}] = row.Int32(2);
  }
  ASSIGN_OR_RETURN(std::shared_ptr<const PolicyModel> policy, CurrentModel(tx.Take(current)));
  std::vector<NoticeFactsWithPolicy> all;
  for (const PublishNotice* ask : asks) {
    NoticeFactsWithPolicy one;
    one.policy = policy;
    one.facts.policy = policy.get();
    one.facts.last_version = last[{ask->notice.id, ask->notice.language}];
    all.push_back(std::move(one));
  }
  return all;
}

void PostgresRegistryStore::Save(pg::Tx& tx, const ApplyPolicyOutcome& outcome) {
  if (!outcome.append) return;
  const PolicyText& policy = outcome.policy;
  tx.Enqueue(kInsertPolicy, pg::Params()
                                .Text(policy.model->policy.version)
                                .Text(policy.yaml)
                                .Bytes(policy.sha256)
                                .Time(policy.effective_at)
                                .Int64(outcome.sequence));
}

void PostgresRegistryStore::Save(pg::Tx& tx, const RecordAssessmentOutcome& outcome) {
  const Assessment& one = outcome.assessment;
  tx.Enqueue(kUpsertAssessment, pg::Params()
                                    .Int32(static_cast<int>(one.kind))
                                    .Text(one.id)
                                    .Time(one.approved_at)
                                    .DayOrNull(one.review_by)
                                    .Text(one.approver)
                                    .Text(one.summary));
}

void PostgresRegistryStore::Save(pg::Tx& tx, const RecordProcessorAgreementOutcome& outcome) {
  const ProcessorAgreement& one = outcome.agreement;
  tx.Enqueue(kUpsertAgreement, pg::Params()
                                   .Text(one.processor)
                                   .Text(one.status)
                                   .DayOrNull(one.signed_on)
                                   .DayOrNull(one.expires_on)
                                   .Text(one.region)
                                   .Text(one.transfer_mechanism)
                                   .DayOrNull(one.transfer_valid_to));
}

void PostgresRegistryStore::Save(pg::Tx& tx, const PublishNoticeOutcome& outcome) {
  const Notice& one = outcome.notice;
  tx.Enqueue(kInsertNotice, pg::Params()
                                .Text(one.id)
                                .Int32(one.version)
                                .Text(one.language)
                                .Text(one.text)
                                .Bytes(one.text_sha256)
                                .Texts(one.purposes)
                                .Bool(one.material)
                                .Time(one.effective_at)
                                .Time(one.published_at));
}

absl::StatusOr<std::optional<PolicyText>> PostgresRegistryStore::ReadPolicy(
    pg::Connection& connection, const std::string& version) {
  absl::StatusOr<pg::Rows> rows = version.empty()
                                      ? connection.Query(kReadCurrentPolicy, pg::Params())
                                      : connection.Query(kReadVersion, pg::Params().Text(version));
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return std::optional<PolicyText>();
  ASSIGN_OR_RETURN(PolicyText policy, ToPolicy(rows->Only()));
  return std::optional<PolicyText>(std::move(policy));
}

absl::StatusOr<std::vector<Assessment>> PostgresRegistryStore::ReadAssessments(
    pg::Connection& connection) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadAssessments, pg::Params()));
  std::vector<Assessment> all;
  for (pg::Row row : rows) {
    all.push_back({static_cast<AssessmentKind>(row.Int32(0)), std::string(row.Text(1)), row.Time(2),
                   row.OptionalDay(3), std::string(row.Text(4)), std::string(row.Text(5))});
  }
  return all;
}

absl::StatusOr<std::vector<ProcessorAgreement>> PostgresRegistryStore::ReadAgreements(
    pg::Connection& connection) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadAgreements, pg::Params()));
  std::vector<ProcessorAgreement> all;
  for (pg::Row row : rows) {
    all.push_back({std::string(row.Text(0)), std::string(row.Text(1)), row.OptionalDay(2),
                   row.OptionalDay(3), std::string(row.Text(4)), std::string(row.Text(5)),
                   row.OptionalDay(6)});
  }
  return all;
}

absl::StatusOr<std::vector<Notice>> PostgresRegistryStore::ReadNotices(pg::Connection& connection,
                                                                       const std::string& purpose) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadNotices, pg::Params().Text(purpose)));
  std::vector<Notice> all;
  for (pg::Row row : rows) {
    all.push_back({std::string(row.Text(0)), row.Int32(1), std::string(row.Text(2)),
                   std::string(row.Text(3)), std::string(row.Bytes(4)), row.Texts(5), row.Bool(6),
                   row.Time(7), row.Time(8)});
  }
  return all;
}

}  // namespace varsam::registry
