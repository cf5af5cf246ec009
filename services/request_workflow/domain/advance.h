// Moving a case along its table, with what each move brings about by itself. Pure.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/request_workflow/domain/changes.h"
#include "services/request_workflow/domain/due_date.h"

namespace varsam::requests {

DueDateFacts DueDateFactsOf(const Case& c);
// The explained clock of a case as of an instant; works for every right. A case whose right is not
// known yet counts as a request for access.
absl::StatusOr<DueDate> ClockOf(const Case& c, absl::Time as_of);

// The last day for telling the person that the request arrived: the second working day after it.
calendar::LocalDay AcknowledgeBy(const Case& c);

bool IdentityProven(const Case& c);
CaseFacts FactsOf(const CaseFile& file, absl::Time now);
// Has every system of the present phase answered, and is no step of the platform itself pending?
bool PhaseComplete(const CaseFile& file, absl::Time now);
// COVERAGE_INCOMPLETE, DUE_SOON, OVERDUE, EXTENDED … as they hold now.
std::vector<std::string> CodesOf(const CaseFile& file, absl::Time as_of);

// Nobody can be reached by machine: a pending acknowledgement is now a person's to give.
void OweAcknowledgement(CaseFile& file, absl::Time now, Changes& out);

struct Move {
  CaseEvent event = CaseEvent::kClassified;
  std::string actor;
  std::string note;
  int refusing_people = 0;
  bool delivered = false;
};
// One row of the table: changes the file, adds the event and the ledger note to `out`. The case
// itself is added by Settle.
absl::Status Advance(CaseFile& file, const Move& move, absl::Time now, Changes& out);

// What follows without anybody asking: identity proven → search; every system answered → review, or
// the next step of the execution; sets what the case worker must do.
absl::Status GoOn(CaseFile& file, absl::Time now, Changes& out);

// Puts the case, with its due date and a new version, into the changes. Last.
void Settle(CaseFile& file, absl::Time now, Changes& out);

}  // namespace varsam::requests
