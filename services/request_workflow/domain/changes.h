// What decisions read and what follows from them, in one shape for all writes of this service: the
// store loads a CaseFile and writes Changes, the ledger gets the notes. Pure data.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "services/request_workflow/domain/case.h"
#include "services/request_workflow/domain/task.h"

namespace varsam::requests {

struct ServedSystem {
  std::string connector;
  std::string system;
  std::vector<std::string> actions;
  std::vector<int32_t> identifier_types;
  std::string schema_digest;
  absl::Time seen_at;
  std::vector<std::string> closed;  // windows (system_gate.h)
  int32_t tasks_per_hour_max = 0;   // 0: no bound
  bool operator==(const ServedSystem&) const = default;
};

// A case with everything that hangs on it.
struct CaseFile {
  Case c;
  std::vector<Task> tasks;
  // Of a message that used several rights.
  int children = 0;
  int children_open = 0;
  bool access_together_open = false;
};

// The reason of a mail that staff took out of those put aside: it becomes a case whatever it says
// of itself, and no machine answers it.
inline constexpr char kOpenedByStaff[] = "OPENED_BY_STAFF";

// A mail that came in. It is logged (raw bytes sealed) before anything reads it.
struct IncomingMail {
  Uuid id;
  int64_t uid_validity = 0;
  int64_t uid = 0;
  absl::Time arrived_at;
  std::string sealed_raw;
  std::string state = "arrived";  // arrived, opened, threaded, ignored, unreadable
  std::string reason;             // why it was ignored: AUTO_SUBMITTED, BULK, OWN …
  std::string message_id_sha256;
  std::optional<CaseId> case_id;
  bool operator==(const IncomingMail&) const = default;
};

struct ConsumerCursor {
  std::string feed;
  int64_t next_index = 0;
};

struct UploadChunk {
  TaskId task;
  int64_t fence = 0;
  int64_t offset = 0;
  int64_t length = 0;
  std::string sealed;
  bool operator==(const UploadChunk&) const = default;
};

// SHA-256 of everything uploaded under a fence, known with the last chunk.
struct UploadDigest {
  TaskId task;
  int64_t fence = 0;
  std::string sha256;
};

struct TaskEvidence {
  TaskId task;
  int64_t fence = 0;
  absl::Time at;
  std::string peer;
  std::string outcome;
  bool accepted = false;
};

struct PackageChunk {
  CaseId case_id;
  std::string format;  // zip, html, json
  int32_t part = 0;
  std::string sealed;
};

// Ledger notes, in the words of varsam.requests.v1.RequestsEntry.
struct NoteCaseOpened {
  CaseId case_id;
  std::optional<Right> right;
  std::string channel;
  absl::Time received_at;
  std::string due_date;
};
struct NoteCaseAdvanced {
  CaseId case_id;
  std::string event;
  CaseState from = kFirstState;
  CaseState to = kFirstState;
  std::string actor;
  std::optional<SubjectId> subject;
};
struct NoteTaskFinished {
  Task task;
};
struct ExecutedPart {
  std::string system;
  std::string record_key;
  std::string data_category;
  std::string method;
  uint32_t count = 0;
  absl::Time executed_at;
  std::string verification;
};
struct ResiduePart {
  std::string system;
  std::string data_category;
  std::string code;
  std::string reference;
  std::string retain_until;
};
struct NoteErasureExecuted {
  CaseId case_id;
  SubjectId subject;
  absl::Time granted_at;
  std::vector<ExecutedPart> executed;
  std::vector<ResiduePart> residue;
};
struct NoteRestrictionChanged {
  SubjectId subject;
  CaseId case_id;
  std::string ground;
  absl::Time from;
  std::optional<absl::Time> to;  // lifted
};
struct DisposalPart {
  std::string item_id;
  bool done = false;
  ExecutedPart executed;
  std::string failure;
};
struct NoteDisposalFinished {
  Uuid run_id;
  std::vector<DisposalPart> parts;
};
struct NoteBreachChanged {
  BreachId id;
  int32_t state = 0;
  absl::Time aware_at;
};
struct NoteContactEnded {
  SubjectId subject;
  CaseId case_id;
  absl::Time at;
};
using LedgerNote =
    std::variant<NoteCaseOpened, NoteCaseAdvanced, NoteTaskFinished, NoteErasureExecuted,
                 NoteRestrictionChanged, NoteDisposalFinished, NoteBreachChanged, NoteContactEnded>;

// Rows are written whole; a row that exists is replaced.
struct Changes {
  std::vector<Case> cases;
  std::vector<HistoryEntry> events;
  std::vector<SealedText> texts;
  std::vector<Task> tasks;
  std::vector<Link> new_links;
  std::vector<std::string> consumed_links;  // token_sha256; each by one conditional UPDATE
  std::optional<CaseCode> code;             // replaces the one before
  bool code_used = false;                   // by one conditional UPDATE
  std::optional<SubjectId> identity_try;    // one more failure of today
  calendar::LocalDay identity_day;
  std::vector<OutgoingMail> mails;
  std::vector<IncomingMail> incoming;
  std::vector<UploadChunk> chunks;
  std::optional<UploadDigest> upload_digest;
  std::vector<TaskEvidence> evidence;
  std::optional<Package> package;
  std::vector<PackageChunk> package_chunks;
  std::vector<CaseId> dropped_packages;
  std::vector<ServedSystem> served;
  std::vector<std::string> opened_systems;  // manual tasks of these go to the connector
  std::optional<ConsumerCursor> cursor;
  std::optional<std::string> policy_bytes;
  std::vector<Hold> holds;
  std::optional<Breach> breach;
  std::optional<absl::Time> at;  // of consumed links
  std::vector<LedgerNote> notes;
  std::string reply;  // what the caller gets; kept with the request id
};

}  // namespace varsam::requests
