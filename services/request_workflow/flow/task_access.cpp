#include "services/request_workflow/flow/task_access.h"

#include <algorithm>
#include <map>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/request_workflow/domain/system_gate.h"
#include "services/request_workflow/domain/task_decisions.h"

namespace varsam::requests {
namespace {

constexpr int32_t kUploadChunksAtOnce = 2;

std::string ChunkRow(TaskId id, int64_t fence, int64_t offset) {
  return id.ToString() + "|" + std::to_string(fence) + "|" + std::to_string(offset);
}

// The systems of `wanted` with their declared identifier types; all that the peer introduced when
// empty.
absl::StatusOr<std::vector<ServedSystem>> Introduced(const ServiceParts& parts,
                                                     pg::Connection& connection,
                                                     const std::string& peer,
                                                     const std::vector<std::string>& wanted) {
  ASSIGN_OR_RETURN(std::vector<ServedSystem> all, parts.store.ReadServed(connection));
  std::vector<ServedSystem> mine;
  for (const ServedSystem& served : all) {
    const bool asked =
        wanted.empty() || std::find(wanted.begin(), wanted.end(), served.system) != wanted.end();
    if (served.connector == peer && asked) mine.push_back(served);
  }
  if (mine.size() < wanted.size()) {
    return ErrorWithReason(absl::StatusCode::kPermissionDenied, "SYSTEM_NOT_INTRODUCED",
                           "this connector has not introduced that system");
  }
  return mine;
}

struct Openings {
  std::vector<std::string> systems;
  uint32_t most = 0;
};

// The systems that bear tasks now, and how many of them in this call: the narrowest cap counts for
// all, the next call asks again.
absl::StatusOr<Openings> OpenSystems(const ServiceParts& parts, pg::Connection& connection,
                                     const std::vector<ServedSystem>& served, uint32_t most) {
  const absl::Time now = parts.clock.Now();
  std::vector<std::string> capped;
  for (const ServedSystem& one : served) {
    if (one.tasks_per_hour_max > 0) capped.push_back(one.system);
  }
  std::map<std::string, int64_t> recent;
  if (!capped.empty()) {
    ASSIGN_OR_RETURN(recent, parts.store.CountRecent(connection, capped, now - absl::Hours(1)));
  }
  Openings open{{}, most};
  for (const ServedSystem& one : served) {
    const int64_t room = RoomFor(one.tasks_per_hour_max, recent[one.system]);
    if (IsClosed(one.closed, now) || room == 0) continue;
    open.most = static_cast<uint32_t>(std::min<int64_t>(open.most, room));
    open.systems.push_back(one.system);
  }
  return open;
}

// Opens one sealed message that belongs to a task's person; an absent one is empty.
template <typename Message>
absl::StatusOr<Message> OpenMessage(const ServiceParts& parts, pg::Connection& connection,
                                    const Uuid& holder, const std::string& name) {
  Message message;
  ASSIGN_OR_RETURN(std::optional<std::string> sealed,
                   parts.store.ReadText(connection, CaseId(holder), name));
  if (!sealed) return message;
  ASSIGN_OR_RETURN(Personal<std::string> opened, parts.texts.Open(CaseId(holder), name, *sealed));
  message.ParseFromString(opened.Reveal());
  return message;
}

absl::StatusOr<cv1::LeasedTask> RenderLease(const ServiceParts& parts, pg::Connection& connection,
                                            TaskId id, const std::vector<ServedSystem>& served) {
  ASSIGN_OR_RETURN(const Task task, parts.store.ReadTask(connection, id));
  ASSIGN_OR_RETURN(auto subject,
                   OpenMessage<cv1::TaskSubject>(parts, connection, IdentityHolderOf(task),
                                                 "subject_identifiers"));
  cv1::RectifyAction changes;
  if (task.case_id && task.action != TaskAction::kExport) {
    ASSIGN_OR_RETURN(changes, OpenMessage<cv1::RectifyAction>(parts, connection,
                                                              task.case_id->value(), "changes"));
  }
  for (const ServedSystem& system : served) {
    if (system.system == task.system) subject = OnlyTypes(subject, system.identifier_types);
  }
  return ToLeasedTask(task, subject, changes);
}

}  // namespace

Uuid IdentityHolderOf(const Task& task) {
  if (task.case_id) return task.case_id->value();
  return task.verifies.value_or(task.id).value();
}

absl::StatusOr<std::vector<cv1::LeasedTask>> LeaseFor(const ServiceParts& parts,
                                                      const std::string& peer,
                                                      std::vector<std::string> systems,
                                                      uint32_t tasks_max) {
  const uint32_t most = std::clamp<uint32_t>(tasks_max, 1, kLeaseTasksMax);
  std::vector<cv1::LeasedTask> leases;
  std::vector<ServedSystem> served;
  LeaseTasks ask{peer, most, {}};
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts.pool.Acquire(kPoolWait));
    ASSIGN_OR_RETURN(served, Introduced(parts, *lease, peer, systems));
    ASSIGN_OR_RETURN(const Openings open, OpenSystems(parts, *lease, served, most));
    ask.systems = open.systems;
    ask.tasks_max = open.most;
    if (ask.systems.empty()) return leases;
    ASSIGN_OR_RETURN(const bool any,
                     parts.store.AnyLeasable(*lease, ask.systems, parts.clock.Now()));
    if (!any) return leases;
  }
  ASSIGN_OR_RETURN(const std::vector<TaskId> granted, parts.leases.Lease(std::move(ask)));
  if (granted.empty()) return leases;
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts.pool.Acquire(kPoolWait));
  for (const TaskId& id : granted) {
    ASSIGN_OR_RETURN(cv1::LeasedTask one, RenderLease(parts, *lease, id, served));
    leases.push_back(std::move(one));
  }
  return leases;
}

absl::StatusOr<Task> ReadTask(const ServiceParts& parts, TaskId id) {
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts.pool.Acquire(kPoolWait));
  return parts.store.ReadTask(*lease, id);
}

std::vector<std::string> TaskKeys(const Task& task) {
  std::vector<std::string> keys = {"task/" + task.id.ToString()};
  if (task.case_id) keys.push_back("case/" + task.case_id->ToString());
  return keys;
}

Uuid KeyHolderOf(const Task& task) {
  if (task.case_id) return task.case_id->value();
  return task.subject ? task.subject->value() : task.id.value();
}

absl::StatusOr<UploadChunk> SealChunk(const ServiceParts& parts, const Task& task, int64_t fence,
                                      int64_t offset, std::string_view bytes) {
  ASSIGN_OR_RETURN(
      std::string sealed,
      parts.texts.SealIn("task_chunk", ChunkRow(task.id, fence, offset), KeyHolderOf(task), bytes));
  return UploadChunk{task.id, fence, offset, static_cast<int64_t>(bytes.size()), std::move(sealed)};
}

absl::Status ReadUploaded(const ServiceParts& parts, const Task& task, int64_t fence, int64_t until,
                          const std::function<absl::Status(std::string_view)>& take) {
  for (int64_t at = 0; at < until;) {
    std::vector<UploadChunk> chunks;
    {
      ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts.pool.Acquire(kPoolWait));
      ASSIGN_OR_RETURN(chunks,
                       parts.store.ReadUpload(*lease, task.id, fence, at, kUploadChunksAtOnce));
    }
    if (chunks.empty()) return absl::OkStatus();
    for (const UploadChunk& chunk : chunks) {
      if (chunk.offset >= until) return absl::OkStatus();
      if (chunk.offset != at) {
        return ErrorWithReason(absl::StatusCode::kDataLoss, "UPLOAD_BROKEN", "a part is missing");
      }
      ASSIGN_OR_RETURN(Personal<std::string> part,
                       parts.texts.OpenIn("task_chunk", ChunkRow(task.id, fence, chunk.offset),
                                          KeyHolderOf(task), chunk.sealed));
      RETURN_IF_ERROR(take(part.Reveal()));
      at += chunk.length;
    }
  }
  return absl::OkStatus();
}

}  // namespace varsam::requests
