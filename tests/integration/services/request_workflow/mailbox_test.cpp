// The intake mailbox at a real Dovecot.
#include <catch2/catch.hpp>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/request_workflow/mail/imap_box.h"
#include "services/request_workflow/mail/read_apart.h"
#include "tests/support/mail_server.h"

namespace varsam::requests {
namespace {

constexpr char kIntake[] = "affarssupport@lexium.se";
constexpr char kPerson[] = "astrid.lindqvist@post.example";

std::string Letter(const std::string& id, const std::string& text) {
  return absl::StrCat("From: Astrid <", kPerson, ">\r\nTo: ", kIntake,
                      "\r\nSubject: Hej\r\nMessage-ID: <", id, ">\r\n\r\n", text, "\r\n");
}

std::string Reader() {
  return absl::StrCat(std::getenv("VARSAM_BINARY_DIR"), "/bin/varsam-request-workflow");
}

TEST_CASE("a mail is read apart, as it is read here") {
  const std::string letter =
      absl::StrCat("From: Astrid <", kPerson,
                   ">\r\nTo: x+abc@lexium.se\r\nSubject: =?ISO-8859-1?Q?R=E4tta?=\r\n",
                   "Message-ID: <a1@post.example>\r\nReferences: <r1@y> <r2@y>\r\n",
                   "Content-Type: text/plain; charset=iso-8859-1\r\n\r\nR\xE4tta mig\r\n");
  const auto here = Read(letter);
  const auto apart = ReadApart(Reader(), letter);
  REQUIRE(here.ok());
  INFO(apart.status().ToString());
  REQUIRE(apart.ok());
  CHECK(apart->from == here->from);
  CHECK(apart->subject == here->subject);
  CHECK(apart->subject.Reveal() == "R\xC3\xA4tta");
  CHECK(apart->text == here->text);
  CHECK(apart->text.Reveal() == "R\xC3\xA4tta mig\n");
  CHECK(apart->message_id == here->message_id);
  CHECK(apart->references == here->references);
  CHECK(apart->plus_parts == std::vector<std::string>{"abc"});
}

TEST_CASE("whatever a mail does to the reader, an answer comes") {
  CHECK(ReasonOf(ReadApart(Reader(), "").status()) == "MAIL_UNREADABLE");
  CHECK(ReasonOf(ReadApart(Reader(), std::string(kMailBytesMax + 1, 'x')).status()) ==
        "MAIL_TOO_LARGE");
  std::string nested = "From: a@b.example\r\n";
  for (int i = 0; i < 20000; ++i) {
    absl::StrAppend(&nested, "Content-Type: multipart/mixed; boundary=b", i, "\r\n\r\n--b", i,
                    "\r\n");
  }
  CHECK(ReasonOf(ReadApart(Reader(), nested).status()) == "MAIL_TOO_MANY_PARTS");
  // A reader that never answers, one that dies, one that talks nonsense, one that is not there.
  CHECK(ReasonOf(ReadApart("/usr/bin/yes", "x", absl::Seconds(10)).status()) == "MAIL_READER_DIED");
  CHECK(ReasonOf(ReadApart("/bin/false", "x").status()) == "MAIL_READER_DIED");
  CHECK(ReasonOf(ReadApart("/nonexistent", "x").status()) == "MAIL_READER_MISSING");
  CHECK(ReasonOf(ReadApart(Reader(), Letter("z@y", "hej"), absl::ZeroDuration()).status()) ==
        "MAIL_READER_TIMEOUT");
}

TEST_CASE("what the reader says is believed only within its form") {
  const std::string good = EncodeAnswer(Read(Letter("z@y", "hej")));
  REQUIRE(DecodeAnswer(good).ok());
  for (size_t cut = 0; cut < good.size(); ++cut) {
    CHECK_FALSE(DecodeAnswer(good.substr(0, cut)).ok());
  }
  CHECK_FALSE(DecodeAnswer(good + "x").ok());
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
