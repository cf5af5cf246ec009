// One thing that one system has to do or to tell for one person, and the lease under which a
// connector does it (FEATURES 5.2). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/request_workflow/domain/case.h"

namespace varsam::requests {

// Numbers are those of varsam.requests.v1.TaskAction and TaskState.
enum class TaskAction : int32_t {
  kExport = 1,
  kRectify = 2,
  kRestrict = 3,
  kLiftRestriction = 4,
  kStopProcessing = 5,
  kErase = 6,
  kVerify = 7,
  // For people, never for connectors: tell one recipient of the data (Art. 19) or whoever shows
  // what was published (Art. 17(2)); see that a public page and its copies are gone.
  kNotifyRecipient = 8,
  kTakeDown = 9,
};
constexpr bool IsForRecipients(TaskAction action) { return action >= TaskAction::kNotifyRecipient; }
enum class TaskState : int32_t {
  kOpen = 1,
  kLeased = 2,
  kFinished = 3,
  kNeedsHuman = 4,
  kCancelled = 5
};

enum class OutcomeKind : int32_t {
  kDone = 1,
  kNoData = 2,
  kPartlyKept = 3,
  kRefused = 4,
  kNeedsHuman = 5,
  kFailed = 6,
  kUnsupported = 7,
};
std::string_view NameOf(OutcomeKind kind);  // "PARTLY_KEPT"
std::optional<OutcomeKind> OutcomeOf(std::string_view name);
std::string_view NameOf(TaskAction action);  // "EXPORT"

// Where tasks about recipients and public pages stand: not a system of the policy.
inline constexpr char kRecipientsSystem[] = "recipients";

inline constexpr absl::Duration kLeaseTime = absl::Seconds(60);
inline constexpr absl::Duration kRetryMin = absl::Seconds(1);
inline constexpr absl::Duration kRetryMax = absl::Minutes(15);
inline constexpr int kTaskAttemptsMax = 8;
inline constexpr int kLeaseTasksMax = 32;
inline constexpr size_t kUploadChunkBytesMax = 1 << 20;
// Of one result. No more of it than a record (answer/document_parts.h) is ever in memory.
inline constexpr uint64_t kUploadBytesMax = uint64_t{16} << 30;

struct EraseItem {
  std::string id;
  std::string data_category;
  std::string record_key;
  std::string method;
  bool operator==(const EraseItem&) const = default;
};
struct KeepItem {
  std::string data_category;
  std::string record_key;
  std::string reference;
  std::string keep_until;
  bool operator==(const KeepItem&) const = default;
};

// What the task asks. Which fields count depends on the action.
struct TaskOrder {
  std::vector<std::string> data_categories;  // export
  std::vector<EraseItem> items;              // erase, verify
  std::vector<KeepItem> keep;                // erase, verify
  std::string ground;                        // restrict; notify: ART_19 or ART_17_2
  std::string recipient;  // notify: who is told; take down: which of the pages that were named
  bool operator==(const TaskOrder&) const = default;
};

// What a system reports for one data category of one record.
struct CategoryResult {
  std::string data_category;
  std::string record_key;
  std::string item_id;
  uint32_t found = 0;
  uint32_t exported = 0;
  uint32_t deleted = 0;
  uint32_t anonymised = 0;
  uint32_t kept = 0;
  bool operator==(const CategoryResult&) const = default;
};

struct Task {
  TaskId id;
  std::optional<CaseId> case_id;
  std::optional<Uuid> run_id;  // a disposal run of retention
  std::optional<SubjectId> subject;
  std::string system;
  TaskAction action = TaskAction::kExport;
  TaskState state = TaskState::kOpen;
  bool manual = false;
  std::optional<TaskId> verifies;
  int32_t attempts = 0;
  int64_t fence = 0;
  std::string lease_peer;
  std::optional<absl::Time> lease_until;
  absl::Time available_at = absl::InfinitePast();
  std::optional<calendar::LocalDay> due_date;
  TaskOrder order;
  std::optional<OutcomeKind> outcome;
  std::vector<CategoryResult> results;
  std::vector<KeepItem> kept;
  std::string question;  // CAPITAL code or sentence free of personal data
  std::string result_sha256;
  std::optional<int64_t> result_fence;
  absl::Time created_at;
  std::optional<absl::Time> finished_at;
  // An answer by hand that waits for a second person; who gave it, empty: none does.
  std::string proposed_by;
  std::optional<OutcomeKind> proposed;
  bool operator==(const Task&) const = default;
};

// Has its system answered?
constexpr bool IsAnswered(TaskState state) {
  return state == TaskState::kFinished || state == TaskState::kCancelled;
}

// Coverage of a case in its present phase.
struct Coverage {
  uint32_t systems_total = 0;
  uint32_t systems_answered = 0;
  std::vector<std::string> systems_missing;
  bool complete() const { return systems_missing.empty(); }
};
// The tasks that count in a state: exports while searching, everything else afterwards.
Coverage CoverageOf(CaseState state, const std::vector<Task>& tasks);

// A hold of retention, as its feed tells. It blocks every destructive task it may touch; where it
// names only kinds of people it is taken to touch everybody in its systems.
struct Hold {
  Uuid id;
  std::vector<std::string> subject_ids;
  std::vector<std::string> systems;
  bool released = false;
  std::vector<std::string> data_categories;
  bool operator==(const Hold&) const = default;
};
bool Blocks(const Hold& hold, const Task& task);

// Grants a lease: state, attempt, fence, peer and end.
Task Leased(Task task, const std::string& peer, absl::Time now);

// What is wrong with a call under a lease. OK while the peer holds this fence of the task;
// FAILED_PRECONDITION LEASE_LOST otherwise.
absl::Status CheckLease(const Task& task, const std::string& peer, int64_t fence, absl::Time now);

// The task after a lease has run out, or after a failure that may be tried again: open again after
// a doubling wait, or NEEDS_HUMAN when the attempts are used up.
Task TriedInVain(Task task, const std::string& why, absl::Duration at_least, absl::Time now);

struct Report {
  OutcomeKind kind = OutcomeKind::kDone;
  std::vector<CategoryResult> results;
  std::vector<KeepItem> kept;
  std::string reason;
  bool retryable = false;
  absl::Duration after;
  std::string result_sha256;
};
// The task after a report that holds the lease. DONE, NO_DATA and PARTLY_KEPT finish it;
// UNSUPPORTED makes it a manual task; a verify task that still finds something, REFUSED and
// NEEDS_HUMAN call a person.
Task Reported(Task task, const Report& report, absl::Time now);
// The answer of a person for a task; REFUSED too is then an answer. That something was changed in
// the system by hand, or refused, counts when a second person says the same: until then the task
// waits, and `proposed_by` tells. INVALID_ARGUMENT for an outcome that only a connector gives, and
// for a change without evidence; FAILED_PRECONDITION SECOND_PERSON_REQUIRED from the first person
// again. A second one who says otherwise has given the answer that waits from then on.
struct HandAnswer {
  Report report;
  std::string actor;
  bool has_evidence = false;
};
absl::StatusOr<Task> AnsweredByHand(Task task, const HandAnswer& answer, absl::Time now);

// Whom a task that waits for a person should trouble by now.
enum class Escalation : int32_t { kNone = 0, kReminder = 1, kOfficer = 2 };
inline constexpr absl::Duration kReminderAfter = absl::Hours(24 * 3);
inline constexpr absl::Duration kOfficerAfter = absl::Hours(24 * 7);
inline constexpr int kOfficerDaysBeforeDue = 7;
// kReminder after three days, kOfficer after seven or within seven days of the statutory day.
Escalation EscalationOf(const Task& task, absl::Time now);
std::string_view NameOf(Escalation escalation);  // "", "REMINDER", "OFFICER"

// The independent read that follows an erasure or a rectification.
std::optional<Task> VerifyTaskFor(const Task& task, TaskId id, absl::Time now);

}  // namespace varsam::requests
