#include "services/subject_registry/domain/publish_notice.h"

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/subject_registry/domain/assessments.h"

namespace varsam::registry {

absl::StatusOr<PublishNoticeOutcome> Decide(const PublishNotice& ask,
                                            const PublishNoticeFacts& facts, absl::Time now) {
  RETURN_IF_ERROR(NeedsPolicy(facts.policy));
  const Notice& notice = ask.notice;
  if (notice.id.empty()) return InvalidField("notice.id", "empty");
  if (notice.language != "sv" && notice.language != "en") {
    return InvalidField("notice.language", "want sv or en");
  }
  if (notice.text.empty() || notice.text.size() > kNoticeBytesMax) {
    return InvalidField("notice.text",
                        absl::StrCat(notice.text.size(), " bytes, want 1..", kNoticeBytesMax));
  }
  if (notice.purposes.empty()) return InvalidField("notice.purposes", "empty, want at least one");
  for (const std::string& purpose : notice.purposes) {
    if (FindById(facts.policy->purposes, PurposeId(purpose)) == nullptr) {
      return ErrorWithReason(
          absl::StatusCode::kNotFound, "PURPOSE_UNKNOWN",
          absl::StrCat("notice.purposes: ", purpose, " is not in the policy model"));
    }
  }
  PublishNoticeOutcome outcome{notice};
  outcome.notice.version = facts.last_version + 1;
  outcome.notice.published_at = now;
  if (outcome.notice.effective_at == absl::InfinitePast()) outcome.notice.effective_at = now;
  return outcome;
}

}  // namespace varsam::registry
