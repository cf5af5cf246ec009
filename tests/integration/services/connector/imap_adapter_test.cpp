// The mailbox adapter against a real Dovecot.
#include <openssl/hmac.h>
#include <stdlib.h>
#include <unistd.h>
#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "services/connector/adapters/imap/imap_adapter.h"
#include "tests/support/mail_server.h"

namespace varsam::connector::imap {
namespace {

constexpr char kAnna[] = "anna.ekdahl@lexium.se";
constexpr char kInfo[] = "affarssupport@lexium.se";

const CommitGate kGo = [](const Outcome&) { return absl::OkStatus(); };

Identifiers Mail(const char* address) {
  return {{IdentifierType::kEmail, Personal<std::string>(address), ""}};
}

std::string Message(const std::string& from, const std::string& to, const std::string& text) {
  return absl::StrCat("From: ", from, "\r\nTo: ", to, "\r\nSubject: =?UTF-8?Q?M=C3=B6te?=\r\n",
                      "Date: Tue, 24 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\n",
                      "Content-Type: text/plain; charset=utf-8\r\n\r\n", text, "\r\n");
}

struct Ground {
  Ground() : server({kAnna, kInfo}) {
    server.Deliver("karl@kund.example", kAnna,
                   Message("Karl <Karl@Kund.example>", kAnna, "Hej, vi ses på måndag. {5}"));
    server.Deliver("eva@kund.example", kAnna,
                   Message("eva@kund.example", kAnna, "Hälsa karl@kund.example!"));
    server.Deliver("eva@kund.example", kInfo, Message("eva@kund.example", kInfo, "100% annat"));
    MailboxConfig config;
    config.server.url = absl::StrCat("imap://", server.imap());
    config.server.password = server.password();
    config.server.allow_plaintext = true;
    config.mailboxes = {kAnna, kInfo};
    config.master = "connector";
    adapter = std::make_unique<ImapAdapter>(config);
    config.review_mentions = true;
    reviewing = std::make_unique<ImapAdapter>(config);
  }
  testing::MailServer server;
  std::unique_ptr<ImapAdapter> adapter, reviewing;
};

Erase Content() {
  return {{{"1", "email_content", "", "delete"}, {"2", "name", "", "delete"}}, {}};
}

// A JSON Web Token as the test's Dovecot checks them (deploy/lib/mail.sh).
std::string TokenFor(const std::string& address, const std::string& key) {
  const std::string text = absl::StrCat(
      absl::WebSafeBase64Escape(R"({"alg":"HS256","typ":"JWT"})"), ".",
      absl::WebSafeBase64Escape(absl::StrCat(R"({"email":")", address,
                                             R"(","sub":"a","iat":1700000000,"exp":4000000000})")));
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac, &size);
  return absl::StrCat(
      text, ".",
      absl::WebSafeBase64Escape(absl::string_view(reinterpret_cast<const char*>(mac), size)));
}

}  // namespace

TEST_CASE("messages are found, shown with others flagged, erased, and gone on a fresh look") {
  if (!testing::MailServer::Available()) std::_Exit(77);
  Ground ground;
  REQUIRE(ground.adapter->CheckMapping().ok());
  const auto exported = ground.adapter->Run(Mail("karl@kund.example"), Export{});
  REQUIRE(exported.ok());
  const auto json = nlohmann::json::parse(exported->document.Reveal());
  REQUIRE(json["documents"].size() == 2);
  const auto& first = json["documents"][0];
  CHECK(first["fields"]["subject"] == "Möte");
  CHECK(first["fields"]["text"].get<std::string>().starts_with("Hej, vi ses på måndag."));
  CHECK(first["others"] == nlohmann::json::array({kAnna}));

  const Verify back{Content().items, {}, {}};
  auto verified = ground.adapter->Run(Mail("karl@kund.example"), back);
  REQUIRE(verified.ok());
  CHECK(std::holds_alternative<Done>(*verified));  // negative control: still there

  const auto stopped =
      ground.adapter->Run(Mail("karl@kund.example"), Content(),
                          [](const Outcome&) { return absl::CancelledError("called off"); });
  CHECK(absl::IsCancelled(stopped.status()));
  const auto erased = ground.adapter->Run(Mail("karl@kund.example"), Content(), kGo);
  REQUIRE(erased.ok());
  REQUIRE(std::holds_alternative<Done>(*erased));
  CHECK(std::get<Done>(*erased).results[0].deleted == 2);
  verified = ground.adapter->Run(Mail("karl@kund.example"), back);
  REQUIRE(verified.ok());
  CHECK(std::holds_alternative<NoData>(*verified));
  const auto eva = ground.adapter->Run(Mail("eva@kund.example"), Export{});
  REQUIRE(eva.ok());
  CHECK(nlohmann::json::parse(eva->document.Reveal())["documents"].size() == 1);
}

TEST_CASE("with review a message that only mentions the person is flagged, and nothing is erased") {
  if (!testing::MailServer::Available()) std::_Exit(77);
  Ground ground;
  const auto asked = ground.reviewing->Run(Mail("karl@kund.example"), Content(), kGo);
  REQUIRE(asked.ok());
  REQUIRE(std::holds_alternative<NeedsHuman>(*asked));
  CHECK(std::get<NeedsHuman>(*asked).question == "MESSAGES_TO_REVIEW");
  const auto exported = ground.reviewing->Run(Mail("karl@kund.example"), Export{});
  const auto json = nlohmann::json::parse(exported->document.Reveal());
  REQUIRE(json["documents"].size() == 2);
  CHECK_FALSE(json["documents"][0].contains("review"));
  CHECK(json["documents"][1]["review"] == true);
  const auto eva = ground.reviewing->Run(Mail("eva@kund.example"), Content(), kGo);
  REQUIRE(eva.ok());
  CHECK(std::holds_alternative<Done>(*eva));
}

TEST_CASE("an access token signs in where a password would; the file is read again each time") {
  if (!testing::MailServer::Available()) std::_Exit(77);
  testing::MailServer server({kAnna});
  char path[] = "/tmp/varsam-test-token-XXXXXX";
  close(mkstemp(path));
  ServerConfig config;
  config.url = absl::StrCat("imap://", server.imap());
  config.login = kAnna;
  config.token_file = path;
  config.allow_plaintext = true;
  CHECK(absl::IsUnauthenticated(ImapSession(config).ListFolders().status()));  // an empty file
  std::ofstream(path) << TokenFor(kAnna, server.password()) << "\n";
  CHECK(ImapSession(config).ListFolders().ok());
  std::ofstream(path) << TokenFor(kAnna, "another key") << "\n";
  CHECK(absl::IsUnauthenticated(ImapSession(config).ListFolders().status()));
  std::remove(path);
}

TEST_CASE(
    "a folder that is another one by now is not touched; an address cannot smuggle a command") {
  if (!testing::MailServer::Available()) std::_Exit(77);
  Ground ground;
  ServerConfig config;
  config.url = absl::StrCat("imap://", ground.server.imap());
  config.login = ground.server.MasterLogin(kAnna);
  config.password = ground.server.password();
  config.allow_plaintext = true;
  ImapSession session(config);
  auto folder = session.Status("INBOX");
  REQUIRE(folder.ok());
  folder->uid_validity += 1;
  CHECK_FALSE(session.Delete(*folder, {1, 2}).ok());
  CHECK_FALSE(session.Fetch(*folder, 1).ok());
  folder->uid_validity -= 1;
  CHECK(session.Search(*folder, "karl@kund.example")->size() == 2);
  CHECK(session.Search(*folder, "x\" ALL \"")->empty());
  CHECK_FALSE(session.Search(*folder, "x\r\nA1 LOGOUT").ok());
  config.password = "wrong";
  CHECK(absl::IsUnauthenticated(ImapSession(config).ListFolders().status()));
}

}  // namespace varsam::connector::imap
