#include "services/request_workflow/rpc/task_access.h"

#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::requests {
namespace {

std::string ChunkRow(TaskId id, int64_t fence, int64_t offset) {
  return id.ToString() + "|" + std::to_string(fence) + "|" + std::to_string(offset);
}

}  // namespace

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
  ASSIGN_OR_RETURN(std::string sealed,
                   parts.texts.SealIn("task_chunk", ChunkRow(task.id, fence, offset),
                                      KeyHolderOf(task), bytes));
  return UploadChunk{task.id, fence, offset, static_cast<int64_t>(bytes.size()),
                     std::move(sealed)};
}

absl::StatusOr<std::string> ReadUploaded(const ServiceParts& parts, pg::Connection& connection,
                                         const Task& task, int64_t fence) {
  ASSIGN_OR_RETURN(std::vector<UploadChunk> chunks,
                   parts.store.ReadUpload(connection, task.id, fence));
  std::string whole;
  for (const UploadChunk& chunk : chunks) {
    if (chunk.offset != static_cast<int64_t>(whole.size())) {
      return ErrorWithReason(absl::StatusCode::kDataLoss, "UPLOAD_BROKEN", "a part is missing");
    }
    ASSIGN_OR_RETURN(Personal<std::string> part,
                     parts.texts.OpenIn("task_chunk", ChunkRow(task.id, fence, chunk.offset),
                                        KeyHolderOf(task), chunk.sealed));
    whole += part.Reveal();
  }
  return whole;
}

}  // namespace varsam::requests
