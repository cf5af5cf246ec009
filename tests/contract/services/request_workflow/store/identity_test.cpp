// The contract of RequestsStore: codes and their tries, letters counted by address, the log of
// mails, the messages of a case. Both implementations, the same cases.
#include "tests/contract/services/request_workflow/store/ground.h"

namespace varsam::requests {
namespace {

CaseCode CodeOf(const Case& c, char mac) {
  return {.case_id = c.id,
          .code_mac = std::string(32, mac),
          .delivery = "sms",
          .tries = 0,
          .expires_at = At("2026-03-15"),
          .used_at = std::nullopt};
}

Want IdentityOf(const Case& c, std::string_view day = "2026-03-02") {
  return {.case_id = c.id, .identity_day = Day(day)};
}

IncomingMail Logged(uint8_t number, const std::string& state, const std::string& reason) {
  IncomingMail mail{.id = Numbered<CaseId>(number).value(),
                    .uid_validity = 5,
                    .uid = number,
                    .arrived_at = At("2026-03-01"),
                    .sealed_raw = std::string("raw\0", 4)};
  mail.state = state;
  mail.reason = reason;
  mail.message_id_sha256 = std::string(32, 'm');
  return mail;
}

OutgoingMail LetterTo(const Case& c, const std::string& kind, const std::string& index,
                      std::string_view made_at) {
  return {.id = NewUuidV4(),
          .case_id = c.id,
          .kind = kind,
          .subject = "Bekräfta",
          .sealed_to = "to",
          .sealed_body = "body",
          .to_index = index,
          .made_at = At(made_at),
          .send_at = At(made_at)};
}

}  // namespace

TEMPLATE_TEST_CASE("a code stands alone for its case and is used once", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  const auto code = [&] { return Load<TestType>(ground, {IdentityOf(c)})[0].code; };
  REQUIRE(Save(ground, {.cases = {c}, .code = CodeOf(c, 'a')}) == absl::OkStatus());
  CHECK(code()->code_mac == std::string(32, 'a'));
  CaseCode used = CodeOf(c, 'a');
  used.used_at = At("2026-03-03");
  REQUIRE(Save(ground, {.code = used, .code_used = true}) == absl::OkStatus());
  CHECK(code()->used_at == At("2026-03-03"));
  // A second use takes whatever else was to be saved with it down.
  CHECK_FALSE(
      Save(ground, {.texts = {{c.id, "message", "not saved"}}, .code = used, .code_used = true})
          .ok());
  CHECK(Must(ground.store.ReadText(ground.connection(), c.id, "message")) == std::nullopt);
  // A new code makes the old one worthless.
  REQUIRE(Save(ground, {.code = CodeOf(c, 'b')}) == absl::OkStatus());
  CHECK(code()->used_at == std::nullopt);
  CHECK_FALSE(Save(ground, {.code = used, .code_used = true}).ok());
}

TEMPLATE_TEST_CASE("a sixth try of a code cannot be written", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  REQUIRE(Save(ground, {.cases = {c}, .code = CodeOf(c, 'a')}) == absl::OkStatus());
  CaseCode tried = CodeOf(c, 'a');
  tried.tries = kCodeTriesMax;
  REQUIRE(Save(ground, {.code = tried}) == absl::OkStatus());
  CHECK(Load<TestType>(ground, {IdentityOf(c)})[0].code->tries == kCodeTriesMax);
  tried.tries = kCodeTriesMax + 1;
  CHECK_FALSE(Save(ground, {.code = tried}).ok());
  CHECK(Load<TestType>(ground, {IdentityOf(c)})[0].code->tries == kCodeTriesMax);
}

TEMPLATE_TEST_CASE("failures count by person and day, over all cases", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  Case first = CaseOf(1), second = CaseOf(2), other = CaseOf(3);
  first.candidate = second.candidate = Numbered<SubjectId>(100);
  other.candidate = Numbered<SubjectId>(101);
  const auto tries = [&](const Case& c, std::string_view day) {
    return Load<TestType>(ground, {IdentityOf(c, day)})[0].identity_tries;
  };
  REQUIRE(Save(ground, {.cases = {first, second, other}}) == absl::OkStatus());
  CHECK(tries(first, "2026-03-02") == 0);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(Save(ground, {.identity_try = first.candidate, .identity_day = Day("2026-03-02")}) ==
            absl::OkStatus());
  }
  CHECK(tries(first, "2026-03-02") == 2);
  CHECK(tries(second, "2026-03-02") == 2);
  CHECK(tries(other, "2026-03-02") == 0);
  CHECK(tries(first, "2026-03-03") == 0);
}

TEMPLATE_TEST_CASE("letters nobody asked for are counted by address", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  REQUIRE(Save(ground, {.cases = {c},
                        .mails = {LetterTo(c, "confirm", "anna", "2026-03-01"),
                                  LetterTo(c, "notice", "anna", "2026-03-02"),
                                  LetterTo(c, "acknowledged", "anna", "2026-03-03"),
                                  LetterTo(c, "package", "anna", "2026-03-03"),
                                  LetterTo(c, "confirm", "bo", "2026-03-03")}}) ==
          absl::OkStatus());
  const auto counted = [&](std::string_view since) {
    return Load<TestType>(
               ground,
               {{.case_id = c.id, .addresses = {"anna", "nobody"}, .letters_since = At(since)}})[0]
        .letters;
  };
  using Letters = std::map<std::string, int64_t>;
  CHECK(counted("2026-02-01") == Letters{{"anna", 3}});
  CHECK(counted("2026-03-01") == Letters{{"anna", 2}});
  CHECK(counted("2026-03-03").empty());
  CHECK(Load<TestType>(ground, {{.case_id = c.id}})[0].letters.empty());
}

TEMPLATE_TEST_CASE("a letter counts as sent when the mail server took it", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  OutgoingMail letter = LetterTo(c, "lifted", "anna", "2026-03-01");
  const auto sent = [&](const std::string& kind) {
    return Must(ground.store.ReadLetterSent(ground.connection(), c.id, kind));
  };
  REQUIRE(Save(ground, {.cases = {c}, .mails = {letter}}) == absl::OkStatus());
  CHECK_FALSE(sent("lifted"));
  letter.sent_at = At("2026-03-02");
  REQUIRE(Save(ground, {.mails = {letter}}) == absl::OkStatus());
  CHECK(sent("lifted"));
  CHECK_FALSE(sent("package"));
}

TEMPLATE_TEST_CASE("what was written in a case comes oldest first", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  REQUIRE(Save(ground, {.cases = {c},
                        .texts = {{c.id, "reply/0002", "second"},
                                  {c.id, "message/0003", "third"},
                                  {c.id, "message", "first"},
                                  {c.id, "contact", "not a message"}}}) == absl::OkStatus());
  std::vector<std::string> names;
  for (const SealedText& text : Must(ground.store.ReadMessages(ground.connection(), c.id))) {
    names.push_back(text.name + "=" + text.sealed);
  }
  CHECK(names ==
        std::vector<std::string>{"message=first", "reply/0002=second", "message/0003=third"});
}

TEMPLATE_TEST_CASE("the log of mails is read latest first, without what they say", "",
                   REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const std::vector<IncomingMail> mails = {Logged(1, "ignored", "BULK"), Logged(2, "arrived", ""),
                                           Logged(3, "ignored", "AUTO_SUBMITTED")};
  REQUIRE(Save(ground, {.incoming = mails}) == absl::OkStatus());
  const auto list = [&](const std::string& state, const std::string& after, int32_t rows_max) {
    std::vector<std::string> lines;
    for (const IncomingMail& mail :
         Must(ground.store.ReadIncomingMails(ground.connection(), state, after, rows_max))) {
      CHECK(mail.sealed_raw.empty());
      lines.push_back(std::to_string(mail.uid) + mail.reason);
    }
    return lines;
  };
  using Lines = std::vector<std::string>;
  CHECK(list("", "", 10) == Lines{"3AUTO_SUBMITTED", "2", "1BULK"});
  CHECK(list("ignored", "", 10) == Lines{"3AUTO_SUBMITTED", "1BULK"});
  CHECK(list("", "", 1) == Lines{"3AUTO_SUBMITTED"});
  CHECK(list("", mails[2].id.ToString(), 10) == Lines{"2", "1BULK"});
  CHECK_FALSE(ground.store.ReadIncomingMails(ground.connection(), "", "page 2", 10).ok());
  CHECK(Must(ground.store.ReadIncomingMail(ground.connection(), mails[0].id)) == mails[0]);
  CHECK(ReasonOf(ground.store.ReadIncomingMail(ground.connection(), NewUuidV4()).status()) ==
        "MAIL_UNKNOWN");
}

}  // namespace varsam::requests
