// What is due for disposal at an instant, and what stands against it. The dry run and the run are
// this one function. Pure.
#pragma once

#include <string>
#include <vector>

#include "services/retention/domain/catalogue.h"
#include "services/retention/domain/heard.h"
#include "services/retention/domain/records.h"

namespace varsam::retention {

enum class DisposalState : uint8_t { kDue = 1, kIssued, kDone, kFailed, kBlocked };

// Data categories of one record that go by one method.
struct DisposalItem {
  ItemId id;  // nil in a plan
  RunId run;
  SubjectId subject;
  std::string system, record_key;
  std::vector<std::string> data_categories;  // sorted
  std::string method, rule, reference;
  std::optional<calendar::LocalDay> retain_until;
  DisposalState state = DisposalState::kDue;
  std::string blocked_by;  // the matter of a hold, "restriction: claims", kUndoWindow …
  std::optional<absl::Time> staged_until;  // in its undo window: not issued before
  // How it was carried out and confirmed, or why not.
  std::optional<absl::Time> executed_at;
  uint32_t executed_count = 0;
  std::string verification, failure;
  bool operator==(const DisposalItem&) const = default;
};

inline constexpr char kUndoWindow[] = "undo_window";
// What inactivity ends waits until its system is read again.
inline constexpr char kSystemSilent[] = "system_silent";

struct DisposalPlan {
  std::vector<DisposalItem> items;  // due and blocked; by system, record, person
  uint32_t due_items = 0, blocked_items = 0;
  uint32_t due_people = 0;
  // One line per item; equal for equal plans.
  std::string text;
};

// `systems` empty: all. An erasure case under way is left to the case for so many days.
inline constexpr int kErasureCaseDaysMax = 60;

DisposalPlan PlanDisposals(const Catalogue& catalogue, const std::vector<PersonRecords>& people,
                           const std::vector<Hold>& holds, absl::Time as_of,
                           const std::vector<std::string>& systems,
                           const HeardSystems& silent = {});

}  // namespace varsam::retention
