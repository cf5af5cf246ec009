// What the command line is told by its environment: where the gateway is, and who is calling.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "services/cli/api_client.h"

namespace varsam::cli {

// What stood on the command line; it wins over the environment.
struct Overrides {
  std::string url, token_file, ca_file;
  int timeout_seconds = 0;  // 0: the default
};

// Reads VARSAM_URL (default http://127.0.0.1:7400), VARSAM_TOKEN_FILE (a file with a bearer token;
// none: anonymous) and VARSAM_TLS_CA (for https). INVALID_ARGUMENT naming what is wrong.
absl::StatusOr<ApiConfig> LoadConfig(const Overrides& overrides);

// The text of a file, "-" is standard input; at most kFileBytesMax. NOT_FOUND, INVALID_ARGUMENT.
inline constexpr size_t kFileBytesMax = 16 << 20;
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

// A variable for the demo and doctor (VARSAM_STATE_DIR …); nullopt when unset or empty.
std::optional<std::string> EnvironmentVariable(const std::string& name);

}  // namespace varsam::cli
