// Rectification, restriction, identity, messages and breaches, over mTLS with real neighbours.
#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "libs/rpc/status.h"
#include "tests/support/requests_stack.h"

namespace varsam::requests {
namespace {

using testing::ComesTrue;
using testing::FreshId;
using testing::RequestsStack;

bool Happened(const v1::Case& one, const std::string& event) {
  return std::any_of(one.history().begin(), one.history().end(),
                     [&](const v1::CaseEvent& seen) { return seen.event() == event; });
}

bool Coded(const v1::Case& one, const std::string& code) {
  return std::find(one.codes().begin(), one.codes().end(), code) != one.codes().end();
}

struct Rights : RequestsStack {
  explicit Rights(const std::string& address) : address(address), subject(Register(address)) {}

  std::string Ask(v1::SubmitRequestRequest request) {
    request.set_request_id(FreshId());
    common::v1::Identifier* const identifier = request.add_identifiers();
    identifier->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
    identifier->set_value(address);
    v1::SubmitRequestResponse response;
    const absl::Status asked =
        rpc::FromGrpc(gateway().SubmitRequest(Nobody().get(), request, &response));
    INFO(asked.ToString());
    REQUIRE(asked.ok());
    return response.case_id();
  }
  std::vector<v1::Task> Tasks(const std::string& id, v1::TaskAction action) {
    v1::ListTasksRequest list;
    list.set_case_id(id);
    v1::ListTasksResponse tasks;
    REQUIRE(gateway().ListTasks(Staff().get(), list, &tasks).ok());
    std::vector<v1::Task> found;
    for (const v1::Task& task : tasks.tasks()) {
      if (task.action() == action) found.push_back(task);
    }
    return found;
  }
  absl::Status Finish(const v1::Task& task, const std::string& outcome,
                      const std::string& who = "eva") {
    v1::FinishTaskRequest request;
    request.set_request_id(FreshId());
    request.set_task_id(task.id());
    request.set_outcome(outcome);
    request.set_evidence("brev 2026-11-25");
    v1::FinishTaskResponse response;
    return rpc::FromGrpc(gateway().FinishTask(Staff(who).get(), request, &response));
  }
  void Review(const std::string& id) {
    REQUIRE(Verify(id, AwaitToken(address)).ok());
    AwaitState(id, v1::CASE_STATE_REVIEW);
  }
  // Nobody introduced a connector: every system is looked through by hand.
  void ByHand(const std::string& id, v1::TaskAction action) {
    REQUIRE(ComesTrue([&] { return Tasks(id, action).size() == 8; }));
    FinishManual(id);
  }

  const std::string address, subject;
};

}  // namespace

TEST_CASE("P08 a rectification tells every recipient before it is answered") {
  if (!testing::MailServer::Available()) exit(77);
  Rights rights("rita@example.se");
  rights.Disclose(rights.subject, "Partner AB");
  rights.Disclose(rights.subject, "Partner AB");
  rights.Disclose(rights.subject, "Revisor KB");
  v1::SubmitRequestRequest request;
  request.set_right(v1::RIGHT_RECTIFICATION);
  v1::RequestedChange* const change = request.add_changes();
  change->set_data_category("phone");
  change->set_old_value("08-1");
  change->set_new_value("08-2");
  const std::string id = rights.Ask(request);
  rights.Review(id);
  REQUIRE(rights.Approve(id).ok());
  rights.ByHand(id, v1::TASK_ACTION_RECTIFY);
  const v1::Case told = rights.AwaitState(id, v1::CASE_STATE_NOTIFYING_RECIPIENTS);
  std::vector<v1::Task> tell;
  REQUIRE(ComesTrue(
      [&] { return (tell = rights.Tasks(id, v1::TASK_ACTION_NOTIFY_RECIPIENT)).size() == 2; }));
  CHECK(tell[0].ground() == "ART_19");
  CHECK(tell[0].recipient() != tell[1].recipient());
  CHECK_FALSE(rights.Finish(tell[0], "NO_DATA").ok());
  REQUIRE(rights.Finish(tell[0], "DONE").ok());
  CHECK(rights.Case(id).state() == v1::CASE_STATE_NOTIFYING_RECIPIENTS);
  // Impossible: recorded, by two people.
  REQUIRE(rights.Finish(tell[1], "REFUSED").ok());
  CHECK(rights.Case(id).state() == v1::CASE_STATE_NOTIFYING_RECIPIENTS);
  REQUIRE(rights.Finish(tell[1], "REFUSED", "olof").ok());
  rights.AwaitState(id, v1::CASE_STATE_CLOSED);
  REQUIRE(ComesTrue([&] { return rights.LettersTo(rights.address).size() == 2; }));
  CHECK(rights.LettersTo(rights.address)[1].find(tell[0].recipient()) != std::string::npos);
}

TEST_CASE("P25 what was public is taken down and others who show it are told") {
  if (!testing::MailServer::Available()) exit(77);
  Rights rights("pia@example.se");
  v1::SubmitRequestRequest request;
  request.set_right(v1::RIGHT_ERASURE);
  request.add_published_at("https://www.example/blogg/12#kommentar-3");
  const std::string id = rights.Ask(request);
  rights.Review(id);
  REQUIRE(rights.Approve(id).ok());
  rights.ByHand(id, v1::TASK_ACTION_ERASE);
  REQUIRE(ComesTrue([&] { return !rights.Tasks(id, v1::TASK_ACTION_TAKE_DOWN).empty(); }));
  const auto tell = rights.Tasks(id, v1::TASK_ACTION_NOTIFY_RECIPIENT);
  REQUIRE(tell.size() == 1);
  CHECK(tell[0].ground() == "ART_17_2");
  REQUIRE(ComesTrue([&] { return !rights.Case(id).certificate_id().empty(); }));
  CHECK(rights.Case(id).state() == v1::CASE_STATE_NOTIFYING_RECIPIENTS);
  REQUIRE(rights.Finish(rights.Tasks(id, v1::TASK_ACTION_TAKE_DOWN)[0], "DONE").ok());
  REQUIRE(rights.Finish(tell[0], "DONE").ok());
  rights.AwaitState(id, v1::CASE_STATE_CLOSED);
}

TEST_CASE("a restriction holds from the grant, and is lifted after a notice and not before") {
  if (!testing::MailServer::Available()) exit(77);
  Rights rights("rune@example.se");
  v1::SubmitRequestRequest request;
  request.set_right(v1::RIGHT_RESTRICTION);
  request.set_restriction_ground("claims");
  const std::string id = rights.Ask(request);
  rights.Review(id);
  REQUIRE(rights.Approve(id).ok());
  rights.ByHand(id, v1::TASK_ACTION_RESTRICT);
  const v1::Case closed = rights.AwaitState(id, v1::CASE_STATE_CLOSED);
  CHECK(closed.has_restricted_at());
  CHECK(closed.restriction_ground() == "claims");
  v1::LiftRestrictionRequest lift;
  lift.set_request_id(FreshId());
  lift.set_case_id(id);
  lift.set_reason("CLAIM_ENDED");
  lift.mutable_lift_at()->set_seconds(absl::ToUnixSeconds(rights.now() + absl::Hours(71)));
  v1::LiftRestrictionResponse lifted;
  CHECK_FALSE(rights.gateway().LiftRestriction(rights.Staff().get(), lift, &lifted).ok());
  lift.set_request_id(FreshId());
  lift.mutable_lift_at()->set_seconds(absl::ToUnixSeconds(rights.now() + absl::Hours(80)));
  REQUIRE(rights.gateway().LiftRestriction(rights.Staff().get(), lift, &lifted).ok());
  REQUIRE(ComesTrue([&] { return rights.LettersTo(rights.address).size() == 3; }));
  rights.Advance(absl::Hours(79));
  CHECK(rights.Tasks(id, v1::TASK_ACTION_LIFT_RESTRICTION).empty());
  rights.Advance(absl::Hours(2));
  REQUIRE(ComesTrue([&] { return Happened(rights.Case(id), "restriction_lifted"); }));
  CHECK(rights.Tasks(id, v1::TASK_ACTION_LIFT_RESTRICTION).size() == 8);
  CHECK_FALSE(rights.Case(id).has_restricted_at());
}

TEST_CASE("a code is a second factor; wrong ones run out, whoever tries at once") {
  if (!testing::MailServer::Available()) exit(77);
  Rights rights("kim@example.se");
  v1::SubmitRequestRequest request;
  request.set_right(v1::RIGHT_ACCESS);
  const std::string id = rights.Ask(request);
  const std::string token = rights.AwaitToken(rights.address);
  const auto issue = [&] {
    v1::IssueCodeRequest ask;
    ask.set_request_id(FreshId());
    ask.set_case_id(id);
    ask.set_delivery("post");
    v1::IssueCodeResponse issued;
    REQUIRE(rights.gateway().IssueCode(rights.Staff().get(), ask, &issued).ok());
    return issued.code();
  };
  const auto use = [&](const std::string& code) {
    v1::VerifyRequestRequest verify;
    verify.set_request_id(FreshId());
    verify.set_case_id(id);
    verify.set_code(code);
    v1::VerifyRequestResponse verified;
    return ReasonOf(
        rpc::FromGrpc(rights.gateway().VerifyRequest(rights.Nobody().get(), verify, &verified)));
  };
  const std::string first = issue();
  CHECK(first.size() == 8);
  for (int i = 0; i < 5; ++i) CHECK(use("AAAAAAAA") == "CODE_INVALID");
  CHECK(use(first) == "CODE_INVALID");
  const std::string second = issue();
  CHECK(use(first) == "CODE_INVALID");  // a new code ends the one before
  REQUIRE(rights.Verify(id, token).ok());
  CHECK(use(second.substr(0, 4) + "-" + second.substr(4)) == "");
  CHECK(rights.Case(id).identity_level() == v1::IDENTITY_LEVEL_TWO_FACTORS);
  CHECK(use(second) == "CODE_INVALID");  // once
}

TEST_CASE("another address on file can stop the request") {
  if (!testing::MailServer::Available()) exit(77);
  Rights rights("lo@example.se");
  rights.AddAddress(rights.subject, rights.address, "lo.hemma@example.se");
  v1::SubmitRequestRequest request;
  request.set_right(v1::RIGHT_ERASURE);
  const std::string id = rights.Ask(request);
  REQUIRE(ComesTrue([&] { return rights.LettersTo("lo.hemma@example.se").size() == 1; }));
  const std::string letter = rights.LettersTo("lo.hemma@example.se")[0];
  const std::string mark = "https://varsam.example/s/";
  REQUIRE(letter.find(mark) != std::string::npos);
  v1::StopRequestRequest stop;
  stop.set_request_id(FreshId());
  stop.set_token(letter.substr(letter.find(mark) + mark.size(), 43));
  v1::StopRequestResponse stopped;
  // It opens no session.
  v1::ExchangeCaseLinkRequest exchange;
  exchange.set_token(stop.token());
  v1::ExchangeCaseLinkResponse session;
  CHECK_FALSE(rights.gateway().ExchangeCaseLink(rights.Nobody().get(), exchange, &session).ok());
  REQUIRE(rights.gateway().StopRequest(rights.Nobody().get(), stop, &stopped).ok());
  rights.AwaitState(id, v1::CASE_STATE_WITHDRAWN);
  CHECK_FALSE(rights.gateway().StopRequest(rights.Nobody().get(), stop, &stopped).ok());
}

TEST_CASE("P24 health words narrow who may read; the person and the officer write to each other") {
  if (!testing::MailServer::Available()) exit(77);
  Rights rights("hedda@example.se");
  v1::SubmitRequestRequest request;
  request.set_right(v1::RIGHT_INQUIRY);
  request.set_message("Jag är sjukskriven och undrar vad ni har skrivit.");
  const std::string id = rights.Ask(request);
  CHECK(Coded(rights.Case(id), "SPECIAL_RISK"));
  v1::ListMessagesRequest list;
  list.set_case_id(id);
  v1::ListMessagesResponse messages;
  CHECK(ReasonOf(rpc::FromGrpc(rights.gateway().ListMessages(rights.Staff().get(), list,
                                                             &messages))) == "SPECIAL_RISK");
  REQUIRE(rights.gateway().ListMessages(rights.Officer().get(), list, &messages).ok());
  REQUIRE(messages.messages_size() == 1);
  CHECK(messages.messages(0).from_person());
  v1::AddMessageRequest add;
  add.set_request_id(FreshId());
  add.set_case_id(id);
  add.set_text("Vi har läst ditt brev.");
  v1::AddMessageResponse added;
  REQUIRE(rights.gateway().AddMessage(rights.Officer().get(), add, &added).ok());
  messages.Clear();
  REQUIRE(
      rights.gateway().ListMessages(rights.Person(rights.subject, id).get(), list, &messages).ok());
  REQUIRE(messages.messages_size() == 2);
  CHECK(messages.messages(1).text() == "Vi har läst ditt brev.");
  CHECK_FALSE(messages.messages(1).from_person());
  CHECK(ReasonOf(rpc::FromGrpc(rights.gateway().ListMessages(
            rights.Person(rights.subject, FreshId()).get(), list, &messages))) == "CASE_UNKNOWN");
}

TEST_CASE("an agent gets nothing granted before staff has seen the mandate, and never the answer") {
  if (!testing::MailServer::Available()) exit(77);
  Rights rights("ombud.huvudman@example.se");
  v1::SubmitRequestRequest request;
  request.set_right(v1::RIGHT_ACCESS);
  request.set_agent("Ombudsbyrån AB, ombud@byra.example");
  const std::string id = rights.Ask(request);
  // The link goes to the person on file, not to who says to act for it.
  REQUIRE(rights.Verify(id, rights.AwaitToken(rights.address)).ok());
  rights.ByHand(id, v1::TASK_ACTION_EXPORT);
  CHECK(Coded(rights.AwaitState(id, v1::CASE_STATE_REVIEW), "MANDATE_MISSING"));
  CHECK(ReasonOf(rights.Approve(id)) == "MANDATE_MISSING");
  CHECK(rights.LettersTo("ombud@byra.example").empty());

  v1::RecordMandateRequest record;
  record.set_case_id(id);
  v1::RecordMandateResponse recorded;
  const auto mandate = [&](std::unique_ptr<grpc::ClientContext> who, const std::string& method) {
    record.set_request_id(FreshId());
    record.set_method(method);
    return rpc::FromGrpc(rights.gateway().RecordMandate(who.get(), record, &recorded));
  };
  CHECK(ReasonOf(mandate(rights.Person(rights.subject, id), "fullmakt")) == "STAFF_ONLY");
  CHECK_FALSE(mandate(rights.Staff(), "").ok());
  REQUIRE(mandate(rights.Staff(), "fullmakt i original").ok());
  CHECK_FALSE(Coded(recorded.case_(), "MANDATE_MISSING"));
  CHECK(Happened(recorded.case_(), "mandate_recorded"));
  REQUIRE(rights.Approve(id).ok());
  rights.AwaitState(id, v1::CASE_STATE_RESPONDED);
  REQUIRE(ComesTrue([&] { return rights.LettersTo(rights.address).size() == 2; }));
  CHECK(rights.LettersTo("ombud@byra.example").empty());

  request.clear_agent();
  const std::string own = rights.Ask(request);
  record.set_case_id(own);
  CHECK(ReasonOf(mandate(rights.Staff(), "fullmakt")) == "NO_AGENT");
}

TEST_CASE("workers that were away for three days do everything that is due, and once") {
  if (!testing::MailServer::Available()) exit(77);
  Rights rights("vera@example.se");
  v1::SubmitRequestRequest request;
  request.set_right(v1::RIGHT_ERASURE);
  const std::string id = rights.Ask(request);
  rights.Review(id);
  const std::string stranger = rights.Submit(v1::RIGHT_ACCESS, "okand@example.se");
  rights.StopService();
  rights.mail().Deliver("vera@example.se", testing::kIntakeAddress,
                        "From: vera@example.se\r\nSubject: Hej\r\nMessage-ID: <v1@example.se>\r\n"
                        "\r\nvilka uppgifter har ni om mig\r\n");
  rights.AdvanceStopped(absl::Hours(72));
  rights.StartService();
  REQUIRE(ComesTrue([&] { return rights.Approve(id).ok(); }));  // the channel comes back first
  rights.ByHand(id, v1::TASK_ACTION_ERASE);
  const v1::Case closed = rights.AwaitState(id, v1::CASE_STATE_CLOSED);
  CHECK_FALSE(closed.certificate_id().empty());
  REQUIRE(ComesTrue([&] {
    v1::ListIncomingMailsResponse mails;
    return rights.gateway().ListIncomingMails(rights.Staff().get(), {}, &mails).ok() &&
           mails.mails_size() == 1 && mails.mails(0).state() == "opened";
  }));
  const std::vector<std::string> once = {"confirm_link_issued", "granted",
                                         "execution_completed", "certificate_issued",
                                         "letter_sent",         "delivery_proven"};
  for (const std::string& event : once) {
    int count = 0;
    for (const v1::CaseEvent& seen : closed.history()) count += seen.event() == event ? 1 : 0;
    INFO(event);
    CHECK(count == (event == "letter_sent" ? 2 : 1));
  }
  CHECK(rights.LettersTo("okand@example.se").empty());
}

TEST_CASE("a breach goes through its phases and its report is ready for the authority") {
  if (!testing::MailServer::Available()) exit(77);
  RequestsStack stack;
  v1::RecordBreachRequest record;
  record.set_request_id(FreshId());
  v1::Breach* const breach = record.mutable_breach();
  breach->mutable_aware_at()->set_seconds(absl::ToUnixSeconds(stack.now() - absl::Hours(80)));
  breach->set_facts("En dator stals.");
  v1::RecordBreachResponse recorded;
  REQUIRE(stack.gateway().RecordBreach(stack.Staff().get(), record, &recorded).ok());
  breach->set_id(recorded.breach().id());
  const auto go = [&](v1::BreachState state) {
    record.set_request_id(FreshId());
    breach->set_state(state);
    return ReasonOf(
        rpc::FromGrpc(stack.gateway().RecordBreach(stack.Staff().get(), record, &recorded)));
  };
  CHECK(go(v1::BREACH_STATE_NOTIFIED) == "WRONG_STATE");
  CHECK(go(v1::BREACH_STATE_NOTIFYING) == "");
  breach->set_effects("Namn kan ha lästs.");
  breach->set_action("Disken är krypterad.");
  CHECK(go(v1::BREACH_STATE_NOTIFIED_PARTIAL) == "REASONS_MISSING");
  breach->set_reasons_for_delay("Upptäckt under helgen.");
  CHECK(go(v1::BREACH_STATE_NOTIFIED_PARTIAL) == "");
  CHECK(recorded.breach().late());
  CHECK(go(v1::BREACH_STATE_NOTIFIED) == "");
  CHECK(recorded.breach().notifications_size() == 2);
  CHECK(recorded.breach().notifications(0).partial());
  v1::GetBreachReportRequest get;
  get.set_breach_id(breach->id());
  v1::GetBreachReportResponse report;
  REQUIRE(stack.gateway().GetBreachReport(stack.Staff().get(), get, &report).ok());
  for (const char* part : {"En dator stals.", "Upptäckt under helgen.", "33.3 c"}) {
    CHECK(report.content().find(part) != std::string::npos);
  }
}

}  // namespace varsam::requests
