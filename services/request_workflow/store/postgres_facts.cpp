// Facts for a batch of decisions: one round trip, whatever the mixture of wants.
#include <algorithm>
#include <map>
#include <set>

#include "absl/time/civil_time.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/request_workflow/store/postgres_requests_store.h"
#include "services/request_workflow/store/postgres_rows.h"

namespace varsam::requests {
namespace {

constexpr pg::Statement kLinks{
    "requests_facts_links",
    "SELECT token_sha256, case_id, link_use, contact_sha256, expires_at, consumed_at "
    "FROM case_link WHERE token_sha256 = ANY($1)"};
// $1 cases, $2 tasks, $3 link tokens: every case that one of them leads to.
constexpr pg::Statement kCases{"requests_facts_cases",
                               "SELECT " VARSAM_CASE_COLUMNS
                               " FROM request_case WHERE case_id = ANY($1) OR case_id IN "
                               "(SELECT case_id FROM task WHERE task_id = ANY($2)) OR case_id IN "
                               "(SELECT case_id FROM case_link WHERE token_sha256 = ANY($3))"};
constexpr pg::Statement kTasks{
    "requests_facts_tasks",
    "SELECT " VARSAM_TASK_COLUMNS
    " FROM task WHERE task_id = ANY($2) OR case_id = ANY($1) OR "
    "case_id IN (SELECT case_id FROM task WHERE task_id = ANY($2)) OR case_id IN "
    "(SELECT case_id FROM case_link WHERE token_sha256 = ANY($3)) ORDER BY created_at, task_id"};
// Children of each case, and whether an access asked in the same message is still open.
constexpr pg::Statement kFamilies{
    "requests_facts_families",
    "SELECT parent_id, count(*)::int, count(*) FILTER (WHERE state NOT IN (15, 16, 17))::int, "
    "coalesce(bool_or(right_no = 0 AND state NOT IN (13, 14, 15, 16, 17)), false) "
    "FROM request_case WHERE parent_id = ANY($1) OR parent_id IN "
    "(SELECT parent_id FROM request_case WHERE case_id = ANY($1)) OR parent_id IN "
    "(SELECT c.parent_id FROM request_case c JOIN task t USING (case_id) WHERE t.task_id = "
    "ANY($2)) "
    "OR parent_id IN (SELECT c.parent_id FROM request_case c JOIN case_link l USING (case_id) "
    "WHERE l.token_sha256 = ANY($3)) GROUP BY parent_id"};
// Of each system the nearest due dates first. Nothing but the journal writes tasks, under the
// ledger's head: no row has to be locked.
constexpr pg::Statement kOffered{
    "requests_facts_offered",
    "SELECT " VARSAM_TASK_COLUMNS
    " FROM unnest($1::text[]) AS wanted(name) CROSS JOIN LATERAL (SELECT " VARSAM_TASK_COLUMNS
    " FROM task "
    "WHERE state = 1 AND NOT manual AND task.system = wanted.name AND available_at <= $3 "
    // What waits or is held does not stand in the way of what is behind it; Decide judges again.
    "AND NOT (action IN (2, 6) AND EXISTS (SELECT 1 FROM retention_hold h WHERE NOT h.released "
    "AND (cardinality(h.systems) = 0 OR task.system = ANY(h.systems)) "
    "AND (cardinality(h.subject_ids) = 0 OR task.subject_id IS NULL "
    "OR task.subject_id::text = ANY(h.subject_ids)) "
    "AND (action = 2 OR cardinality(h.data_categories) = 0 "
    "OR coalesce(jsonb_array_length(task.detail::jsonb->'items'), 0) = 0 OR EXISTS (SELECT 1 FROM "
    "jsonb_array_elements(task.detail::jsonb->'items') i "
    "WHERE i->>'category' = ANY(h.data_categories))))) "
    "ORDER BY due_date NULLS LAST, created_at LIMIT $2) AS offered "
    "ORDER BY due_date NULLS LAST, created_at"};
constexpr pg::Statement kHolds{
    "requests_facts_holds",
    "SELECT hold_id, subject_ids, systems, data_categories FROM retention_hold WHERE NOT released"};
constexpr pg::Statement kBreaches{
    "requests_facts_breaches",
    "SELECT breach_id, state, aware_at, notified_at, sealed_text, risk, authority_reference, "
    "version, partial FROM breach WHERE breach_id = ANY($1)"};
constexpr pg::Statement kPackages{
    "requests_facts_packages",
    "SELECT case_id, package_id, sha256_hex, downloads, expires_at, ready, ticket, next_part, "
    "ticket_at FROM package WHERE case_id = ANY($1)"};

// Letters that the person has not proven to want, since the earliest time any ask names.
constexpr pg::Statement kLetters{
    "requests_facts_letters",
    "SELECT to_index, count(*) FROM mail_out WHERE to_index = ANY($1) AND made_at > $2 "
    "AND kind IN ('confirm', 'notice', 'acknowledged') GROUP BY to_index"};

constexpr pg::Statement kCodes{
    "requests_facts_codes",
    "SELECT case_id, code_mac, delivery, tries, expires_at, used_at FROM case_code "
    "WHERE case_id = ANY($1)"};
constexpr pg::Statement kTries{
    "requests_facts_tries",
    "SELECT c.case_id, t.tries FROM identity_try t JOIN request_case c "
    "ON c.candidate_id = t.subject_id WHERE c.case_id = ANY($1) AND t.day = $2"};

// More are offered than wanted, because a hold that has just been placed may rule some out.
constexpr int32_t kOfferSpare = 4;

struct Loaded {
  std::map<CaseId, CaseFile> files;
  std::map<TaskId, Task> tasks;
  std::map<std::string, Link> links;
  std::map<BreachId, Breach> breaches;
  std::map<CaseId, Package> packages;
  std::vector<Hold> holds;
  std::map<std::string, int64_t> letters;
  std::map<CaseId, CaseCode> codes;
  std::map<CaseId, int32_t> tries;
};

void TakeFamilies(const pg::Rows& rows, Loaded& loaded) {
  for (pg::Row row : rows) {
    const CaseId parent(row.Uuid(0));
    for (auto& [id, file] : loaded.files) {
      if (id == parent) {
        file.children = row.Int32(1);
        file.children_open = row.Int32(2);
      } else if (file.c.parent == parent) {
        file.access_together_open = row.Bool(3) && file.c.right != Right::kAccess;
      }
    }
  }
}

Loaded Take(const std::vector<pg::Rows>& answers) {
  Loaded loaded;
  for (pg::Row row : answers[0]) {
    Link link = LinkFromRow(row);
    loaded.links.emplace(link.token_sha256, link);
  }
  for (pg::Row row : answers[1]) {
    Case c = CaseFromRow(row);
    const CaseId id = c.id;
    loaded.files[id].c = std::move(c);
  }
  for (pg::Row row : answers[2]) {
    Task task = TaskFromRow(row);
    if (task.case_id && loaded.files.count(*task.case_id) > 0) {
      loaded.files[*task.case_id].tasks.push_back(task);
    }
    loaded.tasks.emplace(task.id, std::move(task));
  }
  TakeFamilies(answers[3], loaded);
  for (pg::Row row : answers[4]) {
    Breach breach = BreachFromRow(row);
    loaded.breaches.emplace(breach.id, breach);
  }
  for (pg::Row row : answers[5]) {
    Package package = PackageFromRow(row);
    loaded.packages.emplace(package.case_id, package);
  }
  for (pg::Row row : answers[6]) {
    loaded.holds.push_back({row.Uuid(0), row.Texts(1), row.Texts(2), false, row.Texts(3)});
  }
  for (pg::Row row : answers[7]) loaded.letters[std::string(row.Bytes(0))] = row.Int64(1);
  for (pg::Row row : answers[8]) {
    CaseCode code{
        CaseId(row.Uuid(0)), std::string(row.Bytes(1)), std::string(row.Text(2)), row.Int32(3),
        row.Time(4),         row.OptionalTime(5)};
    loaded.codes.emplace(code.case_id, code);
  }
  for (pg::Row row : answers[9]) loaded.tries[CaseId(row.Uuid(0))] = row.Int32(1);
  return loaded;
}

template <typename Map, typename Key>
auto Found(const Map& map, const Key& key) -> std::optional<typename Map::mapped_type> {
  const auto it = map.find(key);
  if (it == map.end()) return std::nullopt;
  return it->second;
}

Facts Pick(const Want& want, const Loaded& loaded) {
  Facts facts;
  std::optional<CaseId> id = want.case_id;
  if (want.task_id) {
    facts.task = Found(loaded.tasks, *want.task_id);
    if (facts.task && facts.task->case_id) id = facts.task->case_id;
  }
  if (!want.token_sha256.empty()) {
    facts.link = Found(loaded.links, want.token_sha256);
    if (!id && facts.link) id = facts.link->case_id;
  }
  if (id) {
    facts.file = Found(loaded.files, *id);
    facts.package = Found(loaded.packages, *id);
    facts.code = Found(loaded.codes, *id);
    facts.identity_tries = Found(loaded.tries, *id).value_or(0);
  }
  if (want.breach_id) facts.breach = Found(loaded.breaches, *want.breach_id);
  if (want.holds || !want.lease_systems.empty()) facts.holds = loaded.holds;
  for (const std::string& address : want.addresses) {
    const auto it = loaded.letters.find(address);
    if (it != loaded.letters.end()) facts.letters.insert(*it);
  }
  return facts;
}

std::vector<pg::Tx::Request> Questions(std::span<const Want* const> wants) {
  std::vector<Uuid> cases, tasks, breaches, coded;
  absl::CivilDay day(1970, 1, 1);
  std::vector<std::string> tokens, addresses;
  absl::Time since = absl::InfiniteFuture();
  for (const Want* want : wants) {
    if (want->case_id) cases.push_back(want->case_id->value());
    if (want->task_id) tasks.push_back(want->task_id->value());
    if (want->breach_id) breaches.push_back(want->breach_id->value());
    if (!want->token_sha256.empty()) tokens.push_back(want->token_sha256);
    addresses.insert(addresses.end(), want->addresses.begin(), want->addresses.end());
    if (want->identity_day && want->case_id) {
      coded.push_back(want->case_id->value());
      const calendar::LocalDay today = *want->identity_day;
      day = absl::CivilDay(today.year(), today.month(), today.day());
    }
    since = std::min(since, want->letters_since);
  }
  const auto all = [&] { return pg::Params().Uuids(cases).Uuids(tasks).BytesList(tokens); };
  std::vector<pg::Tx::Request> requests;
  requests.push_back({kLinks, pg::Params().BytesList(tokens)});
  requests.push_back({kCases, all()});
  requests.push_back({kTasks, all()});
  requests.push_back({kFamilies, all()});
  requests.push_back({kBreaches, pg::Params().Uuids(breaches)});
  requests.push_back({kPackages, pg::Params().Uuids(cases)});
  requests.push_back({kHolds, pg::Params()});
  if (addresses.empty()) since = absl::UnixEpoch();
  requests.push_back({kLetters, pg::Params().BytesList(addresses).Time(since)});
  requests.push_back({kCodes, pg::Params().Uuids(coded)});
  requests.push_back({kTries, pg::Params().Uuids(coded).Day(day)});
  for (const Want* want : wants) {
    if (want->lease_systems.empty()) continue;
    requests.push_back({kOffered, pg::Params()
                                      .Texts(want->lease_systems)
                                      .Int64(int64_t{want->lease_max} + kOfferSpare)
                                      .Time(want->lease_at)});
  }
  return requests;
}

}  // namespace

absl::StatusOr<std::vector<Facts>> PostgresRequestsStore::LoadFacts(
    pg::Tx& tx, std::span<const Want* const> wants) {
  const std::vector<pg::Tx::Request> requests = Questions(wants);
  const size_t offered_from = 10;
  ASSIGN_OR_RETURN(std::vector<pg::Rows> answers, tx.QueryAll(requests));
  const Loaded loaded = Take(answers);
  std::vector<Facts> facts;
  size_t next_offer = offered_from;
  for (const Want* want : wants) {
    facts.push_back(Pick(*want, loaded));
    if (want->lease_systems.empty()) continue;
    for (pg::Row row : answers[next_offer++]) facts.back().offered.push_back(TaskFromRow(row));
  }
  return facts;
}

}  // namespace varsam::requests
