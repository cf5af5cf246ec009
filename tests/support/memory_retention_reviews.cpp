// Reviews, simulations, counts and backup sets of the twin.
#include <algorithm>
#include <set>

#include "libs/calendar/stockholm.h"
#include "tests/support/memory_retention_store.h"

namespace varsam::retention {

void MemoryRetentionStore::SaveHeard(pg::Tx&, const HeardAt& heard) {
  for (const auto& [system, at] : heard) {
    absl::Time& last = staged().heard.emplace(system, absl::InfinitePast()).first->second;
    if (last < at - absl::Hours(1)) last = at;
  }
}

absl::StatusOr<SettlePeopleFacts> MemoryRetentionStore::LoadWaiting(pg::Tx&,
                                                                    const SubjectId& after) {
  SettlePeopleFacts facts;
  facts.catalogue = Compiled();
  facts.holds = Holds();
  facts.heard = committed().heard;
  std::vector<SubjectId> subjects;
  const auto& waiting = committed().waiting;
  for (auto at = waiting.upper_bound(after); at != waiting.end(); ++at) {
    if (facts.waiting.size() == static_cast<size_t>(kSettlePeopleMax)) break;
    facts.waiting.push_back({at->first, at->second});
    subjects.push_back(at->first);
    for (const auto& [id, item] : committed().items) {
      if (item.run == at->second && item.subject == at->first) facts.items.push_back(item);
    }
    const auto run = committed().runs.find(at->second);
    if (run != committed().runs.end()) facts.runs.push_back(run->second);
  }
  facts.people = FindList(subjects);
  return facts;
}

void MemoryRetentionStore::Save(pg::Tx&, const SettlePeopleOutcome& outcome,
                                std::span<const StoredCertificate> certificates) {
  for (const StoredCertificate& one : certificates) {
    InsertNew(staged().certificates, one.id, one);
  }
  for (const SubjectId& id : outcome.settled) staged().waiting.erase(id);
}

absl::StatusOr<std::string> MemoryRetentionStore::ReadWaitingStamp(pg::Connection&) {
  if (committed().waiting.empty()) return std::string();
  size_t released = 0;
  for (const auto& [id, hold] : committed().holds) released += hold.released_at.has_value();
  return std::to_string(committed().heard.size()) + "/" + std::to_string(released);
}

absl::StatusOr<CancelDisposalRunFacts> MemoryRetentionStore::LoadFacts(
    pg::Tx&, const CancelDisposalRun& ask) {
  CancelDisposalRunFacts facts;
  const auto run = committed().runs.find(ask.run);
  if (run != committed().runs.end()) facts.run = run->second;
  for (const auto& [id, item] : committed().items) {
    if (item.run == ask.run && item.state == DisposalState::kBlocked) {
      facts.blocked.push_back(item);
    }
  }
  return facts;
}

absl::StatusOr<OpenReviewFacts> MemoryRetentionStore::LoadFacts(pg::Tx&, const OpenReview& ask) {
  return OpenReviewFacts{{Compiled(), Find(Having([&](const Field& field) {
                            return field.key.system == ask.system && !field.item &&
                                   field.standing.due_on && *field.standing.due_on > ask.today;
                          }))}};
}

absl::StatusOr<SignReviewFacts> MemoryRetentionStore::LoadFacts(pg::Tx&, const SignReview& ask) {
  SignReviewFacts facts;
  const auto found = committed().reviews.find(ask.review);
  if (found == committed().reviews.end()) return facts;
  facts.review = found->second;
  facts.people = {Compiled(), Find(found->second.people)};
  return facts;
}

void MemoryRetentionStore::Save(pg::Tx&, const CancelDisposalRunOutcome& outcome) {
  SaveRuns(std::span(&outcome.run, 1));
  SaveItems(outcome.items);
}

void MemoryRetentionStore::Save(pg::Tx& tx, const ReviewOutcome& outcome) {
  staged().reviews[outcome.review.id] = outcome.review;
  Save(tx, std::span<const PersonRecords>(outcome.changed));
}

absl::StatusOr<SimulationPage> MemoryRetentionStore::LoadSimulation(
    pg::Tx&, const std::vector<std::string>& systems, const SubjectId& after, int people_max) {
  SimulationPage page;
  page.holds = Holds();
  std::vector<SubjectId> people = Having([&](const Field& field) {
    return after < field.key.subject &&
           std::find(systems.begin(), systems.end(), field.key.system) != systems.end();
  });
  if (people.size() >= static_cast<size_t>(people_max)) {
    people.resize(static_cast<size_t>(people_max));
    page.next_after = people.back();
  }
  page.people = FindList(people);
  return page;
}

absl::StatusOr<std::vector<Backup>> MemoryRetentionStore::ReadBackups(pg::Connection&,
                                                                      const std::string& target,
                                                                      calendar::LocalDay today) {
  std::vector<Backup> sets;
  for (const auto& [id, one] : committed().backups) {
    if ((target.empty() || one.target == target) && one.expires_on >= today) sets.push_back(one);
  }
  std::stable_sort(sets.begin(), sets.end(),
                   [](const Backup& a, const Backup& b) { return a.taken_at > b.taken_at; });
  return sets;
}

absl::StatusOr<std::vector<Review>> MemoryRetentionStore::ReadReviews(pg::Connection&,
                                                                      const std::string& system,
                                                                      int rows_max) {
  std::vector<Review> reviews;
  for (const auto& [id, one] : committed().reviews) {
    if (system.empty() || one.system == system) reviews.push_back(one);
  }
  std::stable_sort(reviews.begin(), reviews.end(),
                   [](const Review& a, const Review& b) { return a.opened_at > b.opened_at; });
  if (reviews.size() > static_cast<size_t>(rows_max)) {
    reviews.resize(static_cast<size_t>(rows_max));
  }
  return reviews;
}

absl::StatusOr<std::vector<StatisticsCell>> MemoryRetentionStore::ReadCounts(pg::Connection&) {
  std::map<std::pair<std::string, std::string>, std::set<SubjectId>> people;
  for (const auto& [key, field] : committed().fields) {
    if (!field.disposed_at) people[{key.system, key.category}].insert(key.subject);
  }
  std::vector<StatisticsCell> cells;
  for (const auto& [cell, who] : people) {
    cells.push_back({cell.first, cell.second, who.size(), false});
  }
  return cells;
}

absl::StatusOr<bool> MemoryRetentionStore::ForgetReplay(pg::Connection&, absl::Time before) {
  const calendar::LocalDay day = calendar::LocalDayOf(before);
  std::erase_if(staged().backups, [&](const auto& row) { return row.second.expires_on < day; });
  std::erase_if(staged().replay, [&](const auto& row) { return row.second.at < before; });
  return false;
}

}  // namespace varsam::retention
