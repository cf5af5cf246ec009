#include "services/cli/demo/stage.h"

#include <filesystem>
#include <fstream>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "services/cli/config.h"
#include "services/cli/exit_code.h"

namespace varsam::cli {
namespace {

constexpr absl::Duration kAskEvery = absl::Milliseconds(100);

std::map<std::string, std::string> ParseEnv(const std::string& text) {
  std::map<std::string, std::string> settings;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(line, absl::MaxSplits('=', 1));
    absl::string_view value = parts.second;
    if (absl::ConsumePrefix(&value, "'")) absl::ConsumeSuffix(&value, "'");
    if (!parts.first.empty()) settings[std::string(parts.first)] = std::string(value);
  }
  return settings;
}

}  // namespace

absl::Status Expect(bool held, const std::string& what, const std::string& got) {
  if (held) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("expected ", what, got.empty() ? "" : ", got ", got));
}

std::string TextAt(const Json& json, const std::string& pointer) {
  const Json::json_pointer at(pointer);
  if (!json.is_structured() || !json.contains(at)) return "";
  const Json& value = json[at];
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Stage::Stage(ApiConfig config, const DemoOptions& options, std::ostream& out)
    : config_(std::move(config)), state_dir_(options.state_dir),
      policy_file_(options.policy_file), out_(out) {}

absl::StatusOr<std::unique_ptr<Stage>> Stage::Open(ApiConfig config, const DemoOptions& options,
                                                   std::ostream& out) {
  std::unique_ptr<Stage> stage(new Stage(std::move(config), options, out));
  RETURN_IF_ERROR(stage->Load());
  return stage;
}

absl::Status Stage::Load() {
  ASSIGN_OR_RETURN(const std::string env, ReadWholeFile(state_dir_ + "/samples/samples.env"));
  settings_ = ParseEnv(env);
  ASSIGN_OR_RETURN(const std::string manifest_file, Setting("VARSAM_SAMPLE_MANIFEST"));
  ASSIGN_OR_RETURN(const std::string manifest, ReadWholeFile(manifest_file));
  manifest_ = Json::parse(manifest, nullptr, /*allow_exceptions=*/false);
  RETURN_IF_ERROR(Expect(manifest_.is_object(), "JSON in " + manifest_file));
  for (const std::string role : {kOperator, kOfficer, kCaseOfficer, kAuditor, kSystem}) {
    ApiConfig config = config_;
    ASSIGN_OR_RETURN(config.token, ReadWholeFile(state_dir_ + "/tokens/" + role));
    config.token = std::string(absl::StripAsciiWhitespace(config.token));
    clients_[role] = std::make_unique<ApiClient>(std::move(config));
  }
  ApiConfig anonymous = config_;
  anonymous.token.clear();
  clients_[kNobody] = std::make_unique<ApiClient>(std::move(anonymous));
  std::error_code failed;
  std::filesystem::create_directories(state_dir_ + "/demo", failed);
  return Expect(!failed, "a folder " + state_dir_ + "/demo", failed.message());
}

ApiClient* Stage::Client(const std::string& role) { return clients_.at(role).get(); }

absl::StatusOr<std::string> Stage::Setting(const std::string& name) const {
  const auto found = settings_.find(name);
  if (found == settings_.end()) return absl::NotFoundError("samples.env has no " + name);
  return found->second;
}

absl::StatusOr<ApiResponse> Stage::Try(const std::string& role, const std::string& method,
                                       const std::string& path, const Json& body) {
  return Client(role)->Call(method, path, body);
}

absl::StatusOr<Json> Stage::Call(const std::string& role, const std::string& method,
                                 const std::string& path, const Json& body) {
  ASSIGN_OR_RETURN(const ApiResponse response, Try(role, method, path, body));
  RETURN_IF_ERROR(Expect(response.ok(), absl::StrCat(method, " ", path, " to succeed"),
                         absl::StrCat(response.status, " ", ProblemText(response))));
  return response.json;
}

absl::Status Stage::ExpectProblem(const std::string& role, const std::string& method,
                                  const std::string& path, const Json& body,
                                  const std::string& code) {
  ASSIGN_OR_RETURN(const ApiResponse response, Try(role, method, path, body));
  const std::string got = response.ok() ? "success" : TextAt(response.json, "/code");
  return Expect(got == code, absl::StrCat(method, " ", path, " to answer ", code), got);
}

absl::Status Stage::Until(std::string_view what, absl::Duration most,
                          const std::function<absl::StatusOr<bool>()>& done) {
  const absl::Duration end = MonotonicNow() + most;
  while (true) {
    ASSIGN_OR_RETURN(const bool is_done, done());
    if (is_done) return absl::OkStatus();
    RETURN_IF_ERROR(Expect(MonotonicNow() < end, std::string(what),
                           absl::StrCat("nothing within ", absl::FormatDuration(most))));
    absl::SleepFor(kAskEvery);
  }
}

void Stage::Note(const std::string& line) { out_ << "       " << line << std::endl; }

absl::Status Stage::Write(const std::string& name, const std::string& bytes) {
  std::ofstream file(PathOf(name), std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  return Expect(static_cast<bool>(file), "to write " + PathOf(name));
}

}  // namespace varsam::cli
