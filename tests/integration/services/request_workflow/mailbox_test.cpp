// The intake mailbox at a real Dovecot.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/request_workflow/mail/imap_box.h"
#include "tests/support/mail_server.h"

namespace varsam::requests {
namespace {

constexpr char kIntake[] = "affarssupport@lexium.se";
constexpr char kPerson[] = "astrid.lindqvist@post.example";

std::string Letter(const std::string& id, const std::string& text) {
  return absl::StrCat("From: Astrid <", kPerson, ">\r\nTo: ", kIntake,
                      "\r\nSubject: Hej\r\nMessage-ID: <", id, ">\r\n\r\n", text, "\r\n");
}

TEST_CASE("mails come once, in order, with their arrival; one too large comes without its bytes") {
  if (!testing::MailServer::Available()) {
    WARN("needs dovecot-imapd, dovecot-lmtpd, python3-aiosmtpd");
    std::exit(77);
  }
  testing::MailServer server({kIntake});
  ImapBox box({"imap://" + server.imap(), kIntake, server.password()});
  const auto validity = box.UidValidity();
  REQUIRE(validity.ok());
  REQUIRE(box.FetchAfter(0)->empty());

  // The mailbox is open on this connection already: the new mail is seen at once all the same.
  server.Deliver(kPerson, kIntake, Letter("a1@post.example", "radera mina uppgifter"));
  auto mails = box.FetchAfter(0);
  REQUIRE(mails.ok());
  REQUIRE(mails->size() == 1);
  const FetchedMail first = mails->front();
  CHECK(absl::StrContains(first.raw, "radera mina uppgifter"));
  CHECK(first.arrived_at > absl::FromUnixSeconds(1700000000));
  CHECK(box.FetchAfter(first.uid)->empty());

  server.Deliver(kPerson, kIntake,
                 Letter("a2@post.example", std::string(kMailBytesMax + 1000, 'x')));
  server.Deliver(kPerson, kIntake, Letter("a3@post.example", "tack"));
  server.Stop();
  CHECK(ReasonOf(box.FetchAfter(first.uid).status()) == "MAILBOX_AWAY");
  server.Start();
  mails = box.FetchAfter(first.uid);
  REQUIRE(mails.ok());
  REQUIRE(mails->size() == 2);
  CHECK((*mails)[0].raw.empty());
  CHECK((*mails)[0].arrived_at >= first.arrived_at);
  CHECK(absl::StrContains((*mails)[1].raw, "tack"));
  CHECK(box.UidValidity() == validity);

  ImapBox wrong({"imap://" + server.imap(), kIntake, "wrong"});
  CHECK_FALSE(wrong.FetchAfter(0).ok());
}

}  // namespace
}  // namespace varsam::requests
