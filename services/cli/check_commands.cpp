#include "services/cli/check_commands.h"

#include <algorithm>
#include <functional>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/cli/exit_code.h"

namespace varsam::cli {
namespace {

using Json = nlohmann::json;

std::string Text(const Json& object, const char* key) {
  const auto at = object.find(key);
  if (at == object.end()) return "";
  return at->is_string() ? at->get<std::string>() : at->dump();
}

int VerifyOne(ApiClient& client, const std::string& log, std::ostream& out, std::ostream& err) {
  const absl::StatusOr<ApiResponse> response =
      client.Call("GET", absl::StrCat("/ledger/", log, "/verify"));
  if (!response.ok()) {
    err << log << ": " << StatusText(response.status());
    return ExitCodeOf(response.status());
  }
  if (!response->ok() || !response->json.is_object()) {
    err << log << ": " << ProblemText(*response);
    return response->ok() ? kExitFailed : ExitCodeOf(response->status);
  }
  const Json& answer = response->json;
  if (answer.value("intact", false)) {
    out << log << ": intact, " << Text(answer, "entries") << " entries, "
        << Text(answer, "erased") << " erased\n";
    return kExitDone;
  }
  out << log << ": DAMAGED at index " << Text(answer, "index") << " (before "
      << Text(answer, "indexEnd") << "): " << Text(answer, "damage") << " "
      << Text(answer, "detail") << "\n";
  return kExitFailed;
}

struct Check {
  std::string name;
  std::string method, path;
  // Empty: well. Else what is wrong.
  std::function<std::string(const Json&)> judge;
};

std::string NotEmpty(const Json& answer, const char* list) {
  const auto at = answer.find(list);
  if (at == answer.end() || !at->is_array() || at->empty()) return absl::StrCat("no ", list);
  return "";
}

std::vector<Check> Checks() {
  const auto fine = [](const Json&) { return std::string(); };
  std::vector<Check> checks = {
      {"gateway alive", "GET", "/healthz", fine},
      {"services ready", "GET", "/readyz", fine},
      {"policy in force", "GET", "/v1/policies/current",
       [](const Json& answer) {
         return answer.contains("model") ? std::string() : std::string("no policy model");
       }},
      {"purposes", "GET", "/v1/purposes", [](const Json& a) { return NotEmpty(a, "purposes"); }},
      {"promises", "GET", "/v1/promises", [](const Json& a) { return NotEmpty(a, "promises"); }},
      {"interface description", "GET", "/openapi.json", fine}};
  for (const std::string& log : LedgerNames()) {
    checks.push_back({absl::StrCat("ledger ", log), "GET",
                      absl::StrCat("/ledger/", log, "/checkpoint"), fine});
  }
  return checks;
}

}  // namespace

const std::vector<std::string>& LedgerNames() {
  static const auto* const names =
      new std::vector<std::string>{"registry", "consent", "requests", "retention"};
  return *names;
}

int VerifyLedgers(ApiClient& client, const std::vector<std::string>& logs, std::ostream& out,
                  std::ostream& err) {
  const std::vector<std::string>& names = LedgerNames();
  for (const std::string& log : logs) {
    if (std::find(names.begin(), names.end(), log) != names.end()) continue;
    err << log << ": no such ledger, want " << absl::StrJoin(names, ", ") << "\n";
    return kExitUsage;
  }
  int worst = kExitDone;
  for (const std::string& log : logs.empty() ? names : logs) {
    const int code = VerifyOne(client, log, out, err);
    if (worst == kExitDone) worst = code;
  }
  return worst;
}

int Doctor(ApiClient& client, std::ostream& out) {
  int worst = kExitDone;
  for (const Check& check : Checks()) {
    const absl::StatusOr<ApiResponse> response = client.Call(check.method, check.path);
    std::string fault;
    int code = kExitDone;
    if (!response.ok()) {
      fault = std::string(response.status().message());
      code = ExitCodeOf(response.status());
    } else if (!response->ok()) {
      fault = ProblemText(*response);
      fault.erase(fault.find_last_not_of('\n') + 1);
      code = ExitCodeOf(response->status);
    } else {
      fault = check.judge(response->json);
      if (!fault.empty()) code = kExitFailed;
    }
    out << (code == kExitDone ? "ok    " : "FAIL  ") << check.name;
    if (!fault.empty()) out << ": " << fault;
    out << "\n";
    if (worst == kExitDone) worst = code;
  }
  return worst;
}

}  // namespace varsam::cli
