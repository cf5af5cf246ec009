// When a request must be answered, and why then (GDPR art. 12(3); Reg. 1182/71 arts 2-3; EDPB
// 01/2022 section 5.3; vectors deadline.json, kind rights_request; FORMAT 3.1). Pure: time comes as
// a value.
//
// All counting is in Stockholm days. A rights request is due one month after the day it first
// arrived in an official channel, three months if validly extended, plus the days the clock stood
// still, rolled to a working day. Marketing objections and withdrawals have no due date: they work
// on arrival.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/calendar/day.h"
#include "libs/calendar/explained_step.h"
#include "services/request_workflow/domain/right.h"

namespace varsam::requests {

// A counted question must be asked within this many days of the receipt or of the answer it follows
// up.
inline constexpr int kQuestionWindowDays = 5;
inline constexpr int kAcknowledgeWorkingDays = 2;
inline constexpr int kMonthsToAnswer = 1;
inline constexpr int kMonthsToAnswerExtended = 3;

struct Arrival {
  absl::Time at;
  bool official = false;  // a channel the controller named for requests; only these start the clock
};

enum class QuestionKind : int8_t { kIdentity, kScope, kFee, kOther };

struct Question {
  QuestionKind kind = QuestionKind::kOther;
  absl::Time asked_at;
  std::optional<absl::Time> answered_at;  // nullopt while we wait
  bool operator==(const Question&) const = default;
};

enum class ExtensionGround : int8_t { kNone, kComplex, kManyRequests };

struct Extension {
  absl::Time notice_at;  // when the person was told
  ExtensionGround ground = ExtensionGround::kNone;
  bool reasons_given = false;
  bool operator==(const Extension&) const = default;
};

struct DueDateFacts {
  Right right = Right::kAccess;
  std::vector<Arrival> arrivals;  // any order
  bool large_volume = false;      // Recital 63; lets a question about scope stop an access clock
  std::vector<Question> questions;
  std::optional<Extension> extension;
};

// The term of a right that must be assessed and answered.
struct AnswerTerm {
  calendar::LocalDay ack_by;
  int paused_days = 0;
  bool clock_stands = false;  // a counted question is open: the dates below still move
  calendar::LocalDay
      extension_notice_by;  // the first due date, and last day for an extension notice
  bool extended = false;
  bool extension_late = false;
  calendar::LocalDay raw_due;  // before rolling
  calendar::LocalDay due_date;
  calendar::LocalDay overdue_from;
};

struct DueDate {
  absl::Time received_at;
  calendar::LocalDay receipt_date;
  std::optional<absl::Time> in_force_at;  // immediate rights only
  bool self_closing = false;              // marketing objections close their own case
  std::optional<AnswerTerm> term;         // all other rights
  std::vector<calendar::ExplainedStep> steps;
};

// `as_of` matters only to open questions: the clock has stood still up to that day.
// FAILED_PRECONDITION, reason NO_OFFICIAL_ARRIVAL, if no arrival is official.
absl::StatusOr<DueDate> ComputeDueDate(const DueDateFacts& facts, absl::Time as_of);

// How near an unanswered case is to its due date.
struct Urgency {
  bool overdue = false;
  std::optional<int>
      due_soon;  // 10, 5 or 2: the tightest level reached; nullopt outside the ten days

  bool operator==(const Urgency&) const = default;
};
Urgency UrgencyAt(calendar::LocalDay due_date, absl::Time as_of);

}  // namespace varsam::requests
