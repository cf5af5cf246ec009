// Every row of the command table against the API's own descriptors: the path is a route, and every
// place an argument, a column or a document names is a field there.
#include <catch2/catch.hpp>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "services/cli/build_call.h"
#include "services/cli/command_table.h"
#include "services/gateway/descriptors/descriptors.h"
#include "services/gateway/transcode/route_table.h"

namespace varsam::cli {
namespace {

namespace pb = google::protobuf;

class Api {
 public:
  Api() : pool_(*gateway::BuildPool(gateway::EmbeddedDescriptors())) {
    std::vector<const pb::ServiceDescriptor*> services;
    for (const char* name :
         {"varsam.registry.v1.RegistryService", "varsam.consent.v1.ConsentService",
          "varsam.requests.v1.RequestsService", "varsam.retention.v1.RetentionService"}) {
      services.push_back(pool_->FindServiceByName(name));
    }
    table_ = std::make_unique<gateway::RouteTable>(*gateway::RouteTable::Build(services));
  }

  const gateway::Route* Find(const std::string& method, const std::string& path) const {
    const gateway::RouteMatch match = table_->router.Find(method, path);
    if (match.kind != gateway::RouteMatch::Kind::kFound) return nullptr;
    return &table_->routes[match.route];
  }

 private:
  std::unique_ptr<pb::DescriptorPool> pool_;
  std::unique_ptr<gateway::RouteTable> table_;
};

// A JSON pointer of camelCase names, inside a message; maps take any key below them.
bool Resolves(const pb::Descriptor& start, const std::string& pointer) {
  const pb::Descriptor* type = &start;
  const std::vector<std::string> names = absl::StrSplit(pointer, '/', absl::SkipEmpty());
  for (size_t i = 0; i < names.size(); ++i) {
    if (type == nullptr) return false;
    const pb::FieldDescriptor* field = nullptr;
    for (int f = 0; f < type->field_count(); ++f) {
      if (type->field(f)->json_name() == names[i]) field = type->field(f);
    }
    if (field == nullptr) return false;
    if (field->is_map()) return true;
    type = field->message_type();
  }
  return true;
}

const pb::Descriptor* RowType(const pb::Descriptor& answer, const std::string& rows) {
  for (int f = 0; f < answer.field_count(); ++f) {
    if ("/" + answer.field(f)->json_name() == rows) return answer.field(f)->message_type();
  }
  return nullptr;
}

std::string Name(const Command& command) { return command.noun + " " + command.verb; }

}  // namespace

TEST_CASE("every command is a route of the API, and names its fields") {
  const Api api;
  std::set<std::string> names;
  for (const Command& command : Commands()) {
    INFO(Name(command));
    CHECK(names.insert(Name(command)).second);
    if (command.path == "/v1/promises") continue;  // the gateway's own
    const std::string path = absl::StrReplaceAll(command.path, {{"{", "x"}, {"}", "x"}});
    const gateway::Route* route = api.Find(command.method, path);
    REQUIRE(route != nullptr);
    const pb::Descriptor& ask = *route->method->input_type();
    const pb::Descriptor& answer = *route->method->output_type();
    for (const Argument& argument : command.arguments) {
      INFO(argument.name << " → " << argument.place);
      if (absl::StartsWith(argument.place, "{")) {
        CHECK(absl::StrContains(command.path, argument.place));
      } else if (absl::StartsWith(argument.place, "?")) {
        CHECK(ask.FindFieldByName(argument.place.substr(1)) != nullptr);
      } else {
        CHECK(Resolves(ask, argument.place));
      }
    }
    if (!command.rows.empty()) {
      const pb::Descriptor* const row = RowType(answer, command.rows);
      REQUIRE(row != nullptr);
      for (const std::string& column : command.columns) {
        INFO(column);
        CHECK(Resolves(*row, column));
      }
    }
    if (!command.document.empty()) CHECK(Resolves(answer, "/" + command.document));
  }
}

TEST_CASE("every part of a path has its argument") {
  for (const Command& command : Commands()) {
    INFO(Name(command));
    ArgumentValues values;
    for (const Argument& argument : command.arguments) {
      if (!absl::StartsWith(argument.place, "{")) continue;
      values[argument.name] = {"a/b c"};
    }
    for (const Argument& argument : command.arguments) {
      const bool plain =
          argument.kind == ArgumentKind::kText || argument.kind == ArgumentKind::kList;
      if (plain && argument.required && !values.contains(argument.name)) {
        values[argument.name] = {"x"};
      }
      if (argument.kind == ArgumentKind::kJson) values[argument.name] = {"[]"};
      if (argument.kind == ArgumentKind::kFile) values[argument.name] = {"/dev/null"};
    }
    const auto call = BuildCall(command, values);
    REQUIRE(call.ok());
    CHECK_FALSE(absl::StrContains(call->path, "{"));
    CHECK_FALSE(absl::StrContains(call->path, "a/b"));  // encoded
  }
}

TEST_CASE("a field that is not there would be noticed") {
  const Api api;
  const gateway::Route* route = api.Find("POST", "/v1/consents");
  REQUIRE(route != nullptr);
  CHECK(Resolves(*route->method->input_type(), "/notice/textSha256"));
  CHECK_FALSE(Resolves(*route->method->input_type(), "/notice/textSha"));
  CHECK_FALSE(Resolves(*route->method->input_type(), "/purpose/deeper"));
  CHECK(api.Find("POST", "/v1/consent") == nullptr);
}

}  // namespace varsam::cli
