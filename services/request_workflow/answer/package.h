// The answer to an access or portability request: what the systems exported, and Art. 15(1)(a)–(h)
// from the policy in force, as readable HTML, as JSON, and as an archive with a manifest. Content
// is inert: everything is escaped, nothing runs, nothing is fetched.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/request_workflow/domain/case.h"
#include "services/request_workflow/domain/policy_view.h"

namespace varsam::requests {

struct SystemExport {
  std::string system;
  std::string outcome;   // DONE, NO_DATA …
  std::string document;  // JSON as the system sent it; empty when there is none
};

struct RetainedField {
  std::string system;
  std::string data_category;
  std::string status;
  std::string retain_until;
  std::string reference;
};

struct HeldSource {
  std::string source;
  std::string collected_at;
};

struct ActualRecipient {
  std::string recipient;
  std::string kind;
  std::string purpose;
  std::string at;
};

struct PackageContent {
  std::string case_id;
  std::string received_on;
  std::string made_on;
  Language language = Language::kSwedish;
  bool portability = false;
  std::vector<SystemExport> exports;
  std::vector<RetainedField> retained;
  std::vector<HeldSource> sources;
  std::vector<ActualRecipient> recipients;
  std::vector<std::string> withheld;
};

// What a system exported, as JSON no deeper than this; anything else is shown as the text it is.
inline constexpr int kDocumentDepthMax = 12;
// Is it JSON within that depth? Looks at every byte once and never calls itself.
bool IsShallowJson(std::string_view document);

std::string PackageJson(const PackageContent& content, const PolicyView& policy);
std::string PackageHtml(const PackageContent& content, const PolicyView& policy);
struct PackageFile {
  std::string name;
  std::string bytes;
};
// These files, and manifest.json with the SHA-256 of each.
absl::StatusOr<std::string> PackageZip(const std::vector<PackageFile>& files);

}  // namespace varsam::requests
