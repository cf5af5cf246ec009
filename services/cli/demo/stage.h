// What every step of the demo stands on: people in their roles, the sample systems, checks that say
// what was expected. One thread.
#pragma once

#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "nlohmann/json.hpp"
#include "services/cli/api_client.h"
#include "services/cli/demo/demo.h"

namespace varsam::cli {

using Json = nlohmann::json;

// Names of the tokens that deploy/up makes, one person each.
inline constexpr char kOperator[] = "operator";
inline constexpr char kOfficer[] = "privacy_officer";
inline constexpr char kCaseOfficer[] = "case_officer";
inline constexpr char kAuditor[] = "auditor";
inline constexpr char kSystem[] = "system";
inline constexpr char kNobody[] = "";  // not signed in

class Stage {
 public:
  // Reads samples/samples.env, the seed's manifest and tokens/. NOT_FOUND naming the missing file.
  static absl::StatusOr<std::unique_ptr<Stage>> Open(ApiConfig config, const DemoOptions& options,
                                                     std::ostream& out);

  // The answer, whatever its status. UNAVAILABLE and DEADLINE_EXCEEDED as ApiClient says.
  absl::StatusOr<ApiResponse> Try(const std::string& role, const std::string& method,
                                  const std::string& path, const Json& body = nullptr);
  // The JSON of an answer that must be 2xx; else FAILED_PRECONDITION with the problem.
  absl::StatusOr<Json> Call(const std::string& role, const std::string& method,
                            const std::string& path, const Json& body = nullptr);
  // The answer must be this problem.
  absl::Status ExpectProblem(const std::string& role, const std::string& method,
                             const std::string& path, const Json& body, const std::string& code);
  // A person signed in by a case link: calls go with the cookie of the exchange.
  ApiClient& person() { return *Client(kNobody); }

  // Asks again until `done` says true; FAILED_PRECONDITION when it takes longer than `most`. An
  // error that `done` returns ends it.
  absl::Status Until(std::string_view what, absl::Duration most,
                     const std::function<absl::StatusOr<bool>()>& done);
  // A line under the step.
  void Note(const std::string& line);

  const Json& manifest() const { return manifest_; }
  const std::string& policy_file() const { return policy_file_; }
  // A setting of samples.env; NOT_FOUND.
  absl::StatusOr<std::string> Setting(const std::string& name) const;
  // A file of the demo's own (receipts, packages): state/demo/<name>.
  std::string PathOf(const std::string& name) const { return state_dir_ + "/demo/" + name; }
  absl::Status Write(const std::string& name, const std::string& bytes);

  // What one step leaves for the next.
  std::map<std::string, std::string> kept;

 private:
  Stage(ApiConfig config, const DemoOptions& options, std::ostream& out);
  absl::Status Load();
  ApiClient* Client(const std::string& role);

  ApiConfig config_;
  std::string state_dir_, policy_file_;
  std::ostream& out_;
  std::map<std::string, std::string> settings_;
  Json manifest_;
  std::map<std::string, std::unique_ptr<ApiClient>> clients_;
};

// OK, or FAILED_PRECONDITION "expected <what>, got <got>".
absl::Status Expect(bool held, const std::string& what, const std::string& got = "");
// A member as text, by JSON pointer; "" when it is not there.
std::string TextAt(const Json& json, const std::string& pointer);

// The path of a program beside this one (varsam-verify).
std::string ProgramBeside(const std::string& name);
struct Ran {
  int code = 0;
  std::string output;  // stdout and stderr
};
// Runs a program with arguments, without a shell, and waits for it.
absl::StatusOr<Ran> RunProgram(const std::vector<std::string>& arguments);

// One value of a sample system's own database, asked with psql: for checks that do not trust us.
absl::StatusOr<std::string> RunSql(const std::string& conninfo, const std::string& sql);

}  // namespace varsam::cli
