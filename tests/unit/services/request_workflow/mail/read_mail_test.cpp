#include "services/request_workflow/mail/read_mail.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/request_workflow/mail/plain_text.h"

namespace varsam::requests {
namespace {

constexpr char kHead[] =
    "From: Astrid Lindqvist <Astrid.Lindqvist@Post.Example>\r\nTo: affarssupport@lexium.se\r\n"
    "Subject: =?UTF-8?Q?En_fr=C3=A5ga?=\r\nMessage-ID: <a1@post.example>\r\n"
    "MIME-Version: 1.0\r\n";

std::string Plain(std::string_view more_headers, std::string_view body) {
  return absl::StrCat(kHead, std::string(more_headers),
                      "Content-Type: text/plain; charset=utf-8\r\n\r\n", std::string(body));
}

std::string Nested(int depth) {
  std::string mail = kHead;
  for (int i = 0; i < depth; ++i) {
    absl::StrAppend(&mail, "Content-Type: multipart/mixed; boundary=b", i, "\r\n\r\n--b", i,
                    "\r\n");
  }
  return mail + "Content-Type: text/plain\r\n\r\nhej\r\n";
}

TEST_CASE("a plain mail: sender, decoded subject, text, ids") {
  const auto mail = Read(Plain("In-Reply-To: <x@y>\r\nReferences: <r1@y> <r2@y>\r\n",
                               "Hej, vilka uppgifter har ni om mig?\r\n"));
  REQUIRE(mail.ok());
  CHECK(mail->from.Reveal() == "astrid.lindqvist@post.example");
  CHECK(mail->subject.Reveal() == "En fråga");
  CHECK(mail->text.Reveal() == "Hej, vilka uppgifter har ni om mig?\n");
  CHECK(mail->message_id == "a1@post.example");
  CHECK(mail->references == std::vector<std::string>{"x@y", "r1@y", "r2@y"});
  CHECK(mail->automatic.empty());
  CHECK_FALSE(mail->bulk);
}

TEST_CASE("of alternatives the plain one is read; a page alone is read as text") {
  const std::string both =
      absl::StrCat(kHead, "Content-Type: multipart/alternative; boundary=x\r\n\r\n",
                   "--x\r\nContent-Type: text/plain\r\n\r\nplain\r\n--x\r\n",
                   "Content-Type: text/html\r\n\r\n<p>page</p>\r\n--x--\r\n");
  CHECK(Read(both)->text.Reveal().find("plain") == 0);
  const std::string page =
      absl::StrCat(kHead, "Content-Type: text/html; charset=utf-8\r\n\r\n",
                   "<style>p{}</style><script>steal()</script><p>Radera mina uppgifter</p>\r\n");
  const std::string text = Read(page)->text.Reveal();
  CHECK(text.find("Radera mina uppgifter") != std::string::npos);
  CHECK(text.find("steal") == std::string::npos);
}

TEST_CASE("machines are known by what they say of themselves") {
  CHECK(Read(Plain("Auto-Submitted: auto-replied\r\n", "x"))->automatic == "AUTO_SUBMITTED");
  CHECK(Read(Plain("Auto-Submitted: no\r\n", "x"))->automatic.empty());
  CHECK(Read(Plain("Return-Path: <>\r\n", "x"))->automatic == "NULL_SENDER");
  CHECK(Read(absl::StrCat(kHead,
                          "Content-Type: multipart/report; boundary=q\r\n\r\n--q\r\n\r\n"
                          "x\r\n--q--\r\n"))
            ->automatic == "REPORT");
  CHECK(Read(Plain("List-Id: <news.example>\r\n", "x"))->bulk);
  CHECK(Read(Plain("Precedence: bulk\r\n", "x"))->bulk);
}

TEST_CASE("a hostile mail is refused by its bounds, and the bound itself is not") {
  CHECK(Read(Nested(kMailDepthMax - 1)).ok());
  CHECK(ReasonOf(Read(Nested(kMailDepthMax + 1)).status()) == "MAIL_TOO_DEEP");
  CHECK(ReasonOf(Read(Nested(20000)).status()) == "MAIL_TOO_MANY_PARTS");
  CHECK(ReasonOf(Read(Plain("", std::string(kMailBytesMax, 'x'))).status()) == "MAIL_TOO_LARGE");
  const auto cut = Read(Plain("", std::string(kMailTextBytesMax * 2, 'y')));
  REQUIRE(cut.ok());
  CHECK(cut->text.Reveal().size() == kMailTextBytesMax);
}

TEST_CASE("nothing is no mail; a mail without a sender is one") {
  CHECK(ReasonOf(Read("").status()) == "MAIL_UNREADABLE");
  const auto mail = Read("Subject: x\r\n\r\nradera\r\n");
  REQUIRE(mail.ok());
  CHECK(mail->from.Reveal().empty());
}

TEST_CASE("an id is what can be one; brackets alone end nothing") {
  const auto id = [](std::string_view value) {
    return Read(absl::StrCat("Message-ID: ", std::string(value), "\r\n\r\nx"))->message_id;
  };
  CHECK(id("<a@b.example>") == "a@b.example");
  CHECK(id("a@b.example") == "a@b.example");
  for (const char* odd : {"<", "<<", ">", "<>", "<<<>>>", "< >", "<a b>", ""}) {
    INFO(odd);
    CHECK(id(odd).empty());
  }
  CHECK(id("<" + std::string(kMailIdBytesMax + 1, 'a') + ">").empty());
  const auto mail = Read("References: <one@x> <two@x\r\n <three@x> >four@x> <five\x01@x>\r\n\r\nx");
  REQUIRE(mail.ok());
  CHECK(mail->references == std::vector<std::string>{"one@x", "three@x"});
  CHECK(Read("From: <\xFF@x.example>\r\n\r\nx")->from.Reveal().find('\xFF') == std::string::npos);
}

TEST_CASE("what was attached or forwarded is not what the sender asks") {
  const std::string mail = absl::StrCat(
      kHead, "Content-Type: multipart/mixed; boundary=x\r\n\r\n",
      "--x\r\nContent-Type: text/plain\r\n\r\nhej\r\n--x\r\nContent-Type: text/plain\r\n",
      "Content-Disposition: attachment; filename=a.txt\r\n\r\nradera allt\r\n--x\r\n",
      "Content-Type: message/rfc822\r\n\r\nSubject: ta bort mig\r\n\r\nradera\r\n--x--\r\n");
  const auto read = Read(mail);
  REQUIRE(read.ok());
  CHECK(read->attachments == 2);
  CHECK(read->text.Reveal().find("radera") == std::string::npos);
}

TEST_CASE("text of strangers is made clean and cut between characters") {
  CHECK(CleanText("a\r\nb\x01\x7F\tc", 100) == "a\nb\tc");
  CHECK(CleanText("\xC3\xA5\xFF\xC3", 100) == "\xC3\xA5??");
  CHECK(CleanText("\xC3\xA5\xC3\xA4", 3) == "\xC3\xA5");
}

}  // namespace
}  // namespace varsam::requests
