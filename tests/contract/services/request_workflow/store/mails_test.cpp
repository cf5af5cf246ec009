// The contract of RequestsStore: mail in and out, cursors, the policy. Both implementations, the
// same cases.
#include "tests/contract/services/request_workflow/store/ground.h"

namespace varsam::requests {
namespace {

OutgoingMail Letter(const Case& c, std::string_view send_at) {
  return {.id = NewUuidV4(),
          .case_id = c.id,
          .kind = "confirm",
          .subject = "Bekräfta",
          .sealed_to = std::string("to\0", 3),
          .sealed_body = "body",
          .send_at = At(send_at)};
}

IncomingMail Arrived(int64_t uid, std::string_view at) {
  return {.id = NewUuidV4(),
          .uid_validity = 5,
          .uid = uid,
          .arrived_at = At(at),
          .sealed_raw = std::string("raw\0", 4)};
}

}  // namespace

TEMPLATE_TEST_CASE("letters wait for their time, the oldest first, until sent or given up", "",
                   REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  std::vector<OutgoingMail> mails = {Letter(c, "2026-03-02"), Letter(c, "2026-03-01"),
                                     Letter(c, "2026-03-03")};
  const auto waiting = [&](std::string_view now) {
    return Must(ground.store.ReadWaitingMails(ground.connection(), At(now)));
  };
  CHECK(waiting("2026-03-09").empty());
  REQUIRE(Save(ground, {.cases = {c}, .mails = mails}) == absl::OkStatus());
  CHECK(waiting("2026-02-28").empty());
  CHECK(waiting("2026-03-02") == std::vector<OutgoingMail>{mails[1], mails[0]});
  mails[0].sent_at = At("2026-03-02");
  mails[1].given_up = true;
  mails[2].attempts = 2;
  REQUIRE(Save(ground, {.mails = mails}) == absl::OkStatus());
  CHECK(waiting("2026-03-09") == std::vector<OutgoingMail>{mails[2]});
}

TEMPLATE_TEST_CASE("mails that arrived wait in order; each is taken in once", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  IncomingMail later = Arrived(8, "2026-03-02"), earlier = Arrived(7, "2026-03-01");
  const auto arrived = [&] { return Must(ground.store.ReadArrivedMails(ground.connection())); };
  const auto last = [&](int64_t validity) {
    return Must(ground.store.ReadLastUid(ground.connection(), validity));
  };
  CHECK(arrived().empty());
  CHECK(last(5) == 0);
  REQUIRE(Save(ground, {.incoming = {later, earlier}}) == absl::OkStatus());
  CHECK(arrived() == std::vector<IncomingMail>{earlier, later});
  CHECK(last(5) == 8);
  CHECK(last(6) == 0);
  CHECK(Save(ground, {.incoming = {Arrived(9, "2026-03-03"), Arrived(8, "2026-03-03")}}).code() ==
        absl::StatusCode::kAlreadyExists);
  CHECK(last(5) == 8);
  later.state = "ignored";
  REQUIRE(Save(ground, {.incoming = {later}}) == absl::OkStatus());
  CHECK(arrived() == std::vector<IncomingMail>{earlier});
  CHECK(last(5) == 8);
}

TEMPLATE_TEST_CASE("a reply finds the latest case of what it refers to", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  IncomingMail first = Arrived(1, "2026-03-01"), second = Arrived(2, "2026-03-02"),
               loose = Arrived(3, "2026-03-03");
  first.message_id_sha256 = "a";
  second.message_id_sha256 = "b";
  loose.message_id_sha256 = "c";
  first.case_id = Numbered<CaseId>(1);
  second.case_id = Numbered<CaseId>(2);
  REQUIRE(Save(ground, {.incoming = {second, first, loose}}) == absl::OkStatus());
  const auto find = [&](const std::vector<std::string>& ids) {
    return Must(ground.store.FindThread(ground.connection(), ids));
  };
  CHECK(find({"a", "b"}) == second.case_id);
  CHECK(find({"a"}) == first.case_id);
  CHECK(find({"c"}) == std::nullopt);
  CHECK(find({"x"}) == std::nullopt);
  CHECK(find({}) == std::nullopt);
}

TEMPLATE_TEST_CASE("cursors and the policy are the last ones saved", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const auto cursor = [&](const std::string& feed) {
    return Must(ground.store.ReadCursor(ground.connection(), feed));
  };
  const auto policy = [&] { return Must(ground.store.ReadPolicy(ground.connection())); };
  CHECK(cursor("retention") == 0);
  CHECK(policy() == std::nullopt);
  const std::string bytes("\x00\x01", 2);
  REQUIRE(Save(ground, {.cursor = ConsumerCursor{"retention", 4}, .policy_bytes = "old"}) ==
          absl::OkStatus());
  REQUIRE(Save(ground, {.cursor = ConsumerCursor{"retention", 9}, .policy_bytes = bytes}) ==
          absl::OkStatus());
  CHECK(cursor("retention") == 9);
  CHECK(cursor("registry") == 0);
  CHECK(policy() == bytes);
}

TEMPLATE_TEST_CASE("what is given up in a transaction was never there", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Changes changes{.cases = {CaseOf(1)}, .cursor = ConsumerCursor{"retention", 4}};
  ground.GiveUp([&](pg::Tx& tx) { ground.store.Save(tx, changes); });
  CHECK(Must(ground.store.ReadCursor(ground.connection(), "retention")) == 0);
  CHECK_FALSE(ground.store.ReadCase(ground.connection(), changes.cases[0].id).ok());
}

}  // namespace varsam::requests
