// Rows of cases and tasks: column lists, reading and binding, for the parts of the store.
#pragma once

#include <span>

#include "libs/pg/params.h"
#include "libs/pg/rows.h"
#include "services/request_workflow/domain/changes.h"

#define VARSAM_CASE_COLUMNS                                                                   \
  "case_id, parent_id, subject_id, candidate_id, right_no, state, received_at, due_date, "    \
  "certificate_id, package_ready, answer_sent, link_failures, step, step_at, step_attempts, " \
  "closed_at, version, detail"
#define VARSAM_TASK_COLUMNS                                                                    \
  "task_id, case_id, run_id, subject_id, system, action, state, manual, verifies, attempts, "  \
  "fence, lease_peer, lease_until, available_at, due_date, outcome, question, result_sha256, " \
  "result_fence, created_at, finished_at, detail"

namespace varsam::requests {

Case CaseFromRow(const pg::Row& row);
Task TaskFromRow(const pg::Row& row);
Link LinkFromRow(const pg::Row& row);        // token, case, use, contact, expires, consumed
Package PackageFromRow(const pg::Row& row);  // case, id, sha256, downloads, expires
Breach BreachFromRow(const pg::Row& row);
// Each column as an array, for unnest.
pg::Params CaseParams(std::span<const Case* const> cases);
pg::Params TaskParams(std::span<const Task* const> tasks);

}  // namespace varsam::requests
