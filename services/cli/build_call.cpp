#include "services/cli/build_call.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/cli/api_client.h"
#include "services/cli/config.h"

namespace varsam::cli {
namespace {

using Json = nlohmann::json;

absl::StatusOr<Json> OneValue(const Argument& argument, const std::string& text) {
  switch (argument.kind) {
    case ArgumentKind::kText:
    case ArgumentKind::kList:
      return Json(text);
    case ArgumentKind::kInteger: {
      int64_t number = 0;
      if (!absl::SimpleAtoi(text, &number)) {
        return InvalidField(argument.name, "want a whole number");
      }
      return Json(number);
    }
    case ArgumentKind::kFlag:
      return Json(text == "true");
    case ArgumentKind::kFile: {
      ASSIGN_OR_RETURN(std::string content, ReadWholeFile(text));
      return Json(std::move(content));
    }
    case ArgumentKind::kJson: {
      Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
      if (json.is_discarded()) return InvalidField(argument.name, "want JSON");
      return json;
    }
    case ArgumentKind::kPairs:
      break;
  }
  return InvalidField(argument.name, "want key=value");
}

absl::StatusOr<Json> BodyValue(const Argument& argument, const std::vector<std::string>& texts) {
  if (argument.kind == ArgumentKind::kPairs) {
    Json object = Json::object();
    for (const std::string& text : texts) {
      const size_t equals = text.find('=');
      if (equals == std::string::npos || equals == 0) {
        return InvalidField(argument.name, "want key=value");
      }
      object[text.substr(0, equals)] = text.substr(equals + 1);
    }
    return object;
  }
  if (argument.kind != ArgumentKind::kList) return OneValue(argument, texts.back());
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(text);
  return list;
}

// What stands on the command line, or the fallback; empty: nothing.
std::vector<std::string> Given(const Argument& argument, const ArgumentValues& values) {
  const auto found = values.find(argument.name);
  if (found != values.end() && !found->second.empty()) return found->second;
  if (argument.fallback.empty()) return {};
  return {argument.fallback};
}

absl::Status Put(const Argument& argument, const std::vector<std::string>& texts, RestCall& call,
                 std::string& query) {
  const std::string& place = argument.place;
  if (absl::StartsWith(place, "{")) {
    if (texts.back().empty()) return InvalidField(argument.name, "must not be empty");
    call.path = absl::StrReplaceAll(call.path, {{place, UrlEncode(texts.back())}});
    return absl::OkStatus();
  }
  if (absl::StartsWith(place, "?")) {
    for (const std::string& text : texts) {
      absl::StrAppend(&query, query.empty() ? "?" : "&", place.substr(1), "=", UrlEncode(text));
    }
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(Json value, BodyValue(argument, texts));
  call.body[Json::json_pointer(place)] = std::move(value);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RestCall> BuildCall(const Command& command, const ArgumentValues& values) {
  RestCall call{command.method, command.path, nullptr};
  if (command.method != "GET") call.body = Json::object();
  std::string query;
  for (const Argument& argument : command.arguments) {
    const std::vector<std::string> texts = Given(argument, values);
    if (texts.empty()) {
      if (argument.required) return InvalidField(argument.name, "is required");
      continue;
    }
    RETURN_IF_ERROR(Put(argument, texts, call, query));
  }
  call.path += query;
  return call;
}

}  // namespace varsam::cli
