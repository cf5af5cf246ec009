// What the shells of tasks share: reading one, its conflict keys, sealing what was uploaded for it.
#pragma once

#include <functional>
#include <limits>

#include "services/request_workflow/flow/service_parts.h"
#include "services/request_workflow/rpc/convert.h"

namespace varsam::requests {

absl::StatusOr<Task> ReadTask(const ServiceParts& parts, TaskId id);
// A task and its case change together.
std::vector<std::string> TaskKeys(const Task& task);
// Whose key seals what belongs to a task: its case, or the person of a disposal.
Uuid KeyHolderOf(const Task& task);
absl::StatusOr<UploadChunk> SealChunk(const ServiceParts& parts, const Task& task, int64_t fence,
                                      int64_t offset, std::string_view bytes);
// What was uploaded under one fence up to `until`, in order, a few chunks in memory at a time.
// DATA_LOSS UPLOAD_BROKEN when there is a gap. Takes a connection for each few chunks.
inline constexpr int64_t kWholeUpload = std::numeric_limits<int64_t>::max();
absl::Status ReadUploaded(const ServiceParts& parts, const Task& task, int64_t fence, int64_t until,
                          const std::function<absl::Status(std::string_view)>& take);

// Where the identifiers of a task's person stand sealed: with its case, or with the task (of a
// disposal) that erases.
Uuid IdentityHolderOf(const Task& task);

// Leases for a connector, ready to send. PERMISSION_DENIED SYSTEM_NOT_INTRODUCED for a system that
// this peer has not introduced.
absl::StatusOr<std::vector<cv1::LeasedTask>> LeaseFor(const ServiceParts& parts,
                                                      const std::string& peer,
                                                      std::vector<std::string> systems,
                                                      uint32_t tasks_max);

}  // namespace varsam::requests
