// The clocks that are not a request's: Art. 14 notices and breaches.
#include <catch2/catch.hpp>

#include "libs/calendar/stockholm.h"
#include "services/request_workflow/domain/art14_notice_due.h"
#include "services/request_workflow/domain/breach_clock.h"

namespace varsam::requests {
namespace {

using calendar::LocalDay;

absl::Time Ten(int year, int month, int day) {
  return calendar::StartOfDay(LocalDay::Of(year, month, day)) + absl::Hours(10);
}

}  // namespace

TEST_CASE("the notice is due a month after collection, rolled, or at first contact or disclosure") {
  Art14NoticeFacts facts{Ten(2026, 1, 15), std::nullopt, std::nullopt};
  CHECK(ComputeArt14NoticeDue(facts).notice_by == LocalDay::Of(2026, 2, 16));
  facts.first_contact_at = Ten(2026, 2, 14);  // a Saturday: an event does not roll
  CHECK(ComputeArt14NoticeDue(facts).notice_by == LocalDay::Of(2026, 2, 14));
  facts.first_disclosure_at = Ten(2026, 1, 20);
  const Art14NoticeDue due = ComputeArt14NoticeDue(facts);
  CHECK(due.notice_by == LocalDay::Of(2026, 1, 20));
  CHECK(due.steps.back().code == "FIRST_DISCLOSURE");
  CHECK(due.steps.back().date == due.notice_by);
  facts.first_contact_at = facts.first_disclosure_at = Ten(2026, 2, 17);  // later than the term
  CHECK(ComputeArt14NoticeDue(facts).notice_by == LocalDay::Of(2026, 2, 16));
}

TEST_CASE("72 hours run through holidays and clock changes") {
  const BreachFacts facts{Ten(2026, 10, 24), {}};
  const BreachClock clock = ComputeBreachClock(facts, Ten(2026, 10, 24));
  CHECK(calendar::ToStockholmRfc3339(clock.notify_by) == "2026-10-27T09:00:00+01:00");
  CHECK_FALSE(clock.late);
  CHECK_FALSE(ComputeBreachClock(facts, clock.notify_by).late);
  CHECK(ComputeBreachClock(facts, clock.notify_by + absl::Seconds(1)).late);
}

TEST_CASE("the first notification of either kind decides, whatever is asked later") {
  BreachFacts facts{Ten(2026, 8, 7), {}};
  facts.notifications = {{NotificationKind::kFull, Ten(2026, 8, 17)},
                         {NotificationKind::kPartial, Ten(2026, 8, 10)}};
  const BreachClock clock = ComputeBreachClock(facts, Ten(2026, 9, 1));
  CHECK(clock.first_notified_at == Ten(2026, 8, 10));
  CHECK_FALSE(clock.late);
  CHECK(clock.steps.back().code == "NOTIFIED_IN_TIME");
  facts.notifications[1].at += absl::Seconds(1);
  CHECK(ComputeBreachClock(facts, Ten(2026, 9, 1)).late);
  CHECK(ComputeBreachClock(facts, Ten(2026, 9, 1)).reasons_required);
}

}  // namespace varsam::requests
