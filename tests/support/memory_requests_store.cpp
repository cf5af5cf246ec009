// Facts and Save of the requests store's twin.
#include "tests/support/memory_requests_store.h"

#include <algorithm>

namespace varsam::requests {
namespace {

constexpr int32_t kOfferSpare = 4;

template <typename Map, typename Key>
auto Found(const Map& map, const Key& key) -> std::optional<typename Map::mapped_type> {
  const auto at = map.find(key);
  if (at == map.end()) return std::nullopt;
  return at->second;
}

bool IsOver(CaseState state) {
  return state == CaseState::kWithdrawn || state == CaseState::kClosedNoIdentity ||
         state == CaseState::kClosed;
}

bool IsAnswered(CaseState state) {
  return IsOver(state) || state == CaseState::kResponded || state == CaseState::kRefused;
}

// A day, and those without one last.
std::pair<bool, calendar::LocalDay> DayOrLast(const std::optional<calendar::LocalDay>& day) {
  return {!day, day.value_or(calendar::LocalDay())};
}

}  // namespace

std::vector<Task> MemoryRequestsStore::TasksOf(const CaseId& id) const {
  std::vector<Task> tasks;
  for (const auto& [task_id, task] : committed().tasks) {
    if (task.case_id == id) tasks.push_back(task);
  }
  std::stable_sort(tasks.begin(), tasks.end(),
                   [](const Task& a, const Task& b) { return a.created_at < b.created_at; });
  return tasks;
}

CaseFile MemoryRequestsStore::FileOf(const Case& c) const {
  CaseFile file{.c = c, .tasks = TasksOf(c.id)};
  for (const auto& [id, other] : committed().cases) {
    if (other.parent == c.id) {
      ++file.children;
      file.children_open += !IsOver(other.state);
    }
    const bool sibling = c.parent && other.parent == c.parent && c.right != Right::kAccess;
    if (sibling && other.right == Right::kAccess && !IsAnswered(other.state)) {
      file.access_together_open = true;
    }
  }
  return file;
}

void MemoryRequestsStore::PickIdentity(const Want& want, const std::optional<CaseId>& id,
                                       Facts& facts) const {
  if (want.case_id && want.identity_day && want.case_id == id) {
    facts.code = Found(committed().codes, *id);
    if (facts.file && facts.file->c.candidate) {
      const std::pair key(*facts.file->c.candidate, *want.identity_day);
      facts.identity_tries = Found(committed().tries, key).value_or(0);
    }
  }
  for (const auto& [mail_id, mail] : committed().mails) {
    const bool unasked =
        mail.kind == "confirm" || mail.kind == "notice" || mail.kind == "acknowledged";
    const bool asked = std::find(want.addresses.begin(), want.addresses.end(), mail.to_index) !=
                       want.addresses.end();
    if (unasked && asked && mail.made_at > want.letters_since) ++facts.letters[mail.to_index];
  }
}

Facts MemoryRequestsStore::Pick(const Want& want) const {
  Facts facts;
  std::optional<CaseId> id = want.case_id;
  if (want.task_id) {
    facts.task = Found(committed().tasks, *want.task_id);
    if (facts.task && facts.task->case_id) id = facts.task->case_id;
  }
  if (!want.token_sha256.empty()) {
    facts.link = Found(committed().links, want.token_sha256);
    if (!id && facts.link) id = facts.link->case_id;
  }
  if (id) {
    if (const auto c = Found(committed().cases, *id)) facts.file = FileOf(*c);
    if (want.case_id == id) facts.package = Found(committed().packages, *id);
  }
  if (want.breach_id) facts.breach = Found(committed().breaches, *want.breach_id);
  PickIdentity(want, id, facts);
  for (const auto& [hold_id, hold] : committed().holds) {
    const bool wanted = want.holds || !want.lease_systems.empty();
    if (wanted && !hold.released) facts.holds.push_back(hold);
  }
  if (!want.lease_systems.empty()) PickOffers(want, facts);
  return facts;
}

void MemoryRequestsStore::PickOffers(const Want& want, Facts& facts) const {
  for (const auto& [task_id, task] : committed().tasks) {
    const bool asked = std::find(want.lease_systems.begin(), want.lease_systems.end(),
                                 task.system) != want.lease_systems.end();
    const bool held = std::any_of(facts.holds.begin(), facts.holds.end(),
                                  [&](const Hold& hold) { return Blocks(hold, task); });
    const bool now = task.available_at <= want.lease_at && !held;
    if (asked && now && task.state == TaskState::kOpen && !task.manual) {
      facts.offered.push_back(task);
    }
  }
  std::sort(facts.offered.begin(), facts.offered.end(), [](const Task& a, const Task& b) {
    return std::tuple(DayOrLast(a.due_date), a.created_at) <
           std::tuple(DayOrLast(b.due_date), b.created_at);
  });
  std::map<std::string, int32_t> offered;
  std::erase_if(facts.offered, [&](const Task& task) {
    return ++offered[task.system] > want.lease_max + kOfferSpare;
  });
}

absl::StatusOr<std::vector<Facts>> MemoryRequestsStore::LoadFacts(
    pg::Tx&, std::span<const Want* const> wants) {
  std::vector<Facts> facts;
  for (const Want* want : wants) facts.push_back(Pick(*want));
  return facts;
}

void MemoryRequestsStore::SaveCases(const Changes& changes) {
  MemoryRequestsTables& tables = staged();
  for (const Case& c : changes.cases) {
    const auto before = Found(tables.cases, c.id);
    Case& row = tables.cases[c.id];
    row = c;
    // How it came never changes.
    if (before)
      std::tie(row.parent, row.received_at) = std::tie(before->parent, before->received_at);
  }
  tables.events.insert(tables.events.end(), changes.events.begin(), changes.events.end());
  for (const SealedText& text : changes.texts) {
    tables.texts[{text.case_id, text.name}] = text.sealed;
  }
  for (const Link& link : changes.new_links) InsertNew(tables.links, link.token_sha256, link);
  for (const std::string& token : changes.consumed_links) {
    const auto link = tables.links.find(token);
    if (link == tables.links.end() || link->second.consumed_at) {
      Refuse(ErrorWithReason(absl::StatusCode::kInvalidArgument, "DATA_REJECTED",
                             "the link has been used"));
      continue;
    }
    link->second.consumed_at = changes.at;
  }
}

void MemoryRequestsStore::SaveIdentity(const Changes& changes) {
  MemoryRequestsTables& tables = staged();
  if (changes.code && changes.code_used) {
    const auto code = tables.codes.find(changes.code->case_id);
    if (code == tables.codes.end() || code->second.used_at ||
        code->second.code_mac != changes.code->code_mac) {
      Refuse(ErrorWithReason(absl::StatusCode::kInvalidArgument, "DATA_REJECTED",
                             "the code has been used"));
    } else {
      code->second.used_at = changes.code->used_at;
    }
  } else if (changes.code) {
    if (changes.code->tries < 0 || changes.code->tries > kCodeTriesMax) {
      Refuse(ErrorWithReason(absl::StatusCode::kInvalidArgument, "DATA_REJECTED",
                             "the code has been tried too often"));
    }
    tables.codes[changes.code->case_id] = *changes.code;
    tables.codes[changes.code->case_id].used_at.reset();
  }
  if (changes.identity_try) ++tables.tries[{*changes.identity_try, changes.identity_day}];
}

void MemoryRequestsStore::SaveTasks(const Changes& changes) {
  MemoryRequestsTables& tables = staged();
  for (const Task& task : changes.tasks) tables.tasks[task.id] = task;
  for (const UploadChunk& chunk : changes.chunks) {
    tables.chunks.emplace(std::tuple(chunk.task, chunk.fence, chunk.offset), chunk);
  }
  if (const auto& digest = changes.upload_digest) {
    tables.digests.emplace(std::pair(digest->task, digest->fence), digest->sha256);
  }
  for (const ServedSystem& served : changes.served) tables.served[served.system] = served;
  for (auto& [id, task] : tables.tasks) {
    const bool opened = std::find(changes.opened_systems.begin(), changes.opened_systems.end(),
                                  task.system) != changes.opened_systems.end();
    if (opened && task.state == TaskState::kOpen && task.question.empty()) task.manual = false;
  }
}

void MemoryRequestsStore::SaveMails(const Changes& changes) {
  MemoryRequestsTables& tables = staged();
  for (const OutgoingMail& mail : changes.mails) tables.mails[mail.id] = mail;
  for (const IncomingMail& mail : changes.incoming) {
    const auto known = tables.incoming.find(mail.id);
    if (known == tables.incoming.end()) {
      InsertNew(tables.uids, {mail.uid_validity, mail.uid}, mail.id);
      tables.incoming.emplace(mail.id, mail);
      continue;
    }
    known->second.state = mail.state;
    known->second.message_id_sha256 = mail.message_id_sha256;
    known->second.case_id = mail.case_id;
    known->second.reason = mail.reason;
  }
}

void MemoryRequestsStore::SavePackages(const Changes& changes) {
  MemoryRequestsTables& tables = staged();
  for (const CaseId& id : changes.dropped_packages) {
    tables.packages.erase(id);
    std::erase_if(tables.package_chunks, [&](auto& one) { return std::get<0>(one.first) == id; });
  }
  if (changes.package) tables.packages[changes.package->case_id] = *changes.package;
  for (const PackageChunk& chunk : changes.package_chunks) {
    tables.package_chunks[{chunk.case_id, chunk.format, chunk.part}] = chunk.sealed;
  }
}

void MemoryRequestsStore::Save(pg::Tx&, std::span<const Changes* const> outcomes) {
  for (const Changes* changes : outcomes) SaveOne(*changes);
}

void MemoryRequestsStore::SaveOne(const Changes& changes) {
  SaveCases(changes);
  SaveIdentity(changes);
  SaveTasks(changes);
  SaveMails(changes);
  SavePackages(changes);
  MemoryRequestsTables& tables = staged();
  if (changes.cursor) tables.cursors[changes.cursor->feed] = changes.cursor->next_index;
  if (changes.policy_bytes) tables.policy = changes.policy_bytes;
  for (const Hold& hold : changes.holds) tables.holds[hold.id] = hold;
  if (changes.breach) {
    const auto before = Found(tables.breaches, changes.breach->id);
    Breach& row = tables.breaches[changes.breach->id];
    row = *changes.breach;
    if (before) row.aware_at = before->aware_at;
  }
}

}  // namespace varsam::requests
