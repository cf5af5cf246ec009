#include "services/cli/config.h"

#include <cstdlib>
#include <fstream>
#include <iostream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::cli {
namespace {

constexpr char kUrlDefault[] = "http://127.0.0.1:7400";
constexpr int kTimeoutSecondsMax = 600;

std::string Choose(const std::string& given, const char* variable, const std::string& fallback) {
  if (!given.empty()) return given;
  return EnvironmentVariable(variable).value_or(fallback);
}

}  // namespace

std::optional<std::string> EnvironmentVariable(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) return absl::NotFoundError(absl::StrCat("the file ", path, " cannot be read"));
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::string text;
  char block[65536];
  while (in.read(block, sizeof(block)) || in.gcount() > 0) {
    text.append(block, static_cast<size_t>(in.gcount()));
    if (text.size() > kFileBytesMax) {
      return InvalidField(path, absl::StrCat("longer than ", kFileBytesMax, " bytes"));
    }
  }
  return text;
}

absl::StatusOr<ApiConfig> LoadConfig(const Overrides& overrides) {
  ApiConfig config;
  config.url = Choose(overrides.url, "VARSAM_URL", kUrlDefault);
  while (absl::EndsWith(config.url, "/")) config.url.pop_back();
  if (!absl::StartsWith(config.url, "http://") && !absl::StartsWith(config.url, "https://")) {
    return InvalidField("VARSAM_URL", "want http://host:port or https://host:port");
  }
  config.ca_file = Choose(overrides.ca_file, "VARSAM_TLS_CA", "");
  const std::string token_file = Choose(overrides.token_file, "VARSAM_TOKEN_FILE", "");
  if (!token_file.empty()) {
    ASSIGN_OR_RETURN(config.token, ReadWholeFile(token_file));
    absl::StripAsciiWhitespace(&config.token);
    if (absl::StrContains(config.token, "\n")) {
      return InvalidField("VARSAM_TOKEN_FILE", "want one line with a bearer token");
    }
  }
  if (overrides.timeout_seconds < 0 || overrides.timeout_seconds > kTimeoutSecondsMax) {
    return InvalidField("--timeout", absl::StrCat("want 1..", kTimeoutSecondsMax, " seconds"));
  }
  if (overrides.timeout_seconds > 0) config.timeout = absl::Seconds(overrides.timeout_seconds);
  return config;
}

}  // namespace varsam::cli
