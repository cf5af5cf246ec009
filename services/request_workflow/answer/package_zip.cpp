#include <zip.h>

#include "libs/base/error.h"
#include "libs/base/strings.h"
#include "nlohmann/json.hpp"
#include "openssl/sha.h"
#include "services/request_workflow/answer/package.h"

namespace varsam::requests {
namespace {

std::string Sha256Hex(const std::string& bytes) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest);
  return ToHex({reinterpret_cast<const char*>(digest), sizeof digest});
}

absl::Status Broken() {
  return ErrorWithReason(absl::StatusCode::kInternal, "ARCHIVE", "the archive cannot be written");
}

// The buffers outlive the archive.
bool AddFile(zip_t* archive, const char* name, const std::string& bytes) {
  zip_source_t* const source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
  if (source == nullptr) return false;
  if (zip_file_add(archive, name, source, ZIP_FL_ENC_UTF_8) >= 0) return true;
  zip_source_free(source);
  return false;
}

}  // namespace

absl::StatusOr<std::string> PackageZip(const std::vector<PackageFile>& files) {
  nlohmann::json listed = nlohmann::json::array();
  for (const PackageFile& file : files) {
    listed.push_back({{"name", file.name}, {"sha256", Sha256Hex(file.bytes)}});
  }
  const std::string manifest = nlohmann::json{{"files", listed}}.dump(2);
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* const memory = zip_source_buffer_create(nullptr, 0, 0, &error);
  if (memory == nullptr) return Broken();
  zip_source_keep(memory);
  zip_t* const archive = zip_open_from_source(memory, ZIP_TRUNCATE, &error);
  if (archive == nullptr) {
    zip_source_free(memory);
    return Broken();
  }
  bool added = AddFile(archive, "manifest.json", manifest);
  for (const PackageFile& file : files) {
    added = added && AddFile(archive, file.name.c_str(), file.bytes);
  }
  if (!added || zip_close(archive) != 0) {
    zip_discard(archive);
    zip_source_free(memory);
    return Broken();
  }
  std::string bytes;
  zip_stat_t stat;
  const bool readable = zip_source_stat(memory, &stat) == 0 && zip_source_open(memory) == 0;
  if (readable) {
    bytes.resize(stat.size);
    const zip_int64_t got = zip_source_read(memory, bytes.data(), bytes.size());
    zip_source_close(memory);
    if (got != static_cast<zip_int64_t>(bytes.size())) bytes.clear();
  }
  zip_source_free(memory);
  if (bytes.empty()) return Broken();
  return bytes;
}

}  // namespace varsam::requests
