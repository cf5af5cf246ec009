#include "services/consent/domain/source_notice.h"

#include "libs/calendar/holidays.h"
#include "libs/calendar/stockholm.h"

namespace varsam::consent {

calendar::LocalDay LastDayForNotice(absl::Time collected_at) {
  return calendar::Roll(calendar::AddMonths(calendar::LocalDayOf(collected_at), 1));
}

NoticeCheck CheckSourceNotice(const Purpose& purpose, absl::Time at, calendar::LocalDay today,
                              const DecideFacts& facts) {
  if (purpose.residual) return {};
  if (facts.unavailable.Has(Fact::kSource)) return {Missing(Fact::kSource), false};
  const DataSource& source = facts.source;
  if (!source.indirect || (source.notice_at && *source.notice_at <= at)) return {};
  if (today > LastDayForNotice(source.collected_at)) {
    return {Denial{Reason::kArt14NoticeOverdue, std::nullopt, std::nullopt}, false};
  }
  return {std::nullopt, true};
}

}  // namespace varsam::consent
