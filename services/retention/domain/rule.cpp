#include "services/retention/domain/rule.h"

#include <algorithm>

namespace varsam::retention {
namespace {

constexpr std::string_view kClockNames[kClockCount] = {
    "contact_end_requested", "last_two_way_contact", "last_interest_signal", "no_interest_declared",
    "list_imported", "role_ended", "contract_end", "assignment_end", "employment_end",
    "application_rejected", "application_withdrawn", "fiscal_year_end", "vacation_year_end",
    "work_performed", "position_recorded", "event_recorded", "last_message", "survey_answered",
    "incident_closed", "unsubscribed", "consent_ended", "case_closed", "backup_taken",
};

template <typename T>
const T* Find(const std::vector<T>& list, std::string_view id) {
  const auto found =
      std::find_if(list.begin(), list.end(), [&](const T& entry) { return entry.id == id; });
  return found == list.end() ? nullptr : &*found;
}

}  // namespace

std::string_view NameOf(Clock clock) { return kClockNames[static_cast<int>(clock)]; }

std::optional<Clock> ClockOf(std::string_view name) {
  for (int i = 0; i < kClockCount; ++i) {
    if (kClockNames[i] == name) return static_cast<Clock>(i);
  }
  return std::nullopt;
}

bool MayBePlanned(Clock clock) {
  return clock == Clock::kContractEnd || clock == Clock::kAssignmentEnd ||
         clock == Clock::kEmploymentEnd || clock == Clock::kFiscalYearEnd ||
         clock == Clock::kVacationYearEnd;
}

bool IsOwnAct(Clock clock) {
  return clock == Clock::kContactEndRequested || clock == Clock::kNoInterestDeclared ||
         clock == Clock::kUnsubscribed;
}

bool Rule::Covers(std::string_view field) const {
  return data.empty() || std::find(data.begin(), data.end(), field) != data.end();
}

const Rule* RetentionModel::FindRule(std::string_view id) const { return Find(rules, id); }
const SystemFields* RetentionModel::FindSystem(std::string_view id) const {
  return Find(systems, id);
}
const PurposeData* RetentionModel::FindPurpose(std::string_view id) const {
  return Find(purposes, id);
}

bool RetentionModel::IsClaimsPurpose(std::string_view purpose) const {
  bool any = false;
  for (const Rule& rule : rules) {
    if (rule.purpose != purpose) continue;
    if (!rule.claims) return false;
    any = true;
  }
  return any;
}

}  // namespace varsam::retention
