#include "services/cli/run_command.h"

#include <fstream>
#include <ostream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "services/cli/exit_code.h"

namespace varsam::cli {
namespace {

// Writes the member of the answer that the command calls its document. The bytes are kept as they
// are: a signature is over them.
absl::Status WriteDocument(const nlohmann::json& answer, const Command& command,
                           const std::string& path) {
  const nlohmann::json::json_pointer at("/" + command.document);
  if (command.document.empty() || !answer.contains(at) || !answer[at].is_string()) {
    return absl::InvalidArgumentError("this answer holds no document to write");
  }
  std::string bytes = answer[at].get<std::string>();
  if (command.document_base64) {
    std::string decoded;
    if (!absl::Base64Unescape(bytes, &decoded)) {
      return absl::InternalError("the document is not base64");
    }
    bytes = std::move(decoded);
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return absl::UnknownError(absl::StrCat(path, " cannot be written"));
  return absl::OkStatus();
}

}  // namespace

int RunCommand(ApiClient& client, const Command& command, const ArgumentValues& values,
               const RunOptions& options, std::ostream& out, std::ostream& err) {
  const absl::StatusOr<RestCall> call = BuildCall(command, values);
  if (!call.ok()) {
    err << StatusText(call.status());
    return ExitCodeOf(call.status());
  }
  const absl::StatusOr<ApiResponse> response =
      client.Call(call->method, call->path, call->body, options.idempotency_key);
  if (!response.ok()) {
    err << StatusText(response.status());
    return ExitCodeOf(response.status());
  }
  if (!response->ok()) {
    err << ProblemText(*response);
    return ExitCodeOf(response->status);
  }
  if (!options.out_file.empty()) {
    const absl::Status written = WriteDocument(response->json, command, options.out_file);
    if (written.ok()) return kExitDone;
    err << StatusText(written);
    return ExitCodeOf(written);
  }
  out << Show(response->json, options.format, command.rows, command.columns);
  return kExitDone;
}

}  // namespace varsam::cli
