// Erasure, objection and mail, with real neighbours.
#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "libs/rpc/status.h"
#include "tests/support/requests_stack.h"

namespace varsam::requests {
namespace {

using testing::ComesTrue;
using testing::FreshId;
using testing::Patient;
using testing::RequestsStack;

bool Happened(const v1::Case& one, const std::string& event) {
  for (const v1::CaseEvent& seen : one.history()) {
    if (seen.event() == event) return true;
  }
  return false;
}

void Finish(RequestsStack& stack, const cv1::LeasedTask& task, bool erase) {
  cv1::FinishRequest request;
  request.set_task_id(task.task_id());
  request.set_fence(task.fence());
  if (erase && !task.erase().items().empty()) {
    for (const cv1::EraseItem& item : task.erase().items()) {
      cv1::CategoryResult* const result = request.mutable_outcome()->mutable_done()->add_results();
      result->set_data_category(item.data_category());
      result->set_item_id(item.id());
      result->set_record_key(item.record_key());
      result->set_deleted(1);
    }
  } else {
    request.mutable_outcome()->mutable_no_data();
  }
  cv1::FinishResponse response;
  REQUIRE(stack.crm().Finish(Patient().get(), request, &response).ok());
  REQUIRE(response.accepted());
}

void Signal(RequestsStack& stack, const std::string& subject) {
  retention::v1::RecordSignalsRequest request;
  request.set_request_id(FreshId());
  retention::v1::RecordSignal* const signal = request.add_signals();
  signal->set_subject_id(subject);
  signal->set_system("crm");
  signal->set_record_key("kontakt-1");
  signal->add_data_categories("name");
  signal->add_data_categories("email");
  signal->add_subject_categories("prospect");
  signal->mutable_collected_at()->set_seconds(1'780'000'000);
  retention::v1::RecordSignalsResponse response;
  const absl::Status status =
      rpc::FromGrpc(stack.retention().RecordSignals(Patient().get(), request, &response));
  INFO(status.ToString());
  REQUIRE(status.ok());
}

}  // namespace

TEST_CASE("erasure: plan, erase, verify, certificate, answer, closed") {
  if (!testing::MailServer::Available()) exit(77);
  RequestsStack stack;
  const std::string address = "bo@example.se";
  const std::string subject = stack.Register(address, "prospect");
  Signal(stack, subject);
  REQUIRE(stack.Hello().ok());
  const std::string id = stack.Submit(v1::RIGHT_ERASURE, address);
  CHECK_FALSE(stack.Approve(id).ok());  // not without identity
  REQUIRE(stack.Verify(id, stack.AwaitToken(address)).ok());
  stack.AwaitState(id, v1::CASE_STATE_REVIEW);
  REQUIRE(stack.Approve(id).ok());
  REQUIRE(ComesTrue([&] { return stack.Case(id).coverage().systems_total() == 8; }));
  CHECK(stack.FinishManual(id) == 6);
  const cv1::LeasedTask erase = stack.LeaseOne("crm");
  REQUIRE(erase.has_erase());
  CHECK(erase.erase().items_size() == 2);
  Finish(stack, erase, true);
  Finish(stack, stack.LeaseOne("recruiting"), false);  // searched, though it told of no record
  CHECK(stack.Case(id).state() == v1::CASE_STATE_EXECUTING);  // not yet verified
  const cv1::LeasedTask verify = stack.LeaseOne("crm");
  REQUIRE(verify.has_verify());
  Finish(stack, verify, false);
  const v1::Case closed = stack.AwaitState(id, v1::CASE_STATE_CLOSED);
  CHECK_FALSE(closed.certificate_id().empty());
  REQUIRE(ComesTrue([&] { return stack.LettersTo(address).size() == 2; }));
  CHECK(stack.LettersTo(address)[1].find(closed.certificate_id()) != std::string::npos);
}

TEST_CASE("an objection to marketing works on arrival and closes itself") {
  if (!testing::MailServer::Available()) exit(77);
  RequestsStack stack;
  stack.Register("dina@example.se", "prospect");
  const std::string known = stack.Submit(v1::RIGHT_OBJECTION_MARKETING, "dina@example.se");
  const std::string unknown = stack.Submit(v1::RIGHT_OBJECTION_MARKETING, "ingen@example.se");
  CHECK(Happened(stack.AwaitState(known, v1::CASE_STATE_CLOSED), "in_force"));
  CHECK(Happened(stack.AwaitState(unknown, v1::CASE_STATE_CLOSED), "in_force"));
  CHECK(stack.LettersTo("ingen@example.se").empty());
}

TEST_CASE("a mail becomes a case; a machine's mail does not") {
  if (!testing::MailServer::Available()) exit(77);
  RequestsStack stack;
  stack.Register("cia@example.se");
  stack.mail().Deliver(
      "cia@example.se", testing::kIntakeAddress,
      "From: Cia <cia@example.se>\r\nReply-To: evil@example.com\r\n"
      "To: affarssupport@lexium.se\r\nSubject: Fraga\r\n"
      "Message-ID: <a1@example.se>\r\n\r\nHej, vilka uppgifter har ni om mig?\r\n");
  stack.mail().Deliver("robot@example.se", testing::kIntakeAddress,
                       "From: robot@example.se\r\nAuto-Submitted: auto-replied\r\n"
                       "Subject: Jag ar borta\r\nMessage-ID: <a2@example.se>\r\n\r\nradera\r\n");
  v1::ListRequestsResponse listed;
  REQUIRE(ComesTrue([&] {
    listed.Clear();
    REQUIRE(stack.gateway().ListRequests(stack.Staff().get(), {}, &listed).ok());
    return listed.cases_size() > 0;
  }));
  const std::string id = listed.cases(0).id();
  CHECK(listed.cases(0).suggested_right() == v1::RIGHT_ACCESS);
  CHECK(listed.cases(0).state() == v1::CASE_STATE_TRIAGE);
  CHECK(listed.cases(0).channel() == "mail");
  v1::ClassifyRequestRequest classify;
  classify.set_request_id(FreshId());
  classify.set_case_id(id);
  classify.add_rights(v1::RIGHT_ACCESS);
  v1::ClassifyRequestResponse classified;
  REQUIRE(stack.gateway().ClassifyRequest(stack.Staff().get(), classify, &classified).ok());
  REQUIRE(stack.Verify(id, stack.AwaitToken("cia@example.se")).ok());
  stack.AwaitState(id, v1::CASE_STATE_SEARCHING);
  CHECK(stack.LettersTo("evil@example.com").empty());
  CHECK(stack.LettersTo("robot@example.se").empty());
  REQUIRE(stack.gateway().ListRequests(stack.Staff().get(), {}, &listed).ok());
  CHECK(listed.cases_size() == 1);
}

TEST_CASE("two people refuse; the answer names the authority") {
  if (!testing::MailServer::Available()) exit(77);
  RequestsStack stack;
  stack.Register("eva@example.se", "prospect");
  const std::string id = stack.Submit(v1::RIGHT_ERASURE, "eva@example.se");
  REQUIRE(stack.Verify(id, stack.AwaitToken("eva@example.se")).ok());
  stack.AwaitState(id, v1::CASE_STATE_REVIEW);
  for (const char* who : {"anna", "anna", "johan"}) {
    CHECK(stack.Case(id).state() == v1::CASE_STATE_REVIEW);
    v1::RefuseRequestRequest refuse;
    refuse.set_request_id(FreshId());
    refuse.set_case_id(id);
    refuse.set_code("EXCESSIVE");
    refuse.set_reasons("samma begäran varje dag");
    v1::RefuseRequestResponse response;
    REQUIRE(stack.gateway().RefuseRequest(stack.Staff(who).get(), refuse, &response).ok());
  }
  stack.AwaitState(id, v1::CASE_STATE_CLOSED);
  CHECK(Happened(stack.Case(id), "refused"));
}

}  // namespace varsam::requests
