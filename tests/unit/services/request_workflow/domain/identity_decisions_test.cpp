// The ladder of identity: codes, limits, stopping, agents, cooling off; and what follows a grant.
#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "libs/calendar/stockholm.h"
#include "services/request_workflow/domain/advance.h"
#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/domain/special_risk.h"

namespace varsam::requests {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'795'000'000);

CaseFile Submitted(Right right) {
  SubmitRequest ask;
  ask.id = CaseId(NewUuidV4());
  ask.right = right;
  ask.channel = "form";
  ask.received_at = kNow;
  ask.actor = "public";
  CaseFile file;
  file.c = Decide(ask, kNow)->cases.at(0);
  file.c.candidate = SubjectId(NewUuidV4());
  return file;
}

Link LinkOf(const CaseFile& file, LinkUse use = LinkUse::kConfirm) {
  return {"t", file.c.id, use, "", kNow + absl::Hours(1), std::nullopt};
}

CaseFile Confirmed(Right right, absl::Duration cooling_off = absl::ZeroDuration()) {
  const CaseFile file = Submitted(right);
  const auto changes = Decide(VerifyByLink{"t", false, cooling_off}, LinkOf(file), file, kNow);
  REQUIRE(changes.ok());
  CaseFile after;
  after.c = changes->cases.back();
  return after;
}

CaseCode CodeOf(const CaseFile& file) {
  return {file.c.id, std::string(32, 'k'), "post", 0, kNow + kCodeLife, std::nullopt};
}
const VerifyByCode kRight{std::string(32, 'k'), absl::ZeroDuration()};
const VerifyByCode kWrong{std::string(32, 'x'), absl::ZeroDuration()};

CaseFile InReview(Right right, absl::Duration cooling_off = absl::ZeroDuration()) {
  CaseFile file = Confirmed(right, cooling_off);
  file.c.state = CaseState::kReview;
  file.c.step = Step::kNone;
  return file;
}

bool Coded(const CaseFile& file, const std::string& code, absl::Time at = kNow) {
  const auto codes = CodesOf(file, at);
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

}  // namespace

TEST_CASE("a code with the link makes two factors, alone it makes one; it works once") {
  const CaseFile linked = Confirmed(Right::kAccess);
  const auto second = Decide(kRight, CodeOf(linked), 0, linked, kNow);
  REQUIRE(second.ok());
  CHECK(second->code_used);
  CHECK(second->cases.back().identity == IdentityLevel::kTwoFactors);
  const CaseFile alone = Submitted(Right::kAccess);
  const auto first = Decide(kRight, CodeOf(alone), 0, alone, kNow);
  CHECK(first->cases.back().identity == IdentityLevel::kContact);
  CHECK(first->cases.back().state == CaseState::kSearching);
  CaseCode used = CodeOf(linked);
  used.used_at = kNow;
  CHECK(Decide(kRight, used, 0, linked, kNow)->reply.empty());
}

TEST_CASE(
    "wrong codes are counted for the code and for the day, and then even the right one fails") {
  const CaseFile file = Confirmed(Right::kAccess);
  CaseCode code = CodeOf(file);
  for (int i = 0; i < kCodeTriesMax; ++i) {
    const auto wrong = Decide(kWrong, code, i, file, kNow);
    REQUIRE(wrong.ok());
    CHECK(wrong->reply.empty());
    CHECK(wrong->cases.empty());
    CHECK(wrong->identity_try == file.c.candidate);
    CHECK(wrong->identity_day == calendar::LocalDayOf(kNow));
    code = *wrong->code;
  }
  CHECK(code.tries == kCodeTriesMax);
  CHECK(Decide(kRight, code, 0, file, kNow)->reply.empty());
  // Another code of the same person, on a day of ten failures.
  CHECK(Decide(kRight, CodeOf(file), kIdentityTriesPerDayMax, file, kNow)->reply.empty());
  CHECK_FALSE(Decide(kRight, CodeOf(file), kIdentityTriesPerDayMax - 1, file, kNow)->reply.empty());
  CaseCode late = CodeOf(file);
  late.expires_at = kNow;
  CHECK(Decide(kRight, late, 0, file, kNow)->reply.empty());
  CHECK(Decide(kRight, std::nullopt, 0, file, kNow)->reply.empty());
  CHECK(ReadableCode("abcd-ef 23") == "ABCDEF23");
}

TEST_CASE("another address on file stops a request; a stop link opens and confirms nothing") {
  const CaseFile file = Confirmed(Right::kErasure);
  const Link stop = LinkOf(file, LinkUse::kStop);
  const auto stopped = DecideStop(stop, file, kNow);
  REQUIRE(stopped.ok());
  CHECK(stopped->cases.back().state == CaseState::kWithdrawn);
  CHECK(stopped->consumed_links.size() == 1);
  CHECK(DecideStop(LinkOf(file), file, kNow)->reply.empty());
  CHECK(Decide(VerifyByLink{"t", true, {}}, stop, file, kNow)->reply.empty());
  CHECK(Decide(VerifyByLink{"t", false, {}}, stop, file, kNow)->reply.empty());
  // What is being carried out cannot be taken back: staff is told.
  CaseFile executing = file;
  executing.c.state = CaseState::kExecuting;
  const auto late = DecideStop(stop, executing, kNow);
  CHECK(late->cases.back().state == CaseState::kExecuting);
  executing.c = late->cases.back();
  CHECK(Coded(executing, "STOP_WANTED"));
}

TEST_CASE("with one factor, what cannot be undone waits; with two it does not") {
  CaseFile one = InReview(Right::kErasure, kCoolingOff);
  CHECK(Coded(one, "COOLING_OFF"));
  CHECK_FALSE(Coded(one, "COOLING_OFF", kNow + kCoolingOff));
  const auto granted = Decide(ApproveRequest{}, one, kNow);
  REQUIRE(granted.ok());
  CHECK(granted->cases.back().step == Step::kPlanErasure);
  CHECK(granted->cases.back().step_at == kNow + kCoolingOff);
  const auto proven = Decide(kRight, CodeOf(one), 0, one, kNow);
  CHECK_FALSE(proven->cases.back().cooling_until.has_value());
  // The harm of a false one is small: no waiting.
  CHECK_FALSE(Coded(InReview(Right::kRestriction, kCoolingOff), "COOLING_OFF"));
}

TEST_CASE(
    "an agent needs a mandate, and what was found needs a decision, before anything is granted") {
  CaseFile agent = InReview(Right::kAccess);
  agent.c.agent = true;
  CHECK(ReasonOf(Decide(ApproveRequest{}, agent, kNow).status()) == "MANDATE_MISSING");
  agent.c = Decide(RecordMandate{"fullmakt visad", "staff:a"}, agent, kNow)->cases.back();
  CHECK(Decide(ApproveRequest{}, agent, kNow).ok());
  CHECK(ReasonOf(Decide(RecordMandate{"x", "staff:a"}, InReview(Right::kAccess), kNow).status()) ==
        "NO_AGENT");

  CaseFile found = InReview(Right::kAccess);
  found.c.review = {{"1", "crm", "/notes/0", "THIRD_PARTY", "pending", "REDACTED_THIRD_PARTY", ""}};
  CHECK(ReasonOf(Decide(ApproveRequest{}, found, kNow).status()) == "REVIEW_ITEMS_OPEN");
  CHECK(Coded(found, "REVIEW_ITEMS_OPEN"));
  CHECK(ReasonOf(Decide(DecideReviewItem{"9", "redact", "a"}, found, kNow).status()) ==
        "ITEM_UNKNOWN");
  found.c = Decide(DecideReviewItem{"1", "redact", "staff:a"}, found, kNow)->cases.back();
  const auto granted = Decide(ApproveRequest{}, found, kNow);
  REQUIRE(granted.ok());
  CHECK(granted->cases.back().withheld == std::vector<std::string>{"REDACTED_THIRD_PARTY"});
  CHECK(granted->events.back().event == "partly_granted");
}

TEST_CASE("recipients are told after the systems, and the answer waits for them") {
  CaseFile file = InReview(Right::kRectification);
  file.c.state = CaseState::kExecuting;
  file.c.recipients = {"Partner AB"};
  Changes out;
  REQUIRE(GoOn(file, kNow, out).ok());
  CHECK(file.c.state == CaseState::kNotifyingRecipients);
  CHECK(file.c.step == Step::kNotifyRecipients);
  file.c.step = Step::kNone;
  Task tell;
  tell.id = TaskId(NewUuidV4());
  tell.action = TaskAction::kNotifyRecipient;
  tell.manual = true;
  file.tasks = {tell};
  REQUIRE(GoOn(file, kNow, out).ok());
  CHECK(file.c.state == CaseState::kNotifyingRecipients);
  HandAnswer answer{.report = {}, .actor = "staff:eva", .has_evidence = true};
  answer.report.kind = OutcomeKind::kNoData;
  CHECK_FALSE(AnsweredByHand(tell, answer, kNow).ok());
  answer.report.kind = OutcomeKind::kDone;
  answer.has_evidence = false;
  CHECK_FALSE(AnsweredByHand(tell, answer, kNow).ok());
  answer.has_evidence = true;
  file.tasks = {*AnsweredByHand(tell, answer, kNow)};
  REQUIRE(GoOn(file, kNow, out).ok());
  CHECK(file.c.state == CaseState::kResponded);
  CHECK(file.c.step == Step::kAnswer);
  CHECK(CoverageOf(CaseState::kExecuting, {tell}).systems_total == 0);  // no system
}

TEST_CASE("a restriction ends only after the person was told") {
  CaseFile file = InReview(Right::kRestriction);
  CHECK(
      ReasonOf(Decide(LiftRestriction{kNow + absl::Hours(100), "CLAIM_ENDED", "a", {}}, file, kNow)
                   .status()) == "NOT_RESTRICTED");
  file.c.state = CaseState::kClosed;
  file.c.restricted_at = kNow;
  LiftRestriction lift{kNow + kLiftNoticeMin, "CLAIM_ENDED", "staff:a", {OutgoingMail{}}};
  LiftRestriction silent = lift;
  silent.notice.clear();
  CHECK(ReasonOf(Decide(silent, file, kNow).status()) == "NOTICE_IMPOSSIBLE");
  LiftRestriction early = lift;
  early.lift_at -= absl::Seconds(1);
  CHECK(absl::IsInvalidArgument(Decide(early, file, kNow).status()));
  const auto announced = Decide(lift, file, kNow);
  REQUIRE(announced.ok());
  CHECK(announced->mails.size() == 1);
  CHECK(announced->cases.back().step == Step::kLiftRestriction);
  CHECK(announced->cases.back().step_at == lift.lift_at);
  ApproveRequest ground;
  ground.restriction_ground = "claims";
  CHECK(Decide(ground, InReview(Right::kRestriction), kNow)->cases.back().restriction_ground ==
        "claims");
  ground.restriction_ground = "whatever";
  CHECK_FALSE(Decide(ground, InReview(Right::kRestriction), kNow).ok());
}

TEST_CASE("an acknowledgement that is owed shows, with the day after which it is late") {
  CaseFile file = Submitted(Right::kAccess);
  file.c.acknowledgement = Acknowledgement::kPending;
  Changes out;
  OweAcknowledgement(file, kNow, out);
  CHECK(Coded(file, "ACKNOWLEDGEMENT_OWED"));
  CHECK_FALSE(Coded(file, "ACKNOWLEDGEMENT_OVERDUE"));
  CHECK(Coded(file, "ACKNOWLEDGEMENT_OVERDUE", kNow + absl::Hours(24 * 7)));
  // Friday before Whitsun: Saturday and Sunday do not count, nor does the national day.
  file.c.received_at =
      absl::FromCivil(absl::CivilSecond(2025, 6, 5, 12, 0, 0), absl::UTCTimeZone());
  CHECK(AcknowledgeBy(file.c).ToString() == "2025-06-10");
  CHECK(ReasonOf(Decide(AcknowledgeRequest{"", "a"}, file, kNow).status()) != "");
  file.c = Decide(AcknowledgeRequest{"phone", "staff:a"}, file, kNow)->cases.back();
  CHECK_FALSE(Coded(file, "ACKNOWLEDGEMENT_OWED"));
}

TEST_CASE("the end of a contact is answered like an inquiry, from triage on") {
  CaseFile file = Submitted(Right::kAccess);
  CHECK(ReasonOf(Decide(EndContact{"a"}, file, kNow).status()) == "WRONG_STATE");
  file.c.state = CaseState::kTriage;
  const auto ended = Decide(EndContact{"staff:a"}, file, kNow);
  REQUIRE(ended.ok());
  CHECK(ended->cases.back().state == CaseState::kInquiry);
  CHECK(ended->cases.back().step == Step::kEndContact);
}

TEST_CASE("words that may reveal special categories are seen, at the start of a word") {
  CHECK(SeemsSpecial("Jag är sjukskriven sedan mars"));
  CHECK(SeemsSpecial("min LÄKARE säger"));
  CHECK(SeemsSpecial("after my diagnosis"));
  CHECK_FALSE(SeemsSpecial("Radera mina uppgifter"));
  CHECK_FALSE(SeemsSpecial("osjuk"));
}

}  // namespace varsam::requests
