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
};
// A wrong, used or late link changes nothing but the count of failures; `reply` is then empty.
// After kLinkFailuresMax failures no link of the case works any more.
absl::StatusOr<Changes> Decide(const VerifyByLink& ask, const std::optional<Link>& link,
                               std::optional<CaseFile> file, absl::Time now);

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

struct CloseRequest {
  std::string actor;
};
absl::StatusOr<Changes> Decide(const CloseRequest& ask, CaseFile file, absl::Time now);

}  // namespace varsam::requests
