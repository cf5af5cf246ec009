#include "tests/support/mail_server.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/support/pki.h"

namespace varsam::testing {
namespace {

constexpr char kMailbox[] = "affarssupport@lexium.se";
constexpr char kPerson[] = "astrid.lindqvist@post.example";

Shown Fetch(const MailServer& server, const std::string& user, const std::string& password) {
  return RunCommand(absl::StrCat("curl -s -m 20 'imap://", server.imap(), "/INBOX;UID=1' -u '",
                                 user, ":", password, "'"));
}

TEST_CASE("a message delivered by LMTP is read by IMAP, and survives an outage") {
  if (!MailServer::Available()) {
    WARN("needs dovecot-imapd, dovecot-lmtpd, python3-aiosmtpd");
    std::exit(77);
  }
  MailServer server({kMailbox});
  server.Deliver(kPerson, kMailbox,
                 "From: Astrid <astrid.lindqvist@post.example>\r\nTo: affarssupport@lexium.se\r\n"
                 "Subject: Hej\r\n\r\nvilka uppgifter har ni om mig?\r\n");
  CHECK(absl::StrContains(Fetch(server, kMailbox, server.password()).text, "vilka uppgifter"));
  CHECK(absl::StrContains(
      Fetch(server, server.MasterLogin(kMailbox), server.password()).text, "vilka uppgifter"));
  CHECK(Fetch(server, kMailbox, "wrong").code != 0);

  server.Stop();
  CHECK(Fetch(server, kMailbox, server.password()).code != 0);
  server.Start();
  CHECK(absl::StrContains(Fetch(server, kMailbox, server.password()).text, "vilka uppgifter"));

  CHECK(server.Sent().empty());
  const Shown sent = RunCommand(absl::StrCat(
      "printf 'Subject: Ett\\r\\n\\r\\nklicka\\r\\n' | curl -s -m 20 smtp://", server.smtp(),
      " --mail-from affarssupport@lexium.se --mail-rcpt ", kPerson, " -T -"));
  REQUIRE(sent.code == 0);
  REQUIRE(server.Sent().size() == 1);
  CHECK(absl::StrContains(server.Sent()[0], absl::StrCat("X-RcptTo: ", kPerson)));
}

}  // namespace
}  // namespace varsam::testing
