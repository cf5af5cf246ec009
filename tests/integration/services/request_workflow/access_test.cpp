// Access from the form to the download, over mTLS, with real neighbours, mail and a connector
// played here.
#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "libs/base/error.h"
#include "libs/rpc/status.h"
#include "services/request_workflow/flow/writer.h"
#include "tests/support/requests_stack.h"

namespace varsam::requests {
namespace {

using testing::ComesTrue;
using testing::FreshId;
using testing::Patient;
using testing::RequestsStack;

absl::Status Upload(cv1::ConnectorService::Stub& stub, const cv1::LeasedTask& task,
                    const std::string& bytes, uint64_t from, uint64_t to) {
  const auto context = Patient();
  cv1::UploadResultResponse response;
  const auto writer = stub.UploadResult(context.get(), &response);
  cv1::UploadResultRequest chunk;
  chunk.set_task_id(task.task_id());
  chunk.set_fence(task.fence());
  chunk.set_offset(from);
  chunk.set_chunk(bytes.substr(from, to - from));
  if (to == bytes.size()) {
    chunk.set_last(true);
    chunk.set_sha256(Sha256(bytes));
  }
  writer->Write(chunk);
  writer->WritesDone();
  return rpc::FromGrpc(writer->Finish());
}

bool FinishDone(cv1::ConnectorService::Stub& stub, const cv1::LeasedTask& task,
                const std::string& bytes) {
  cv1::FinishRequest request;
  request.set_task_id(task.task_id());
  request.set_fence(task.fence());
  cv1::CategoryResult* const result = request.mutable_outcome()->mutable_done()->add_results();
  result->set_data_category("name");
  result->set_found(1);
  result->set_exported(1);
  if (!bytes.empty()) request.set_result_sha256(Sha256(bytes));
  cv1::FinishResponse response;
  const absl::Status status = rpc::FromGrpc(stub.Finish(Patient().get(), request, &response));
  INFO(status.ToString());
  CHECK(status.ok());
  return response.accepted();
}

std::string CloseReason(RequestsStack& stack, const std::string& id) {
  v1::CloseRequestRequest request;
  request.set_request_id(FreshId());
  request.set_case_id(id);
  v1::CloseRequestResponse response;
  return ReasonOf(
      rpc::FromGrpc(stack.gateway().CloseRequest(stack.Staff().get(), request, &response)));
}

absl::Status GetPackage(RequestsStack& stack, const std::string& subject, const std::string& id,
                        v1::PackageFormat format, v1::GetPackageResponse* response) {
  v1::GetPackageRequest request;
  request.set_case_id(id);
  request.set_format(format);
  return rpc::FromGrpc(
      stack.gateway().GetPackage(stack.Person(subject, id).get(), request, response));
}

struct Access : RequestsStack {
  Access() {
    subject = Register(address);
    CHECK(Hello().ok());
    id = Submit(v1::RIGHT_ACCESS, address);
    token = AwaitToken(address);
  }
  // Proven, and the search has begun in all eight systems.
  void Search() {
    REQUIRE(Verify(id, token).ok());
    REQUIRE(ComesTrue([&] { return Case(id).coverage().systems_total() == 8; }));
  }
  v1::TaskState StateOf(const std::string& task_id) {
    v1::ListTasksRequest list;
    list.set_case_id(id);
    v1::ListTasksResponse tasks;
    REQUIRE(gateway().ListTasks(Staff().get(), list, &tasks).ok());
    for (const v1::Task& task : tasks.tasks()) {
      if (task.id() == task_id) return task.state();
    }
    return v1::TASK_STATE_UNSPECIFIED;
  }

  const std::string address = "asa@example.se";
  std::string subject, id, token;
};

const std::string kDocument = R"({"name":[{"namn":"<script>alert(1)</script> Åsa"}]})";

// An upload that breaks off goes on where it was, and only there.
void UploadInTwoParts(Access& access, const cv1::LeasedTask& task) {
  REQUIRE(Upload(access.crm(), task, kDocument, 0, 10).ok());
  cv1::GetUploadOffsetRequest where;
  where.set_task_id(task.task_id());
  where.set_fence(task.fence());
  cv1::GetUploadOffsetResponse at;
  REQUIRE(access.crm().GetUploadOffset(Patient().get(), where, &at).ok());
  CHECK(at.offset() == 10);
  CHECK(ReasonOf(Upload(access.crm(), task, kDocument, 5, 20)) == "UPLOAD_OFFSET");
  REQUIRE(Upload(access.crm(), task, kDocument, 10, kDocument.size()).ok());
}

// The lease lapses; the task is leased again with a higher fence; the old report changes nothing.
cv1::LeasedTask LeaseAgain(Access& access, const cv1::LeasedTask& old) {
  access.Advance(absl::Seconds(61));
  REQUIRE(ComesTrue([&] { return access.StateOf(old.task_id()) == v1::TASK_STATE_OPEN; }));
  CHECK(access.LeaseOne("crm").task_id().empty());  // backs off first
  access.Advance(absl::Seconds(5));
  cv1::LeasedTask again = access.LeaseOne("crm");
  REQUIRE(again.task_id() == old.task_id());
  CHECK(again.fence() > old.fence());
  CHECK_FALSE(FinishDone(access.crm(), old, kDocument));
  return again;
}

void Download(Access& access) {
  v1::GetPackageResponse package;
  const auto get = [&](v1::PackageFormat format) {
    package.Clear();
    return GetPackage(access, access.subject, access.id, format, &package);
  };
  REQUIRE(get(v1::PACKAGE_FORMAT_HTML).ok());
  CHECK(package.content().find("&lt;script&gt;") != std::string::npos);
  CHECK(package.content().find("<script>") == std::string::npos);
  CHECK(package.downloads_left() == 2);
  REQUIRE(get(v1::PACKAGE_FORMAT_JSON).ok());
  CHECK(package.content().find("d_retention") != std::string::npos);
  REQUIRE(get(v1::PACKAGE_FORMAT_ZIP).ok());
  CHECK(package.content().substr(0, 2) == "PK");
  CHECK(ReasonOf(get(v1::PACKAGE_FORMAT_ZIP)) == "PACKAGE_GONE");
}

}  // namespace

TEST_CASE("nothing is granted before the identity is proven") {
  if (!testing::MailServer::Available()) exit(77);
  Access access;
  CHECK(access.Case(access.id).state() == v1::CASE_STATE_IDENTITY_CHECK);
  CHECK(access.Case(access.id).subject_id().empty());
  CHECK_FALSE(access.Case(access.id).clock().due_date().empty());
  CHECK(access.Case(access.id).clock().steps_size() >= 2);
  CHECK_FALSE(access.Approve(access.id).ok());
  CHECK(ReasonOf(access.Verify(access.id, "wrong")) == "LINK_INVALID");
  CHECK(access.Case(access.id).state() == v1::CASE_STATE_IDENTITY_CHECK);
  // After five wrong ones the right one does not work either.
  for (int i = 0; i < 4; ++i) CHECK_FALSE(access.Verify(access.id, "wrong").ok());
  CHECK(ReasonOf(access.Verify(access.id, access.token)) == "LINK_INVALID");
}

TEST_CASE("a link works once, whoever is quickest of fifty") {
  if (!testing::MailServer::Available()) exit(77);
  Access access;
  std::atomic<int> worked = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 50; ++i) {
    threads.emplace_back([&] {
      if (access.Verify(access.id, access.token).ok()) ++worked;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(worked == 1);
  access.AwaitState(access.id, v1::CASE_STATE_SEARCHING);
}

TEST_CASE("access: coverage, leases, uploads, review, package") {
  if (!testing::MailServer::Available()) exit(77);
  Access access;
  access.Search();
  CHECK(access.Case(access.id).codes(0) == "COVERAGE_INCOMPLETE");
  CHECK(CloseReason(access, access.id) == "COVERAGE_INCOMPLETE");
  CHECK(access.FinishManual(access.id) == 6);
  // Another connector gets nothing of it.
  cv1::LeaseTasksRequest lease;
  lease.add_systems("crm");
  cv1::LeaseTasksResponse leased;
  CHECK(ReasonOf(rpc::FromGrpc(access.other().LeaseTasks(Patient().get(), lease, &leased))) ==
        "SYSTEM_NOT_INTRODUCED");

  const cv1::LeasedTask crm = access.LeaseOne("crm");
  REQUIRE(crm.has_export_data());
  REQUIRE(crm.subject().identifiers_size() == 1);
  CHECK(crm.subject().identifiers(0).value() == access.address);
  CHECK(access.LeaseOne("crm").task_id().empty());  // leased once
  UploadInTwoParts(access, crm);
  const cv1::LeasedTask again = LeaseAgain(access, crm);
  CHECK(access.Case(access.id).coverage().systems_missing_size() == 2);
  REQUIRE(Upload(access.crm(), again, kDocument, 0, kDocument.size()).ok());
  CHECK(FinishDone(access.crm(), again, kDocument));
  CHECK(access.Case(access.id).state() == v1::CASE_STATE_SEARCHING);
  CHECK(FinishDone(access.crm(), access.LeaseOne("recruiting"), ""));
  // The last answer moves it on by itself.
  CHECK(access.AwaitState(access.id, v1::CASE_STATE_REVIEW).coverage().systems_missing().empty());

  const size_t already = access.LettersTo(access.address).size();
  REQUIRE(access.Approve(access.id).ok());
  access.AwaitState(access.id, v1::CASE_STATE_RESPONDED);
  v1::ExchangeCaseLinkRequest exchange;
  exchange.set_token(access.AwaitToken(access.address, already));
  v1::ExchangeCaseLinkResponse session;
  REQUIRE(access.gateway().ExchangeCaseLink(access.Nobody().get(), exchange, &session).ok());
  CHECK(session.case_id() == access.id);
  CHECK(session.subject_id() == access.subject);
  CHECK_FALSE(access.gateway().ExchangeCaseLink(access.Nobody().get(), exchange, &session).ok());
  Download(access);
  CHECK(access.Case(access.id).state() == v1::CASE_STATE_CLOSED);
}

TEST_CASE("a stream gets its leases without asking again") {
  if (!testing::MailServer::Available()) exit(77);
  Access access;
  access.Search();
  const auto context = Patient();
  const auto stream = access.crm().Work(context.get());
  cv1::WorkRequest credits;
  credits.set_credits(1);
  credits.add_systems("crm");
  credits.add_systems("recruiting");
  REQUIRE(stream->Write(credits));
  cv1::WorkResponse first, second;
  REQUIRE(stream->Read(&first));
  REQUIRE(first.has_lease());
  // One credit, one lease: the other task waits for the next credit.
  CHECK(access.LeaseOne(first.lease().system()).task_id().empty());
  REQUIRE(stream->Write(credits));
  REQUIRE(stream->Read(&second));
  CHECK(second.lease().system() != first.lease().system());
  CHECK(FinishDone(access.crm(), second.lease(), ""));
  stream->WritesDone();
  CHECK(stream->Finish().ok());
}

TEST_CASE("what the form answers does not tell who is known") {
  if (!testing::MailServer::Available()) exit(77);
  RequestsStack stack;
  const std::string unknown = stack.Submit(v1::RIGHT_ACCESS, "nobody@example.se");
  CHECK(unknown.size() == 36);
  REQUIRE(ComesTrue([&] {
    const v1::Case one = stack.Case(unknown);
    for (const v1::CaseEvent& event : one.history()) {
      if (event.event() == "nobody_found") return true;
    }
    return false;
  }));
  CHECK(stack.LettersTo("nobody@example.se").empty());
  // A person sees only the own case, staff rights are not for people.
  v1::GetRequestRequest request;
  request.set_case_id(unknown);
  v1::GetRequestResponse response;
  CHECK(ReasonOf(rpc::FromGrpc(stack.gateway().GetRequest(stack.Person(FreshId(), FreshId()).get(),
                                                          request, &response))) == "CASE_UNKNOWN");
  v1::ApproveRequestRequest approve;
  approve.set_request_id(FreshId());
  approve.set_case_id(unknown);
  v1::ApproveRequestResponse approved;
  CHECK(ReasonOf(rpc::FromGrpc(stack.gateway().ApproveRequest(
            stack.Person(FreshId(), unknown).get(), approve, &approved))) == "STAFF_ONLY");
}

}  // namespace varsam::requests
