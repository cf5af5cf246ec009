// What each rpc of a case decides: from the case as it stands and what is asked, to what changes.
// Pure; the actor is "subject", "staff:<id>" or "service", and who may ask at all was settled
// before.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/request_workflow/domain/changes.h"

namespace varsam::requests {

struct SubmitRequest {
  CaseId id;
  std::optional<Right> right;
  std::optional<Right> suggested;
  std::string channel;
  Language language = Language::kSwedish;
  absl::Time received_at;
  std::string actor;
  std::vector<SealedText> texts;
  Acknowledgement acknowledgement = Acknowledgement::kNotNeeded;
  std::string restriction_ground;  // what the person says; staff decides
  int32_t published = 0;           // how many public pages it named
  bool agent = false;
  bool special_risk = false;
  bool contact_end = false;
};
// Opens the case; objections to marketing and withdrawals start at once.
absl::StatusOr<Changes> Decide(const SubmitRequest& ask, absl::Time now);

struct ClassifyRequest {
  std::vector<std::optional<Right>> rights;  // nullopt: a plain question
  std::vector<CaseId> child_ids;             // one for each right after the first
  std::vector<SealedText> child_texts;
  std::string actor;
};
absl::StatusOr<Changes> Decide(const ClassifyRequest& ask, CaseFile file, absl::Time now);

struct VerifyByLink {
  std::string token_sha256;
  bool open_too = false;  // a link that only opens the person's pages will do
  absl::Duration cooling_off;
};
// A wrong, used or late link changes nothing but the count of failures; `reply` is then empty.
// After kLinkFailuresMax failures no link of the case works any more.
absl::StatusOr<Changes> Decide(const VerifyByLink& ask, const std::optional<Link>& link,
                               std::optional<CaseFile> file, absl::Time now);

// The code is a second way to the person: with the link it makes two factors, alone it is one.
struct VerifyByCode {
  std::string code_mac;
  absl::Duration cooling_off;
};
// A wrong, used or late code, and every code once the tries of the code or of the day are used up,
// changes nothing but the counts; `reply` is then empty.
absl::StatusOr<Changes> Decide(const VerifyByCode& ask, const std::optional<CaseCode>& code,
                               int32_t tries_today, std::optional<CaseFile> file, absl::Time now);

// A code as a person types it: upper case, without blanks and dashes.
std::string ReadableCode(std::string_view typed);

// `reply` is empty when the link is no use. What can be taken back is; what cannot is marked.
absl::StatusOr<Changes> DecideStop(const std::optional<Link>& link, std::optional<CaseFile> file,
                                   absl::Time now);

struct AddMessage {
  bool from_person = false;
  bool special_risk = false;
  std::string actor;
  std::vector<SealedText> texts;
  std::vector<OutgoingMail> letters;
  std::vector<Link> links;
};
absl::StatusOr<Changes> Decide(const AddMessage& ask, CaseFile file, absl::Time now);

// P49. From triage or as an inquiry; the case is answered with the receipt.
struct EndContact {
  std::string actor;
};
absl::StatusOr<Changes> Decide(const EndContact& ask, CaseFile file, absl::Time now);

struct RecordMandate {
  std::string method;
  std::string actor;
};
absl::StatusOr<Changes> Decide(const RecordMandate& ask, CaseFile file, absl::Time now);

struct DecideReviewItem {
  std::string item_id;
  std::string decision;
  std::string actor;
};
// NOT_FOUND ITEM_UNKNOWN; FAILED_PRECONDITION WRONG_STATE outside the review.
absl::StatusOr<Changes> Decide(const DecideReviewItem& ask, CaseFile file, absl::Time now);

struct VerifyByStaff {
  IdentityLevel level = IdentityLevel::kNone;
  std::string method;
  std::string actor;
};
absl::StatusOr<Changes> Decide(const VerifyByStaff& ask, CaseFile file, absl::Time now);

struct ApproveRequest {
  std::vector<std::string> withheld;
  std::vector<std::string>
      strong_categories;  // of the policy: need two factors (location, national id)
  std::string actor;
  std::string restriction_ground;  // restriction only; empty: what the person said, else accuracy
};
absl::StatusOr<Changes> Decide(const ApproveRequest& ask, CaseFile file, absl::Time now);

struct RefuseRequest {
  std::string code;
  std::string actor;
  std::vector<SealedText> texts;
};
// The first person proposes, a second and different one confirms the same code.
absl::StatusOr<Changes> Decide(const RefuseRequest& ask, CaseFile file, absl::Time now);

struct ExtendRequest {
  ExtensionGround ground = ExtensionGround::kNone;
  std::string actor;
  std::vector<SealedText> texts;
};
absl::StatusOr<Changes> Decide(const ExtendRequest& ask, CaseFile file, absl::Time now);

struct PauseRequest {
  QuestionKind kind = QuestionKind::kOther;
  std::string actor;
  std::vector<SealedText> texts;
};
absl::StatusOr<Changes> Decide(const PauseRequest& ask, CaseFile file, absl::Time now);

struct ResumeRequest {
  std::string actor;
};
absl::StatusOr<Changes> Decide(const ResumeRequest& ask, CaseFile file, absl::Time now);

struct WithdrawRequest {
  std::string actor;
};
absl::StatusOr<Changes> Decide(const WithdrawRequest& ask, CaseFile file, absl::Time now);

struct ComplainRequest {
  std::string actor;
  std::vector<SealedText> texts;
};
absl::StatusOr<Changes> Decide(const ComplainRequest& ask, CaseFile file, absl::Time now);

// Staff has told the person by other means (a call, a letter by post) that the request arrived.
struct AcknowledgeRequest {
  std::string method;
  std::string actor;
};
absl::StatusOr<Changes> Decide(const AcknowledgeRequest& ask, CaseFile file, absl::Time now);

// Art. 18(3): the person is told before a restriction ends. It ends at `lift_at`, at the earliest
// kLiftNoticeMin after the notice was ordered, and not before the notice was sent.
struct LiftRestriction {
  absl::Time lift_at;
  std::string reason;  // CAPITAL code: ACCURACY_VERIFIED, CLAIM_ENDED, OBJECTION_DECIDED …
  std::string actor;
  std::vector<OutgoingMail> notice;  // empty when there is nobody to write to
};
inline constexpr absl::Duration kLiftNoticeMin = absl::Hours(72);
absl::StatusOr<Changes> Decide(const LiftRestriction& ask, CaseFile file, absl::Time now);
// The four grounds of Art. 18(1)(a)–(d).
bool IsRestrictionGround(std::string_view ground);

struct CloseRequest {
  std::string actor;
};
absl::StatusOr<Changes> Decide(const CloseRequest& ask, CaseFile file, absl::Time now);

}  // namespace varsam::requests
