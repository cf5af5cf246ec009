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

}  // namespace

// tidy: allow(length) one case from the first letter to the download, told in order
TEST_CASE("access: identity, coverage, leases, uploads, review, package") {
  if (!testing::MailServer::Available()) exit(77);
  RequestsStack stack;
  const std::string address = "asa@example.se";
  const std::string subject = stack.Register(address);
  REQUIRE(stack.Hello().ok());
  const std::string id = stack.Submit(v1::RIGHT_ACCESS, address);
  const std::string token = stack.AwaitToken(address);
  CHECK(stack.Case(id).state() == v1::CASE_STATE_IDENTITY_CHECK);
  CHECK(stack.Case(id).subject_id().empty());
  CHECK_FALSE(stack.Case(id).clock().due_date().empty());
  CHECK(stack.Case(id).clock().steps_size() >= 2);

  SECTION("nothing is granted before the identity is proven") {
    CHECK_FALSE(stack.Approve(id).ok());
    CHECK(ReasonOf(stack.Verify(id, "wrong")) == "LINK_INVALID");
    CHECK(stack.Case(id).state() == v1::CASE_STATE_IDENTITY_CHECK);
    // After five wrong ones the right one does not work either.
    for (int i = 0; i < 4; ++i) CHECK_FALSE(stack.Verify(id, "wrong").ok());
    CHECK(ReasonOf(stack.Verify(id, token)) == "LINK_INVALID");
  }

  SECTION("a link works once, whoever is quickest of fifty") {
    std::atomic<int> worked = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 50; ++i) {
      threads.emplace_back([&] {
        if (stack.Verify(id, token).ok()) ++worked;
      });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(worked == 1);
    stack.AwaitState(id, v1::CASE_STATE_SEARCHING);
  }

  SECTION("to the end") {
    REQUIRE(stack.Verify(id, token).ok());
    CHECK(ReasonOf(stack.Verify(id, token)) == "LINK_INVALID");
    REQUIRE(ComesTrue([&] { return stack.Case(id).coverage().systems_total() == 8; }));
    v1::Case one = stack.Case(id);
    CHECK(one.state() == v1::CASE_STATE_SEARCHING);
    CHECK(one.codes(0) == "COVERAGE_INCOMPLETE");
    CHECK(CloseReason(stack, id) == "COVERAGE_INCOMPLETE");
    CHECK(stack.FinishManual(id) == 6);

    // Another connector gets nothing of it.
    cv1::LeaseTasksRequest lease;
    lease.add_systems("crm");
    cv1::LeaseTasksResponse leased;
    CHECK(ReasonOf(rpc::FromGrpc(stack.other().LeaseTasks(Patient().get(), lease, &leased))) ==
          "SYSTEM_NOT_INTRODUCED");

    const cv1::LeasedTask crm = stack.LeaseOne("crm");
    REQUIRE(crm.has_export_data());
    REQUIRE(crm.subject().identifiers_size() == 1);
    CHECK(crm.subject().identifiers(0).value() == address);
    CHECK(stack.LeaseOne("crm").task_id().empty());  // leased once

    // An upload that breaks off goes on where it was.
    const std::string document = R"({"name":[{"namn":"<script>alert(1)</script> Åsa"}]})";
    REQUIRE(Upload(stack.crm(), crm, document, 0, 10).ok());
    cv1::GetUploadOffsetRequest where;
    where.set_task_id(crm.task_id());
    where.set_fence(crm.fence());
    cv1::GetUploadOffsetResponse at;
    REQUIRE(stack.crm().GetUploadOffset(Patient().get(), where, &at).ok());
    CHECK(at.offset() == 10);
    CHECK(ReasonOf(Upload(stack.crm(), crm, document, 5, 20)) == "UPLOAD_OFFSET");
    REQUIRE(Upload(stack.crm(), crm, document, 10, document.size()).ok());

    // The lease lapses; the task is leased again with a higher fence; the old report changes
    // nothing.
    stack.Advance(absl::Seconds(61));
    REQUIRE(ComesTrue([&] {
      v1::ListTasksRequest list;
      list.set_case_id(id);
      v1::ListTasksResponse tasks;
      stack.gateway().ListTasks(stack.Staff().get(), list, &tasks);
      for (const v1::Task& task : tasks.tasks()) {
        if (task.id() == crm.task_id()) return task.state() == v1::TASK_STATE_OPEN;
      }
      return false;
    }));
    CHECK(stack.LeaseOne("crm").task_id().empty());  // backs off first
    stack.Advance(absl::Seconds(5));
    const cv1::LeasedTask again = stack.LeaseOne("crm");
    REQUIRE(again.task_id() == crm.task_id());
    CHECK(again.fence() > crm.fence());
    CHECK_FALSE(FinishDone(stack.crm(), crm, document));
    CHECK(stack.Case(id).coverage().systems_missing_size() == 2);
    REQUIRE(Upload(stack.crm(), again, document, 0, document.size()).ok());
    CHECK(FinishDone(stack.crm(), again, document));
    CHECK(stack.Case(id).state() == v1::CASE_STATE_SEARCHING);
    CHECK(FinishDone(stack.crm(), stack.LeaseOne("recruiting"), ""));
    // The last answer moves it on by itself.
    one = stack.AwaitState(id, v1::CASE_STATE_REVIEW);
    CHECK(one.coverage().systems_missing().empty());

    const size_t already = stack.LettersTo(address).size();
    REQUIRE(stack.Approve(id).ok());
    stack.AwaitState(id, v1::CASE_STATE_RESPONDED);
    const std::string open = stack.AwaitToken(address, already);
    v1::ExchangeCaseLinkRequest exchange;
    exchange.set_token(open);
    v1::ExchangeCaseLinkResponse session;
    REQUIRE(stack.gateway().ExchangeCaseLink(stack.Nobody().get(), exchange, &session).ok());
    CHECK(session.case_id() == id);
    CHECK(session.subject_id() == subject);
    CHECK_FALSE(stack.gateway().ExchangeCaseLink(stack.Nobody().get(), exchange, &session).ok());

    v1::GetPackageResponse package;
    CHECK(ReasonOf(GetPackage(stack, subject, FreshId(), v1::PACKAGE_FORMAT_HTML, &package)) ==
          "PACKAGE_GONE");
    REQUIRE(GetPackage(stack, subject, id, v1::PACKAGE_FORMAT_HTML, &package).ok());
    CHECK(package.content().find("&lt;script&gt;") != std::string::npos);
    CHECK(package.content().find("<script>") == std::string::npos);
    CHECK(package.downloads_left() == 2);
    package.Clear();
    REQUIRE(GetPackage(stack, subject, id, v1::PACKAGE_FORMAT_JSON, &package).ok());
    CHECK(package.content().find("d_retention") != std::string::npos);
    package.Clear();
    REQUIRE(GetPackage(stack, subject, id, v1::PACKAGE_FORMAT_ZIP, &package).ok());
    CHECK(package.content().substr(0, 2) == "PK");
    CHECK(ReasonOf(GetPackage(stack, subject, id, v1::PACKAGE_FORMAT_ZIP, &package)) ==
          "PACKAGE_GONE");
    CHECK(stack.Case(id).state() == v1::CASE_STATE_CLOSED);
  }
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
