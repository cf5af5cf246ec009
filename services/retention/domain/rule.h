// The retention rules of a policy as this service applies them (FORMAT 4.2; DOMAIN section 5).
// Plain values, compiled from the catalogue once per policy version and never changed afterwards.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/calendar/period.h"

namespace varsam::retention {

// What a period can run from. A clock shows the local day of its latest event.
enum class Clock : uint8_t {
  kContactEndRequested, kLastTwoWayContact, kLastInterestSignal, kNoInterestDeclared, kListImported,
  kRoleEnded, kContractEnd, kAssignmentEnd, kEmploymentEnd, kApplicationRejected,
  kApplicationWithdrawn, kFiscalYearEnd, kVacationYearEnd, kWorkPerformed, kPositionRecorded,
  kEventRecorded, kLastMessage, kSurveyAnswered, kIncidentClosed, kUnsubscribed, kConsentEnded,
  kCaseClosed, kBackupTaken,
};
inline constexpr int kClockCount = 23;
// The name of the clock in the policy: "last_two_way_contact".
std::string_view NameOf(Clock clock);
std::optional<Clock> ClockOf(std::string_view name);
// Ends that are planned ahead may lie in the future and count all the same.
bool MayBePlanned(Clock clock);
// The person's own act stops use at its instant, not at midnight (7-R4, 7-R15).
bool IsOwnAct(Clock clock);

// Keys of a record that rules look at; an absent one matches nothing.
struct Flags {
  std::optional<std::string> origin;  // self_initiated | outbound
  std::optional<bool> customer, contacted;
  std::optional<std::string> source;
  bool empty() const { return !origin && !customer && !contacted && !source; }
  bool operator==(const Flags&) const = default;
};

struct Rule {
  std::string id;
  std::string system;  // or kPlatform
  std::optional<std::string> subject, purpose;
  std::vector<std::string> data;  // empty: every field of the system
  Flags when;
  std::optional<Clock> clock;  // absent only when kept without end
  std::optional<calendar::Period> keep;  // absent: without end
  bool round_to_year_end = false;
  bool must = false;    // statutory minimum; else a maximum bound to purposes
  bool claims = false;  // survives cuts while an Art. 17(3)(e) need is recorded
  std::string action;
  std::optional<calendar::Period> notify_before, review;
  std::string law;  // the reference shown to people: "Bokföringslagen (1999:1078) 7 kap. 2 §"

  // keep P0D: its event is the end.
  bool IsTerminator() const { return keep && keep->count == 0; }
  bool Covers(std::string_view field) const;
};

struct SystemFields {
  std::string id, sv;
  std::vector<std::string> fields;  // own and taken over
  std::vector<std::string> purposes;
};

// In these systems records of these kinds of people are kept (a context of the policy).
struct KindsInSystems {
  std::vector<std::string> subject_categories, systems;
};

struct PurposeData {
  std::string id;
  std::vector<std::string> data;
  bool consent = false;  // rests on the person's consent
};

struct RetentionModel {
  std::vector<Rule> rules;
  std::vector<SystemFields> systems;
  std::vector<PurposeData> purposes;
  std::vector<KindsInSystems> contexts;
  std::vector<std::string> direct_sources;  // those that need no Art. 14 notice

  const Rule* FindRule(std::string_view id) const;              // null: none
  const SystemFields* FindSystem(std::string_view id) const;    // null: none
  const PurposeData* FindPurpose(std::string_view id) const;    // null: none
  // Data held for this purpose is for legal claims only: all rules that name it are claims rules
  // (in the Lexium policy: recruitment_claims_defence).
  bool IsClaimsPurpose(std::string_view purpose) const;
};

// The platform's own records; there `field` names the rule of the kind of record (7-R11).
inline constexpr std::string_view kPlatform = "platform";
}  // namespace varsam::retention
