// The reads of the requests store's twin.
#include <algorithm>
#include <charconv>

#include "libs/base/error.h"
#include "tests/support/memory_requests_store.h"

namespace varsam::requests {
namespace {

absl::Status Unknown(std::string_view reason) {
  return ErrorWithReason(absl::StatusCode::kNotFound, reason, "there is no such thing");
}

// The rows of a table for which `wanted` holds, at most rows_max, in the order of `key`.
template <typename Map, typename Wanted, typename Key>
auto Sorted(const Map& table, Wanted wanted, Key key, size_t rows_max) {
  std::vector<typename Map::mapped_type> rows;
  for (const auto& [id, row] : table) {
    if (wanted(row)) rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const auto& a, const auto& b) { return key(a) < key(b); });
  if (rows.size() > rows_max) rows.resize(rows_max);
  return rows;
}

template <typename List, typename Value>
bool Holds(const List& list, const Value& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

CaseView MemoryRequestsStore::ViewOf(const Case& c) const {
  CaseView view{.file = {.c = c, .tasks = TasksOf(c.id)}};
  for (const HistoryEntry& event : committed().events) {
    if (event.case_id == c.id) view.events.push_back(event);
  }
  return view;
}

absl::StatusOr<CaseView> MemoryRequestsStore::ReadCase(pg::Connection&, CaseId id) {
  const auto found = committed().cases.find(id);
  if (found == committed().cases.end()) return Unknown("CASE_UNKNOWN");
  return ViewOf(found->second);
}

absl::StatusOr<Task> MemoryRequestsStore::ReadTask(pg::Connection&, TaskId id) {
  const auto found = committed().tasks.find(id);
  if (found == committed().tasks.end()) return Unknown("TASK_UNKNOWN");
  return found->second;
}

absl::StatusOr<std::vector<CaseView>> MemoryRequestsStore::ReadCases(pg::Connection&,
                                                                     const ListFilter& filter,
                                                                     std::string* next_page) {
  size_t offset = 0;
  const char* const end = filter.after.data() + filter.after.size();
  if (!filter.after.empty()) {
    const auto [stop, error] = std::from_chars(filter.after.data(), end, offset);
    if (error != std::errc() || stop != end) return InvalidField("page_token", "not one of ours");
  }
  const auto wanted = [&](const Case& c) {
    const bool state =
        filter.states.empty() || Holds(filter.states, static_cast<int32_t>(c.state) + 1);
    return state && (!filter.subject || c.subject == filter.subject) &&
           (!filter.only || c.id == *filter.only);
  };
  const auto due = [](const Case& c) { return std::pair(!c.due_date, c.due_date); };
  const auto rows = Sorted(committed().cases, wanted, due, committed().cases.size());
  std::vector<CaseView> views;
  for (size_t i = offset; i < rows.size(); ++i) {
    if (views.size() == static_cast<size_t>(filter.rows_max)) {
      *next_page = std::to_string(i);
      break;
    }
    views.push_back(ViewOf(rows[i]));
  }
  return views;
}

absl::StatusOr<std::optional<std::string>> MemoryRequestsStore::ReadText(pg::Connection&, CaseId id,
                                                                         const std::string& name) {
  const auto found = committed().texts.find({id, name});
  if (found == committed().texts.end()) return std::optional<std::string>();
  return std::optional<std::string>(found->second);
}

absl::StatusOr<std::optional<CaseId>> MemoryRequestsStore::FindLinkCase(
    pg::Connection&, const std::string& token_sha256) {
  const auto found = committed().links.find(token_sha256);
  if (found == committed().links.end()) return std::optional<CaseId>();
  return std::optional(found->second.case_id);
}

absl::StatusOr<std::optional<Package>> MemoryRequestsStore::ReadPackage(pg::Connection&,
                                                                        CaseId id) {
  const auto found = committed().packages.find(id);
  if (found == committed().packages.end()) return std::optional<Package>();
  return std::optional(found->second);
}

absl::StatusOr<std::vector<std::string>> MemoryRequestsStore::ReadPackageChunks(
    pg::Connection&, CaseId id, const std::string& format, int32_t from, int32_t parts_max) {
  std::vector<std::string> chunks;
  for (const auto& [key, sealed] : committed().package_chunks) {
    const bool wanted =
        std::get<0>(key) == id && std::get<1>(key) == format && std::get<2>(key) >= from;
    if (wanted && chunks.size() < static_cast<size_t>(parts_max)) chunks.push_back(sealed);
  }
  return chunks;
}

absl::StatusOr<std::vector<UploadChunk>> MemoryRequestsStore::ReadUpload(pg::Connection&, TaskId id,
                                                                         int64_t fence,
                                                                         int64_t from,
                                                                         int32_t chunks_max) {
  std::vector<UploadChunk> chunks;
  for (const auto& [key, chunk] : committed().chunks) {
    const bool wanted = chunk.task == id && chunk.fence == fence && chunk.offset >= from;
    if (wanted && chunks.size() < static_cast<size_t>(chunks_max)) chunks.push_back(chunk);
  }
  return chunks;
}

absl::StatusOr<std::optional<std::string>> MemoryRequestsStore::ReadUploadDigest(pg::Connection&,
                                                                                 TaskId id,
                                                                                 int64_t fence) {
  const auto found = committed().digests.find({id, fence});
  if (found == committed().digests.end()) return std::optional<std::string>();
  return std::optional(found->second);
}

absl::StatusOr<int64_t> MemoryRequestsStore::ReadUploadEnd(pg::Connection& connection, TaskId id,
                                                           int64_t fence) {
  int64_t end = 0;
  for (const auto& [key, chunk] : committed().chunks) {
    if (chunk.task == id && chunk.fence == fence) end = std::max(end, chunk.offset + chunk.length);
  }
  return end;
}

absl::StatusOr<std::vector<ServedSystem>> MemoryRequestsStore::ReadServed(pg::Connection&) {
  std::vector<ServedSystem> served;
  for (const auto& [system, one] : committed().served) served.push_back(one);
  return served;
}

absl::StatusOr<std::vector<Breach>> MemoryRequestsStore::ReadBreaches(
    pg::Connection&, std::optional<BreachId> only) {
  auto breaches = Sorted(
      committed().breaches, [&](const Breach& one) { return !only || one.id == *only; },
      [](const Breach& one) { return -absl::ToUnixMicros(one.aware_at); }, kPageRowsMax);
  if (only && breaches.empty()) return Unknown("BREACH_UNKNOWN");
  return breaches;
}

absl::StatusOr<std::map<std::string, int64_t>> MemoryRequestsStore::CountRecent(
    pg::Connection&, std::span<const std::string> systems, absl::Time since) {
  std::map<std::string, int64_t> counts;
  for (const auto& [id, task] : committed().tasks) {
    const bool recent = task.state == TaskState::kLeased ||
                        (task.finished_at.has_value() && *task.finished_at > since);
    if (recent && Holds(systems, task.system)) ++counts[task.system];
  }
  return counts;
}

absl::StatusOr<bool> MemoryRequestsStore::AnyLeasable(pg::Connection&,
                                                      std::span<const std::string> systems,
                                                      absl::Time now) {
  return std::any_of(committed().tasks.begin(), committed().tasks.end(), [&](const auto& row) {
    const Task& task = row.second;
    return task.state == TaskState::kOpen && !task.manual && task.available_at <= now &&
           Holds(systems, task.system);
  });
}

absl::StatusOr<std::vector<Case>> MemoryRequestsStore::ReadDueSteps(pg::Connection&,
                                                                    absl::Time now) {
  return Sorted(
      committed().cases, [&](const Case& c) { return c.step != Step::kNone && c.step_at <= now; },
      [](const Case& c) { return std::pair(c.due_date, c.step_at); }, kWorkerBatchMax);
}

absl::StatusOr<std::vector<TaskId>> MemoryRequestsStore::ReadLapsed(pg::Connection&,
                                                                    absl::Time now) {
  std::vector<TaskId> ids;
  for (const Task& task : Sorted(
           committed().tasks,
           [&](const Task& one) {
             return one.state == TaskState::kLeased && one.lease_until && *one.lease_until < now;
           },
           [](const Task& one) { return *one.lease_until; }, kWorkerBatchMax)) {
    ids.push_back(task.id);
  }
  return ids;
}

absl::StatusOr<std::vector<OutgoingMail>> MemoryRequestsStore::ReadWaitingMails(pg::Connection&,
                                                                                absl::Time now) {
  return Sorted(
      committed().mails,
      [&](const OutgoingMail& one) { return !one.sent_at && !one.given_up && one.send_at <= now; },
      [](const OutgoingMail& one) { return one.send_at; }, kWorkerBatchMax);
}

absl::StatusOr<std::vector<IncomingMail>> MemoryRequestsStore::ReadArrivedMails(pg::Connection&) {
  return Sorted(
      committed().incoming, [](const IncomingMail& one) { return one.state == "arrived"; },
      [](const IncomingMail& one) { return one.arrived_at; }, kWorkerBatchMax);
}

absl::StatusOr<std::vector<SealedText>> MemoryRequestsStore::ReadMessages(pg::Connection&,
                                                                          CaseId id) {
  std::vector<std::pair<std::string, SealedText>> found;
  for (const auto& [key, sealed] : committed().texts) {
    const std::string& name = key.second;
    const bool message = name == "message" || name.starts_with("message/");
    if (key.first != id || (!message && !name.starts_with("reply/"))) continue;
    const size_t slash = name.find('/');
    found.push_back({slash == name.npos ? "" : name.substr(slash + 1), {id, name, sealed}});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<SealedText> texts;
  for (auto& [order, text] : found) texts.push_back(std::move(text));
  return texts;
}

absl::StatusOr<bool> MemoryRequestsStore::ReadLetterSent(pg::Connection&, CaseId id,
                                                         const std::string& kind) {
  return std::any_of(committed().mails.begin(), committed().mails.end(), [&](const auto& row) {
    return row.second.case_id == id && row.second.kind == kind && row.second.sent_at;
  });
}

absl::StatusOr<std::vector<IncomingMail>> MemoryRequestsStore::ReadIncomingMails(
    pg::Connection&, const std::string& state, const std::string& after, int32_t rows_max) {
  std::optional<Uuid> before;
  if (!after.empty()) {
    before = Uuid::Parse(after);
    if (!before) return InvalidField("page_token", "not one of ours");
  }
  std::vector<IncomingMail> mails;
  for (auto row = committed().incoming.rbegin(); row != committed().incoming.rend(); ++row) {
    if (before && !(row->first < *before)) continue;
    if (!state.empty() && row->second.state != state) continue;
    if (mails.size() == static_cast<size_t>(rows_max)) break;
    mails.push_back(row->second);
    mails.back().sealed_raw.clear();
    mails.back().message_id_sha256.clear();
  }
  return mails;
}

absl::StatusOr<IncomingMail> MemoryRequestsStore::ReadIncomingMail(pg::Connection&, Uuid id) {
  const auto found = committed().incoming.find(id);
  if (found == committed().incoming.end()) return Unknown("MAIL_UNKNOWN");
  return found->second;
}

absl::StatusOr<int64_t> MemoryRequestsStore::ReadLastUid(pg::Connection&, int64_t uid_validity) {
  int64_t last = 0;
  for (const auto& [key, id] : committed().uids) {
    if (key.first == uid_validity) last = std::max(last, key.second);
  }
  return last;
}

absl::StatusOr<std::optional<CaseId>> MemoryRequestsStore::FindThread(
    pg::Connection&, std::span<const std::string> message_id_sha256) {
  const auto mails = Sorted(
      committed().incoming,
      [&](const IncomingMail& one) {
        return one.case_id && Holds(message_id_sha256, one.message_id_sha256);
      },
      [](const IncomingMail& one) { return one.arrived_at; }, committed().incoming.size());
  if (mails.empty()) return std::optional<CaseId>();
  return mails.back().case_id;
}

absl::StatusOr<std::vector<CaseId>> MemoryRequestsStore::ReadSplitDone(pg::Connection&) {
  std::vector<CaseId> ids;
  for (const auto& [id, c] : committed().cases) {
    const CaseFile file = FileOf(c);
    if (c.state != CaseState::kTriage || file.children == 0 || file.children_open > 0) continue;
    if (ids.size() < static_cast<size_t>(kWorkerBatchMax)) ids.push_back(id);
  }
  return ids;
}

absl::StatusOr<std::vector<Package>> MemoryRequestsStore::ReadExpiredPackages(pg::Connection&,
                                                                              absl::Time now) {
  return Sorted(
      committed().packages,
      [&](const Package& one) {
        const bool going_on = one.next_part > 0 && one.ticket_at > now - kDownloadTimeMax;
        return one.expires_at <= now || (one.downloads >= kPackageDownloadsMax && !going_on);
      },
      [](const Package& one) { return one.case_id; }, kWorkerBatchMax);
}

absl::StatusOr<std::vector<Task>> MemoryRequestsStore::ReadFinishedSince(pg::Connection&,
                                                                         const std::string& system,
                                                                         absl::Time since) {
  return Sorted(
      committed().tasks,
      [&](const Task& one) {
        const bool destructive = one.action == TaskAction::kRectify ||
                                 one.action == TaskAction::kRestrict ||
                                 one.action == TaskAction::kErase;
        return destructive && one.system == system && one.state == TaskState::kFinished &&
               one.finished_at && *one.finished_at > since;
      },
      [](const Task& one) { return *one.finished_at; }, committed().tasks.size());
}

absl::StatusOr<std::vector<Task>> MemoryRequestsStore::ReadRunTasks(pg::Connection&, Uuid run,
                                                                    std::span<const Uuid> ids) {
  return Sorted(
      committed().tasks,
      [&](const Task& one) { return one.run_id == run && Holds(ids, one.id.value()); },
      [](const Task& one) { return one.id; }, committed().tasks.size());
}

absl::StatusOr<int64_t> MemoryRequestsStore::ReadCursor(pg::Connection&, const std::string& feed) {
  const auto found = committed().cursors.find(feed);
  return found == committed().cursors.end() ? 0 : found->second;
}

absl::StatusOr<std::optional<std::string>> MemoryRequestsStore::ReadPolicy(pg::Connection&) {
  return committed().policy;
}

}  // namespace varsam::requests
