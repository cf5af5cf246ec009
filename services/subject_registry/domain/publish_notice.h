// A text shown to people when their data is collected. Versions are numbered by the platform and
// never change; a consent points at the exact text, language and hash that was shown.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/subject_registry/domain/policy_model.h"

namespace varsam::registry {

inline constexpr size_t kNoticeBytesMax = 64 << 10;

struct Notice {
  std::string id;
  int version = 0;
  std::string language;  // sv, en
  std::string text;
  std::string text_sha256;  // 32 bytes
  std::vector<std::string> purposes;
  bool material = false;
  absl::Time effective_at;
  absl::Time published_at;
  bool operator==(const Notice&) const = default;
};

struct PublishNotice {
  Notice notice;  // version and published_at are set here
};
struct PublishNoticeFacts {
  const PolicyModel* policy = nullptr;
  int last_version = 0;  // of this id and language
};
struct PublishNoticeOutcome {
  Notice notice;
};

// NOT_FOUND PURPOSE_UNKNOWN; INVALID_FIELD.
absl::StatusOr<PublishNoticeOutcome> Decide(const PublishNotice& ask,
                                            const PublishNoticeFacts& facts, absl::Time now);

}  // namespace varsam::registry
