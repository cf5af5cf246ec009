#include "libs/base/running_digest.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "nlohmann/json.hpp"
#include "services/request_workflow/answer/package.h"

namespace varsam::requests {

Document DocumentOf(std::string text) {
  return [text = std::move(text)](const OnRecord& on_record) -> absl::StatusOr<std::string> {
    DocumentParts parts(on_record);
    RETURN_IF_ERROR(parts.Feed(text));
    return parts.TakeRest();
  };
}

absl::Status PackageArchive::Add(const std::string& name,
                                 const std::function<absl::Status(const Sink&)>& write) {
  RunningDigest sum;
  RETURN_IF_ERROR(zip_.Begin(name));
  RETURN_IF_ERROR(write([&](std::string_view bytes) {
    sum.Add(bytes);
    return zip_.Write(bytes);
  }));
  digests_.emplace_back(name, ToHex(sum.Sha256()));
  return zip_.End();
}

absl::Status PackageArchive::Finish() {
  nlohmann::json listed = nlohmann::json::array();
  for (const auto& [name, sha256] : digests_) {
    listed.push_back({{"name", name}, {"sha256", sha256}});
  }
  RETURN_IF_ERROR(zip_.Begin("manifest.json"));
  RETURN_IF_ERROR(zip_.Write(nlohmann::json{{"files", listed}}.dump(2)));
  RETURN_IF_ERROR(zip_.End());
  return zip_.Finish();
}

}  // namespace varsam::requests
