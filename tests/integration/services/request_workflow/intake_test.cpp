// Mails at a real mail server: who is answered, who becomes a case, and what a hostile letter does.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/rpc/status.h"
#include "tests/support/requests_stack.h"

namespace varsam::requests {
namespace {

using testing::ComesTrue;
using testing::FreshId;
using testing::RequestsStack;

bool Has(const google::protobuf::RepeatedPtrField<std::string>& list, const std::string& value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

bool Happened(const v1::Case& one, const std::string& event) {
  return std::any_of(one.history().begin(), one.history().end(),
                     [&](const v1::CaseEvent& seen) { return seen.event() == event; });
}

struct Intake : RequestsStack {
  void Mail(const std::string& from, const std::string& id, const std::string& headers,
            const std::string& text) {
    mail().Deliver(
        from, testing::kIntakeAddress,
        absl::StrCat("From: ", from, "\r\nTo: affarssupport@lexium.se\r\nSubject: Hej\r\n",
                     "Message-ID: <", id, "@post.example>\r\n", headers, "\r\n", text, "\r\n"));
  }
  std::vector<v1::IncomingMail> Log(const std::string& state) {
    v1::ListIncomingMailsRequest request;
    request.set_state(state);
    v1::ListIncomingMailsResponse response;
    REQUIRE(gateway().ListIncomingMails(Staff().get(), request, &response).ok());
    return {response.mails().begin(), response.mails().end()};
  }
  std::vector<v1::IncomingMail> AwaitLog(const std::string& state, size_t count) {
    std::vector<v1::IncomingMail> seen;
    const bool came = ComesTrue([&] { return (seen = Log(state)).size() >= count; });
    REQUIRE(came);
    return seen;
  }
  // By LMTP; everything the service said.
  std::string HandOver(const std::string& mail) {
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    lmtp_socket().copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    const std::string all =
        absl::StrCat("LHLO mta\r\nMAIL FROM:<x@example.se>\r\nRCPT TO:<", testing::kIntakeAddress,
                     ">\r\nDATA\r\n", mail, ".\r\nQUIT\r\n");
    REQUIRE(write(socket, all.data(), all.size()) == static_cast<ssize_t>(all.size()));
    std::string said;
    char bytes[4096];
    for (ssize_t got = 0; (got = read(socket, bytes, sizeof bytes)) > 0;) {
      said.append(bytes, static_cast<size_t>(got));
    }
    close(socket);
    return said;
  }
  int Cases() {
    v1::ListRequestsResponse listed;
    REQUIRE(gateway().ListRequests(Staff().get(), {}, &listed).ok());
    return listed.cases_size();
  }
};

}  // namespace

TEST_CASE("an arrival is acknowledged only at an address that was on file before it") {
  if (!testing::MailServer::Available()) exit(77);
  Intake intake;
  intake.Register("known@example.se");
  intake.Mail("Known@Example.se", "k1", "Reply-To: evil@example.com\r\n",
              "vilka uppgifter har ni om mig");
  intake.AwaitLog("opened", 1);
  intake.Advance(absl::Seconds(1));
  intake.Mail("stranger@example.se", "s1", "", "vilka uppgifter har ni om mig");
  const auto opened = intake.AwaitLog("opened", 2);
  const std::string stranger = opened[0].case_id();  // latest first
  const std::string known = opened[1].case_id();
  REQUIRE(ComesTrue([&] { return Happened(intake.Case(known), "acknowledged"); }));
  REQUIRE(ComesTrue([&] { return Has(intake.Case(stranger).codes(), "ACKNOWLEDGEMENT_OWED"); }));
  CHECK(intake.LettersTo("known@example.se").size() == 1);
  CHECK(intake.LettersTo("stranger@example.se").empty());
  CHECK(intake.LettersTo("evil@example.com").empty());
  CHECK_FALSE(Has(intake.Case(known).codes(), "ACKNOWLEDGEMENT_OWED"));
  CHECK_FALSE(intake.Case(stranger).clock().acknowledge_by().empty());
  // An address that comes on file afterwards proves nothing of the mail before it.
  intake.Advance(absl::Hours(24 * 6));
  CHECK(Has(intake.Case(stranger).codes(), "ACKNOWLEDGEMENT_OVERDUE"));
  v1::AcknowledgeRequestRequest told;
  told.set_request_id(FreshId());
  told.set_case_id(stranger);
  told.set_method("phone");
  v1::AcknowledgeRequestResponse done;
  REQUIRE(intake.gateway().AcknowledgeRequest(intake.Staff().get(), told, &done).ok());
  CHECK_FALSE(Has(done.case_().codes(), "ACKNOWLEDGEMENT_OWED"));
  CHECK(Happened(done.case_(), "acknowledged"));
}

TEST_CASE("what machines, lists and mailers write becomes no case and gets no reply") {
  if (!testing::MailServer::Available()) exit(77);
  Intake intake;
  intake.Register("known@example.se");
  const std::string ask = "radera mina uppgifter";
  intake.Mail("known@example.se", "m1", "Auto-Submitted: auto-replied\r\n", ask);
  intake.Mail("known@example.se", "m2", "List-Id: <nyheter.example>\r\n", ask);
  intake.Mail("known@example.se", "m3", "Precedence: bulk\r\n", ask);
  intake.Mail("MAILER-DAEMON@example.se", "m4", "", ask);
  intake.Mail("known@example.se", "m5", "X-Autoreply: yes\r\n", ask);
  intake.Mail("known@example.se", "m6", "Content-Type: multipart/report; boundary=q\r\n",
              "--q\r\n\r\nx\r\n--q--");
  intake.Mail(testing::kIntakeAddress, "m7", "", ask);
  const auto ignored = intake.AwaitLog("ignored", 7);
  std::vector<std::string> reasons;
  v1::IncomingMail bulk;
  for (const v1::IncomingMail& mail : ignored) {
    reasons.push_back(mail.reason());
    if (mail.reason() == "BULK") bulk = mail;
  }
  std::sort(reasons.begin(), reasons.end());
  CHECK(reasons == std::vector<std::string>{"AUTO_RESPONSE", "AUTO_SUBMITTED", "BULK", "BULK",
                                            "MAILER", "OWN", "REPORT"});
  CHECK(intake.Cases() == 0);
  CHECK(intake.mail().Sent().empty());
  // A person may take one out of those put aside; no machine answers it even then.
  v1::OpenIncomingMailRequest open;
  open.set_request_id(FreshId());
  open.set_mail_id(bulk.id());
  v1::OpenIncomingMailResponse opened;
  REQUIRE(intake.gateway().OpenIncomingMail(intake.Staff().get(), open, &opened).ok());
  const auto cases = intake.AwaitLog("opened", 1);
  const v1::Case one = intake.Case(cases[0].case_id());
  CHECK(one.suggested_right() == v1::RIGHT_ERASURE);
  CHECK(one.clock().received_at().seconds() <= cases[0].arrived_at().seconds() + 1);
  CHECK(Has(one.codes(), "ACKNOWLEDGEMENT_OWED"));
  CHECK(intake.mail().Sent().empty());
}

TEST_CASE("a mail that is handed over is taken in before it is accepted, and once") {
  if (!testing::MailServer::Available()) exit(77);
  Intake intake;
  intake.Register("known@example.se");
  const std::string mail =
      "From: known@example.se\r\nTo: affarssupport@lexium.se\r\nSubject: Hej\r\n"
      "Message-ID: <lmtp1@example.se>\r\n\r\nradera mina uppgifter\r\n";
  CHECK(intake.HandOver(mail).find("250 2.0.0 taken in") != std::string::npos);
  // The sender heard no answer and hands the same over again.
  CHECK(intake.HandOver(mail).find("250 2.0.0 taken in") != std::string::npos);
  CHECK(intake.HandOver("Auto-Submitted: auto-replied\r\n" + mail).find("250 2.0.0") !=
        std::string::npos);
  const auto opened = intake.AwaitLog("opened", 1);
  CHECK(intake.AwaitLog("ignored", 1)[0].reason() == "AUTO_SUBMITTED");
  const v1::Case one = intake.Case(opened[0].case_id());
  CHECK(one.suggested_right() == v1::RIGHT_ERASURE);
  REQUIRE(ComesTrue([&] { return intake.LettersTo("known@example.se").size() == 1; }));
  // An answer finds its case by what it refers to.
  const std::string reply =
      "From: other@example.se\r\nTo: affarssupport@lexium.se\r\nSubject: Re: Hej\r\n"
      "In-Reply-To: <lmtp1@example.se>\r\n\r\ntack\r\n";
  CHECK(intake.HandOver(reply).find("250 2.0.0") != std::string::npos);
  CHECK(intake.AwaitLog("threaded", 1)[0].case_id() == opened[0].case_id());
  CHECK(intake.Cases() == 1);
}

TEST_CASE("one address gets no more unasked letters a day than the bound") {
  if (!testing::MailServer::Available()) exit(77);
  Intake intake;
  intake.Register("known@example.se");
  const size_t flood = kUnaskedLettersPerDayMax + 3;
  for (size_t i = 0; i < flood; ++i) {
    intake.Mail("known@example.se", absl::StrCat("f", i), "", "vilka uppgifter har ni om mig");
  }
  const auto opened = intake.AwaitLog("opened", flood);
  size_t told = 0, owed = 0;
  REQUIRE(ComesTrue([&] {
    told = owed = 0;
    for (const v1::IncomingMail& mail : opened) {
      const v1::Case one = intake.Case(mail.case_id());
      told += Happened(one, "acknowledged") ? 1 : 0;
      owed += Has(one.codes(), "ACKNOWLEDGEMENT_OWED") ? 1 : 0;
    }
    return told + owed == flood;
  }));
  CHECK(told == kUnaskedLettersPerDayMax);
  CHECK(intake.LettersTo("known@example.se").size() == kUnaskedLettersPerDayMax);
}

TEST_CASE("a mail bomb opens a case for a person and holds up nobody") {
  if (!testing::MailServer::Available()) exit(77);
  Intake intake;
  std::string bomb;
  for (int i = 0; i < 5000; ++i) {
    absl::StrAppend(&bomb, "Content-Type: multipart/mixed; boundary=b", i, "\r\n\r\n--b", i,
                    "\r\n");
  }
  intake.Mail("bomber@example.se", "b1", bomb, "x");
  intake.Mail("astrid@example.se", "b2", "", "radera mina uppgifter");
  const auto unreadable = intake.AwaitLog("unreadable", 1);
  CHECK(Has(intake.Case(unreadable[0].case_id()).codes(), "ACKNOWLEDGEMENT_OWED"));
  const auto opened = intake.AwaitLog("opened", 1);
  // An answer to one of our letters finds its case by the address it was sent to.
  const std::string id = opened[0].case_id();
  intake.mail().Deliver("other@example.se", testing::kIntakeAddress,
                        absl::StrCat("From: other@example.se\r\nTo: affarssupport+", id,
                                     "@lexium.se\r\nSubject: Re\r\n\r\ntack\r\n"));
  const auto threaded = intake.AwaitLog("threaded", 1);
  CHECK(threaded[0].case_id() == id);
}

}  // namespace varsam::requests
