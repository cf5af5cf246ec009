// Server reflection answers operators, and nobody else.
#include <catch2/catch.hpp>

#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "google/api/annotations.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/rpc/reflection.h"
#include "libs/rpc/status.h"
#include "tests/support/ledger_stub.h"
#include "tests/support/pki.h"

namespace varsam {
namespace {

namespace v1 = grpc::reflection::v1;
namespace v1alpha = grpc::reflection::v1alpha;

const testing::TestPki& Pki() {
  static const testing::TestPki pki;
  return pki;
}

// A server that has the ledger's rpcs in its table, and reflection for operators.
struct Reflecting {
  Reflecting() {
    rpc::AccessTable access = testing::TestAccess();
    rpc::AllowReflection(access, {"operator"});
    admission = std::make_unique<rpc::Admission>(access, rpc::AdmissionConfig{.service = "consent"},
                                                 *metrics);
    reflection = std::make_unique<rpc::Reflection>(access, *admission);
    rpc::ServerConfig config = testing::TestServerConfig();
    config.tls = Pki().Files("consent");
    auto started =
        rpc::Server::Start(config, *admission, metrics, {reflection->v1(), reflection->v1alpha()});
    REQUIRE(started.ok());
    server = *std::move(started);
  }

  std::shared_ptr<grpc::Channel> As(const std::string& peer) const {
    auto channel = rpc::NewChannel({.service = "consent",
                                    .target = absl::StrCat("dns:///localhost:", server->port()),
                                    .tls = Pki().Files(peer)});
    REQUIRE(channel.ok());
    return *channel;
  }

  std::shared_ptr<obs::Metrics> metrics = std::make_shared<obs::Metrics>();
  std::unique_ptr<rpc::Admission> admission;
  std::unique_ptr<rpc::Reflection> reflection;
  std::unique_ptr<rpc::Server> server;
};

std::unique_ptr<grpc::ClientContext> Soon() {
  return rpc::NewContext({.deadline = SystemClock().Now() + absl::Seconds(10)});
}

template <typename Response>
struct Answers {
  std::vector<Response> all;
  absl::Status status;
};

// The answers to these questions, asked one after the other in one stream.
template <typename Service, typename Request, typename Response>
Answers<Response> Ask(const std::shared_ptr<grpc::Channel>& channel,
                      const std::vector<Request>& questions) {
  const auto context = Soon();
  const auto stub = Service::NewStub(channel);
  const auto stream = stub->ServerReflectionInfo(context.get());
  Answers<Response> answers;
  for (const Request& question : questions) {
    Response answer;
    if (!stream->Write(question) || !stream->Read(&answer)) break;
    answers.all.push_back(answer);
  }
  stream->WritesDone();
  answers.status = rpc::FromGrpc(stream->Finish());
  return answers;
}

Answers<v1::ServerReflectionResponse> AskV1(
    const std::shared_ptr<grpc::Channel>& channel,
    const std::vector<v1::ServerReflectionRequest>& questions) {
  return Ask<v1::ServerReflection, v1::ServerReflectionRequest, v1::ServerReflectionResponse>(
      channel, questions);
}

v1::ServerReflectionRequest ListServices() {
  v1::ServerReflectionRequest request;
  request.set_host("localhost");
  request.set_list_services("*");
  return request;
}

v1::ServerReflectionRequest FileOf(const std::string& symbol) {
  v1::ServerReflectionRequest request;
  request.set_file_containing_symbol(symbol);
  return request;
}

}  // namespace

TEST_CASE("an operator lists the services of a server") {
  const Reflecting service;
  const auto answers = AskV1(service.As("operator"), {ListServices()});
  CHECK(answers.status == absl::OkStatus());
  REQUIRE(answers.all.size() == 1);
  CHECK(answers.all[0].valid_host() == "localhost");
  CHECK(answers.all[0].original_request().list_services() == "*");
  std::vector<std::string> names;
  for (const auto& one : answers.all[0].list_services_response().service()) {
    names.push_back(one.name());
  }
  CHECK(names == std::vector<std::string>{"grpc.reflection.v1.ServerReflection",
                                          "grpc.reflection.v1alpha.ServerReflection",
                                          "varsam.ledger.v1.LedgerService"});
}

TEST_CASE("the same for tools that speak v1alpha only") {
  const Reflecting service;
  v1alpha::ServerReflectionRequest question;
  question.set_list_services("");
  const auto answers = Ask<v1alpha::ServerReflection, v1alpha::ServerReflectionRequest,
                           v1alpha::ServerReflectionResponse>(service.As("operator"), {question});
  CHECK(answers.status == absl::OkStatus());
  REQUIRE(answers.all.size() == 1);
  CHECK(answers.all[0].list_services_response().service_size() == 3);
}

TEST_CASE("from the answers a client builds descriptors of its own") {
  const Reflecting service;
  const auto answers = AskV1(
      service.As("operator"),
      {FileOf("varsam.ledger.v1.LedgerService"), FileOf("varsam.ledger.v1.GetCheckpointRequest")});
  CHECK(answers.status == absl::OkStatus());
  REQUIRE(answers.all.size() == 2);
  google::protobuf::SimpleDescriptorDatabase files;
  std::set<std::string> seen;
  for (const auto& answer : answers.all) {
    for (const std::string& bytes : answer.file_descriptor_response().file_descriptor_proto()) {
      google::protobuf::FileDescriptorProto file;
      REQUIRE(file.ParseFromString(bytes));
      if (seen.insert(file.name()).second) REQUIRE(files.Add(file));
    }
  }
  google::protobuf::DescriptorPool pool(&files);
  const auto* const found = pool.FindServiceByName("varsam.ledger.v1.LedgerService");
  REQUIRE(found != nullptr);
  CHECK(found->FindMethodByName("Tail")->server_streaming());
}

TEST_CASE("what is not there is an error of the answer, and the stream goes on") {
  const Reflecting service;
  v1::ServerReflectionRequest no_file, no_extension, extensions, extended;
  no_file.set_file_by_filename("no/such.proto");
  no_extension.mutable_file_containing_extension()->set_containing_type("no.such.Type");
  extensions.set_all_extension_numbers_of_type("google.protobuf.MethodOptions");
  extended.mutable_file_containing_extension()->set_containing_type(
      "google.protobuf.MethodOptions");
  extended.mutable_file_containing_extension()->set_extension_number(google::api::http.number());
  const auto answers =
      AskV1(service.As("operator"),
            {no_file, FileOf("no.such.Symbol"), no_extension, {}, extensions, extended});
  CHECK(answers.status == absl::OkStatus());
  REQUIRE(answers.all.size() == 6);
  CHECK(answers.all[0].error_response().error_code() == 5);  // NOT_FOUND
  CHECK(answers.all[0].error_response().error_message() == "no such file");
  CHECK(answers.all[1].error_response().error_code() == 5);
  CHECK(answers.all[2].error_response().error_code() == 5);
  CHECK(answers.all[3].error_response().error_code() == 3);  // INVALID_ARGUMENT
  CHECK(answers.all[4].all_extension_numbers_response().extension_number_size() >= 1);
  CHECK(answers.all[5].file_descriptor_response().file_descriptor_proto_size() >= 1);
}

TEST_CASE("every other peer is refused, in both versions") {
  const Reflecting service;
  for (const char* peer : {"gateway", "retention", "consent"}) {
    CAPTURE(peer);
    const auto answers = AskV1(service.As(peer), {ListServices()});
    CHECK(answers.all.empty());
    CHECK(answers.status.code() == absl::StatusCode::kPermissionDenied);
    CHECK(ReasonOf(answers.status) == "PEER_NOT_ALLOWED");
    const auto older = Ask<v1alpha::ServerReflection, v1alpha::ServerReflectionRequest,
                           v1alpha::ServerReflectionResponse>(service.As(peer), {{}});
    CHECK(ReasonOf(older.status) == "PEER_NOT_ALLOWED");
  }
}

TEST_CASE("a stream that asks too much is ended") {
  const Reflecting service;
  const std::vector<v1::ServerReflectionRequest> many(rpc::kReflectionAsksMax + 1);
  const auto answers = AskV1(service.As("operator"), many);
  CHECK(answers.all.size() == static_cast<size_t>(rpc::kReflectionAsksMax));
  CHECK(ReasonOf(answers.status) == "REFLECTION_LIMIT");
}

}  // namespace varsam
