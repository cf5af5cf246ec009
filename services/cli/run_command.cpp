#include "services/cli/run_command.h"

#include <fstream>
#include <ostream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"
#include "services/cli/exit_code.h"

namespace varsam::cli {
namespace {

// Writes the member of the answer that the command calls its document. The bytes are kept as they
// are: a signature is over them.
absl::Status WritePiece(const nlohmann::json& answer, const Command& command, std::ofstream& file) {
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
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return absl::OkStatus();
}

// A large document comes in pieces: each answer says where the next one begins.
absl::Status WriteDocument(ApiClient& client, const RestCall& call, nlohmann::json answer,
                           const Command& command, const std::string& path) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  for (;;) {
    RETURN_IF_ERROR(WritePiece(answer, command, file));
    const uint64_t next = answer.value("nextPart", uint64_t{0});
    if (next == 0) break;
    const char mark = call.path.find('?') == std::string::npos ? '?' : '&';
    ASSIGN_OR_RETURN(const ApiResponse more,
                     client.Call(call.method,
                                 absl::StrCat(call.path, std::string(1, mark), "part=", next,
                                              "&ticket=", answer.value("ticket", "")),
                                 call.body, ""));
    if (!more.ok()) return absl::UnavailableError(ProblemText(more));
    answer = more.json;
  }
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
    const absl::Status written =
        WriteDocument(client, *call, response->json, command, options.out_file);
    if (written.ok()) return kExitDone;
    err << StatusText(written);
    return ExitCodeOf(written);
  }
  out << Show(response->json, options.format, command.rows, command.columns);
  return kExitDone;
}

}  // namespace varsam::cli
