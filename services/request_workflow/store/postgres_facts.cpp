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
// $1 cases, $2 tasks, $3 link tokens: every case that one of them leads to. As one array, which an
// index answers; an OR of subqueries would read every case there is.
#define VARSAM_CASES_MEANT                                                     \
  "ANY($1::uuid[] || ARRAY(SELECT case_id FROM task WHERE task_id = ANY($2)) " \
  "|| ARRAY(SELECT case_id FROM case_link WHERE token_sha256 = ANY($3)))"
constexpr pg::Statement kCases{"requests_facts_cases",
                               "SELECT " VARSAM_CASE_COLUMNS
                               " FROM request_case WHERE case_id = " VARSAM_CASES_MEANT};
// Those of runs have no case.
constexpr pg::Statement kTasks{
    "requests_facts_tasks",
    "SELECT " VARSAM_TASK_COLUMNS " FROM task WHERE case_id = " VARSAM_CASES_MEANT
    " UNION ALL SELECT " VARSAM_TASK_COLUMNS
    " FROM task WHERE task_id = ANY($2) AND case_id IS NULL ORDER BY created_at, task_id"};
// Children of each case, and whether an access asked in the same message is still open.
constexpr pg::Statement kFamilies{
    "requests_facts_families",
    "SELECT parent_id, count(*)::int, count(*) FILTER (WHERE state NOT IN (15, 16, 17))::int, "
    "coalesce(bool_or(right_no = 0 AND state NOT IN (13, 14, 15, 16, 17)), false) "
    "FROM request_case WHERE parent_id IS NOT NULL AND parent_id = ANY(ARRAY(SELECT u.id FROM "
    "request_case c, LATERAL (VALUES (c.case_id), (c.parent_id)) AS u (id) "
    "WHERE c.case_id = " VARSAM_CASES_MEANT ")) GROUP BY parent_id"};
#undef VARSAM_CASES_MEANT
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

// The questions of a batch; what nobody wants to know is not asked.
struct Asked {
  using Ticket = std::optional<pg::Tx::Ticket>;
  Ticket links, cases, tasks, families, breaches, packages, holds, letters, codes, tries;
  std::vector<pg::Tx::Ticket> offered;  // in the order of those who want to lease
};

pg::Rows TakeIf(pg::Tx& tx, const Asked::Ticket& ticket) {
  return ticket ? tx.Take(*ticket) : pg::Rows();
}

void TakeCases(pg::Tx& tx, const Asked& asked, Loaded& loaded) {
  const pg::Rows links = TakeIf(tx, asked.links), cases = TakeIf(tx, asked.cases),
                 tasks = TakeIf(tx, asked.tasks);
  for (pg::Row row : links) {
    Link link = LinkFromRow(row);
    loaded.links.emplace(link.token_sha256, link);
  }
  for (pg::Row row : cases) {
    Case c = CaseFromRow(row);
    const CaseId id = c.id;
    loaded.files[id].c = std::move(c);
  }
  for (pg::Row row : tasks) {
    Task task = TaskFromRow(row);
    if (task.case_id && loaded.files.count(*task.case_id) > 0) {
      loaded.files[*task.case_id].tasks.push_back(task);
    }
    loaded.tasks.emplace(task.id, std::move(task));
  }
  TakeFamilies(TakeIf(tx, asked.families), loaded);
}

Loaded Take(pg::Tx& tx, const Asked& asked) {
  Loaded loaded;
  TakeCases(tx, asked, loaded);
  const pg::Rows breaches = TakeIf(tx, asked.breaches), packages = TakeIf(tx, asked.packages),
                 holds = TakeIf(tx, asked.holds), letters = TakeIf(tx, asked.letters),
                 codes = TakeIf(tx, asked.codes), tries = TakeIf(tx, asked.tries);
  for (pg::Row row : breaches) {
    Breach breach = BreachFromRow(row);
    loaded.breaches.emplace(breach.id, breach);
  }
  for (pg::Row row : packages) {
    Package package = PackageFromRow(row);
    loaded.packages.emplace(package.case_id, package);
  }
  for (pg::Row row : holds) {
    loaded.holds.push_back({row.Uuid(0), row.Texts(1), row.Texts(2), false, row.Texts(3)});
  }
  for (pg::Row row : letters) loaded.letters[std::string(row.Bytes(0))] = row.Int64(1);
  for (pg::Row row : codes) {
    CaseCode code{
        CaseId(row.Uuid(0)), std::string(row.Bytes(1)), std::string(row.Text(2)), row.Int32(3),
        row.Time(4),         row.OptionalTime(5)};
    loaded.codes.emplace(code.case_id, code);
  }
  for (pg::Row row : tries) loaded.tries[CaseId(row.Uuid(0))] = row.Int32(1);
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

// What all of them name, once.
struct Named {
  std::vector<Uuid> cases, tasks, breaches, coded;
  std::vector<std::string> tokens, addresses;
  absl::CivilDay day{1970, 1, 1};
  absl::Time letters_since = absl::InfiniteFuture();
};

Named NamedBy(std::span<const Want* const> wants) {
  Named named;
  for (const Want* want : wants) {
    if (want->case_id) named.cases.push_back(want->case_id->value());
    if (want->task_id) named.tasks.push_back(want->task_id->value());
    if (want->breach_id) named.breaches.push_back(want->breach_id->value());
    if (!want->token_sha256.empty()) named.tokens.push_back(want->token_sha256);
    named.addresses.insert(named.addresses.end(), want->addresses.begin(), want->addresses.end());
    if (want->identity_day && want->case_id) {
      named.coded.push_back(want->case_id->value());
      const calendar::LocalDay today = *want->identity_day;
      named.day = absl::CivilDay(today.year(), today.month(), today.day());
    }
    named.letters_since = std::min(named.letters_since, want->letters_since);
  }
  return named;
}

Asked Ask(pg::Tx& tx, std::span<const Want* const> wants) {
  const Named named = NamedBy(wants);
  Asked asked;
  if (!named.tokens.empty()) {
    asked.links = tx.Enqueue(kLinks, pg::Params().BytesList(named.tokens));
  }
  if (!named.cases.empty() || !named.tasks.empty() || !named.tokens.empty()) {
    const pg::Params all =
        pg::Params().Uuids(named.cases).Uuids(named.tasks).BytesList(named.tokens);
    asked.cases = tx.Enqueue(kCases, all);
    asked.tasks = tx.Enqueue(kTasks, all);
    asked.families = tx.Enqueue(kFamilies, all);
  }
  if (!named.breaches.empty()) {
    asked.breaches = tx.Enqueue(kBreaches, pg::Params().Uuids(named.breaches));
  }
  if (!named.cases.empty()) {
    asked.packages = tx.Enqueue(kPackages, pg::Params().Uuids(named.cases));
  }
  if (!named.addresses.empty()) {
    asked.letters =
        tx.Enqueue(kLetters, pg::Params().BytesList(named.addresses).Time(named.letters_since));
  }
  if (!named.coded.empty()) {
    asked.codes = tx.Enqueue(kCodes, pg::Params().Uuids(named.coded));
    asked.tries = tx.Enqueue(kTries, pg::Params().Uuids(named.coded).Day(named.day));
  }
  for (const Want* want : wants) {
    const bool leases = !want->lease_systems.empty();
    if ((leases || want->holds) && !asked.holds) asked.holds = tx.Enqueue(kHolds, pg::Params());
    if (!leases) continue;
    asked.offered.push_back(tx.Enqueue(kOffered, pg::Params()
                                                     .Texts(want->lease_systems)
                                                     .Int64(int64_t{want->lease_max} + kOfferSpare)
                                                     .Time(want->lease_at)));
  }
  return asked;
}

}  // namespace

absl::StatusOr<std::vector<Facts>> PostgresRequestsStore::LoadFacts(
    pg::Tx& tx, std::span<const Want* const> wants) {
  const Asked asked = Ask(tx, wants);
  RETURN_IF_ERROR(tx.Flush());
  const Loaded loaded = Take(tx, asked);
  std::vector<Facts> facts;
  auto offer = asked.offered.begin();
  for (const Want* want : wants) {
    facts.push_back(Pick(*want, loaded));
    if (want->lease_systems.empty()) continue;
    const pg::Rows rows = tx.Take(*offer++);
    for (pg::Row row : rows) facts.back().offered.push_back(TaskFromRow(row));
  }
  return facts;
}

}  // namespace varsam::requests
