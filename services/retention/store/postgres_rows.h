// Rows of the retention tables as values.
#pragma once

#include <optional>

#include "absl/time/civil_time.h"
#include "libs/pg/rows.h"
#include "services/retention/store/retention_store.h"

namespace varsam::retention {

absl::CivilDay ToCivil(calendar::LocalDay day);
std::optional<absl::CivilDay> ToCivil(const std::optional<calendar::LocalDay>& day);
calendar::LocalDay FromCivil(absl::CivilDay day);
std::optional<calendar::LocalDay> FromCivil(std::optional<absl::CivilDay> day);

// The columns in the order of the VARSAM_… lists below.
#define VARSAM_FIELD_COLUMNS                                                               \
  "f.subject_id, f.system, f.record_key, f.data_category, f.detail, f.observed_at, "       \
  "f.disposed_at, f.generation, f.status::int4, f.may_until, f.must_until, f.retain_until, " \
  "f.due_on, f.item_id"
#define VARSAM_HOLD_COLUMNS                                                                \
  "hold_id, matter, owner, reason, subject_ids, subject_categories, systems, "             \
  "data_categories, set_at, review_by, released_at, release_reason"
#define VARSAM_ITEM_COLUMNS                                                                \
  "item_id, run_id, subject_id, system, record_key, data_categories, method, rule, "       \
  "reference, retain_until, state, blocked_by, executed_at, executed_count, verification, "      \
  "failure, staged_until"
#define VARSAM_RUN_COLUMNS                                                                 \
  "run_id, as_of, started_at, finished_at, operator, approvers, items_total, items_done, " \
  "items_failed, items_blocked"
#define VARSAM_CERTIFICATE_COLUMNS \
  "certificate_id, case_id, run_id, record_json, text_sv, text_en, entry_index"

absl::StatusOr<Field> FieldIn(const pg::Row& row);
Hold HoldIn(const pg::Row& row);
DisposalItem ItemIn(const pg::Row& row);
DisposalRun RunIn(const pg::Row& row);
StoredCertificate CertificateIn(const pg::Row& row);

}  // namespace varsam::retention
