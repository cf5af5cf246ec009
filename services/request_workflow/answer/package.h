// The answer to an access or portability request: what the systems exported, and Art. 15(1)(a)–(h)
// from the policy in force, as readable HTML, as JSON, and as an archive with a manifest. Content
// is inert: everything is escaped, nothing runs, nothing is fetched. All of it is written while it
// is read: of what was exported at most one record is in memory.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/request_workflow/answer/document_parts.h"
#include "services/request_workflow/answer/zip_stream.h"
#include "services/request_workflow/domain/case.h"
#include "services/request_workflow/domain/policy_view.h"

namespace varsam::requests {

// One pass over a document: its records, then (returned) what stands around them. It can be gone
// through again.
using Document = std::function<absl::StatusOr<std::string>(const OnRecord&)>;
// Of a text that is in memory.
Document DocumentOf(std::string text);

struct SystemExport {
  std::string system;
  std::string outcome;  // DONE, NO_DATA …
  Document document;    // null when there is none
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

absl::Status PackageJson(const PackageContent& content, const PolicyView& policy, const Sink& sink);
absl::Status PackageHtml(const PackageContent& content, const PolicyView& policy, const Sink& sink);

// An archive of files and manifest.json, which names the SHA-256 of each.
class PackageArchive {
 public:
  explicit PackageArchive(Sink sink) : zip_(std::move(sink)) {}

  // `write` gets the sink of the file's bytes.
  absl::Status Add(const std::string& name, const std::function<absl::Status(const Sink&)>& write);
  absl::Status Finish();

 private:
  ZipStream zip_;
  std::vector<std::pair<std::string, std::string>> digests_;  // of each name
};

}  // namespace varsam::requests
