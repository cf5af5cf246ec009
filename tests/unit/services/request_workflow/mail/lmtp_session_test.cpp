#include <catch2/catch.hpp>

#include "services/request_workflow/mail/lmtp_session.h"
#include "services/request_workflow/mail/read_mail.h"

namespace varsam::requests {
namespace {

struct Talk {
  std::string Say(const std::string& text, size_t step = 0) {
    std::string answer;
    if (step == 0) step = text.size();
    for (size_t at = 0; at < text.size(); at += step) answer += session.Feed(text.substr(at, step));
    return answer;
  }
  std::string Open() {
    return Say("LHLO mta\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<Intake@lexium.se>\r\nDATA\r\n");
  }

  const LmtpConfig config{"/nowhere", "intake@lexium.se"};
  std::vector<std::string> mails;
  absl::Status status;
  const LmtpServer::Deliver deliver = [this](std::string raw) {
    mails.push_back(std::move(raw));
    return status;
  };
  LmtpSession session{config, deliver};
};

}  // namespace

TEST_CASE("a mail is handed over whole, wherever its bytes are cut; one answer a recipient") {
  const std::string text =
      "LHLO mta.example\r\nMAIL FROM:<anna@example.se> BODY=8BITMIME\r\n"
      "RCPT TO:<intake@lexium.se>\r\nRCPT TO:<intake+0190@LEXIUM.se>\r\n"
      "RCPT TO:<other@lexium.se>\r\nRCPT TO:<intake@evil.example>\r\nDATA\r\n"
      "Subject: x\r\n\r\n..dot\r\n.\r\nQUIT\r\n";
  for (size_t step = 1; step <= text.size(); ++step) {
    Talk talk;
    const std::string answer = talk.Say(text, step);
    REQUIRE(talk.mails.size() == 1);
    CHECK(talk.mails[0] == "Subject: x\r\n\r\n.dot\r\n");
    CHECK(answer.find("250 2.0.0 taken in\r\n250 2.0.0 taken in\r\n221") != std::string::npos);
    CHECK(answer.find("550 5.1.1 no such mailbox\r\n550 5.1.1") != std::string::npos);
    CHECK(talk.session.over());
  }
}

TEST_CASE("what cannot be taken in stays with the sender") {
  Talk talk;
  talk.status = absl::UnavailableError("database away");
  CHECK(talk.Open().ends_with("354 go on\r\n"));
  CHECK(talk.Say("x\r\n.\r\n") == "451 4.3.0 cannot be taken in now\r\n");
  talk.status = absl::OkStatus();
  CHECK(talk.Say("DATA\r\n").starts_with("503"));
  talk.Open();
  CHECK(talk.Say("x\r\n.\r\n").starts_with("250"));
}

TEST_CASE("order and bounds are kept") {
  Talk talk;
  CHECK(talk.Say("MAIL FROM:<a@b>\r\n").starts_with("503"));
  CHECK(talk.Say("HELO x\r\n").starts_with("503"));
  CHECK(talk.Say("LHLO x\r\nRCPT TO:<intake@lexium.se>\r\n").ends_with("503 5.5.1 MAIL first\r\n"));
  CHECK(talk.Say("MAIL FROM:<>\r\nRCPT TO:intake@lexium.se\r\nDATA\r\n")
            .ends_with("550 5.1.1 no such mailbox\r\n503 5.5.1 no recipient\r\n"));
  // A line without end is no command; in a mail it may be.
  talk.Open();
  talk.Say(std::string(100'000, 'y') + "\r\n.\r\n");
  CHECK(talk.mails.back().size() == 100'002);
  CHECK(talk.Say(std::string(kLmtpLineBytesMax + 1, 'z')).starts_with("500 5.5.6"));
  CHECK(talk.session.over());
  // One that is too large comes without its bytes, and the conversation goes on.
  Talk large;
  large.Open();
  for (size_t i = 0; i <= kMailBytesMax / 1'000'000; ++i) {
    large.Say(std::string(999'998, 'x') + "\r\n");
  }
  CHECK(large.Say(".\r\n").starts_with("250"));
  CHECK(large.mails == std::vector<std::string>{""});
  large.Open();
  large.Say("small\r\n.\r\n");
  CHECK(large.mails.back() == "small\r\n");
}

}  // namespace varsam::requests
