#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "nlohmann/json.hpp"
#include "openssl/evp.h"
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
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> sum(EVP_MD_CTX_new(),
                                                                    &EVP_MD_CTX_free);
  EVP_DigestInit_ex(sum.get(), EVP_sha256(), nullptr);
  RETURN_IF_ERROR(zip_.Begin(name));
  RETURN_IF_ERROR(write([&](std::string_view bytes) {
    EVP_DigestUpdate(sum.get(), bytes.data(), bytes.size());
    return zip_.Write(bytes);
  }));
  std::string digest(EVP_MD_size(EVP_sha256()), '\0');
  EVP_DigestFinal_ex(sum.get(), reinterpret_cast<unsigned char*>(digest.data()), nullptr);
  digests_.emplace_back(name, ToHex(digest));
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
