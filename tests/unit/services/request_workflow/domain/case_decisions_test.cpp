#include "services/request_workflow/domain/case_decisions.h"

#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "services/request_workflow/domain/advance.h"

namespace varsam::requests {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'795'000'000);

CaseFile Submitted(std::optional<Right> right, std::optional<Right> suggested = std::nullopt) {
  SubmitRequest ask;
  ask.id = CaseId(NewUuidV4());
  ask.right = right;
  ask.suggested = suggested;
  ask.channel = "form";
  ask.received_at = kNow;
  ask.actor = "public";
  const auto changes = Decide(ask, kNow);
  REQUIRE(changes.ok());
  CaseFile file;
  file.c = changes->cases.at(0);
  return file;
}

CaseFile After(const absl::StatusOr<Changes>& changes) {
  REQUIRE(changes.ok());
  CaseFile file;
  file.c = changes->cases.back();
  return file;
}

Link LinkOf(const CaseFile& file) {
  Link link;
  link.token_sha256 = "t";
  link.case_id = file.c.id;
  link.expires_at = kNow + absl::Hours(1);
  return link;
}

CaseFile Proven(Right right) {
  CaseFile file = Submitted(right);
  file.c.candidate = SubjectId(NewUuidV4());
  return After(Decide(VerifyByLink{"t"}, LinkOf(file), file, kNow));
}

}  // namespace

TEST_CASE("a form opens an identity check; an immediate right starts at once") {
  CHECK(Submitted(Right::kAccess).c.state == CaseState::kIdentityCheck);
  CHECK(Submitted(Right::kAccess).c.step == Step::kResolve);
  CHECK(Submitted(Right::kAccess).c.due_date.has_value());
  CHECK(Submitted(Right::kObjectionMarketing).c.state == CaseState::kExecuting);
  CHECK(Submitted(Right::kObjectionMarketing).c.step == Step::kActConsent);
  // A suggestion waits for a person, unless waiting itself would do harm.
  CHECK(Submitted(std::nullopt, Right::kErasure).c.state == CaseState::kTriage);
  CHECK(Submitted(std::nullopt, Right::kObjectionMarketing).c.state == CaseState::kExecuting);
}

TEST_CASE("a link proves the person on file, once") {
  CaseFile file = Submitted(Right::kAccess);
  file.c.candidate = SubjectId(NewUuidV4());
  Link link = LinkOf(file);
  const auto used = Decide(VerifyByLink{"t"}, link, file, kNow);
  REQUIRE(used.ok());
  CHECK(used->consumed_links.size() == 1);
  CHECK(used->cases.at(0).subject == file.c.candidate);
  CHECK(used->cases.at(0).state == CaseState::kSearching);
  CHECK(used->cases.at(0).step == Step::kSearch);

  SECTION("not twice") { link.consumed_at = kNow; }
  SECTION("not late") { link.expires_at = kNow; }
  SECTION("not for another case") { link.case_id = CaseId(NewUuidV4()); }
  SECTION("not after five failures") { file.c.link_failures = kLinkFailuresMax; }
  SECTION("not with a link that only opens") { link.use = LinkUse::kOpen; }
  const auto refused = Decide(VerifyByLink{"t"}, link, file, kNow);
  REQUIRE(refused.ok());
  CHECK(refused->reply.empty());
  CHECK(refused->consumed_links.empty());
}

TEST_CASE("a wrong token is counted") {
  CaseFile file = Submitted(Right::kAccess);
  const auto wrong = Decide(VerifyByLink{"x"}, std::nullopt, file, kNow);
  REQUIRE(wrong.ok());
  CHECK(wrong->cases.at(0).link_failures == 1);
  CHECK(wrong->cases.at(0).state == CaseState::kIdentityCheck);
}

TEST_CASE("nobody is granted anything without proof, staff not excepted") {
  const CaseFile file = Submitted(Right::kErasure);
  CHECK_FALSE(Decide(ApproveRequest{{}, {}, "staff:a"}, file, kNow).ok());
  CHECK(ReasonOf(Decide(VerifyByStaff{IdentityLevel::kInPerson, "video", "staff:a"}, file, kNow)
                     .status()) == "SUBJECT_UNKNOWN");
  CaseFile forced = file;
  forced.c.state = CaseState::kReview;
  CHECK(ReasonOf(Decide(ApproveRequest{{}, {}, "staff:a"}, forced, kNow).status()) ==
        "IDENTITY_NOT_VERIFIED");
}

TEST_CASE("location and identity numbers need two factors") {
  CaseFile file = Proven(Right::kErasure);
  REQUIRE(file.c.state == CaseState::kReview);
  file.c.found = {"position"};
  CHECK(ReasonOf(Decide(ApproveRequest{{}, {"position"}, "staff:a"}, file, kNow).status()) ==
        "IDENTITY_LEVEL_TOO_LOW");
  file.c.identity = IdentityLevel::kTwoFactors;
  CHECK(Decide(ApproveRequest{{}, {"position"}, "staff:a"}, file, kNow).ok());
}

TEST_CASE("a refusal takes two people and one code") {
  CaseFile file = Proven(Right::kErasure);
  file = After(Decide(RefuseRequest{"EXCESSIVE", "staff:a", {}}, file, kNow));
  CHECK(file.c.state == CaseState::kReview);
  CHECK(After(Decide(RefuseRequest{"EXCESSIVE", "staff:a", {}}, file, kNow)).c.state ==
        CaseState::kReview);
  CHECK(After(Decide(RefuseRequest{"OTHER", "staff:b", {}}, file, kNow)).c.state ==
        CaseState::kReview);
  file = After(Decide(RefuseRequest{"EXCESSIVE", "staff:b", {}}, file, kNow));
  CHECK(file.c.state == CaseState::kRefused);
  CHECK(file.c.step == Step::kAnswer);
}

TEST_CASE("several rights become children with the same receipt") {
  CaseFile file = Submitted(std::nullopt, Right::kAccess);
  ClassifyRequest ask;
  ask.rights = {Right::kAccess, Right::kErasure};
  ask.child_ids = {CaseId(NewUuidV4()), CaseId(NewUuidV4())};
  ask.actor = "staff:a";
  const auto split = Decide(ask, file, kNow);
  REQUIRE(split.ok());
  REQUIRE(split->cases.size() == 3);
  CHECK(split->cases[0].parent == file.c.id);
  CHECK(split->cases[0].state == CaseState::kIdentityCheck);
  CHECK(split->cases[1].right == Right::kErasure);
  CHECK(split->cases[1].received_at == file.c.received_at);
  CHECK(split->cases[2].state == CaseState::kTriage);
}

TEST_CASE("a withdrawal waits for a lease, and takes back what nobody holds") {
  CaseFile file = Proven(Right::kAccess);
  file.c.step = Step::kNone;
  Task open, leased;
  open.id = TaskId(NewUuidV4());
  leased.id = TaskId(NewUuidV4());
  leased = Leased(leased, "connector-crm", kNow);
  file.tasks = {open, leased};
  const auto waiting = Decide(WithdrawRequest{"subject"}, file, kNow);
  REQUIRE(waiting.ok());
  CHECK(waiting->tasks.size() == 2);
  CHECK(waiting->tasks[0].state == TaskState::kCancelled);
  CHECK(waiting->cases.at(0).state == CaseState::kSearching);
  CHECK(waiting->cases.at(0).step == Step::kWithdraw);
  file.c = waiting->cases.at(0);
  file.tasks = waiting->tasks;
  const absl::Time later = kNow + kLeaseTime + absl::Seconds(1);
  CHECK(After(Decide(WithdrawRequest{"subject"}, file, later)).c.state == CaseState::kWithdrawn);
}

TEST_CASE("an unanswered system holds a case, and the case says so") {
  CaseFile file = Proven(Right::kAccess);
  file.c.step = Step::kNone;
  Task task;
  task.system = "crm";
  file.tasks = {task};
  CHECK(CodesOf(file, kNow).at(0) == "COVERAGE_INCOMPLETE");
  CHECK(ReasonOf(Decide(CloseRequest{"staff:a"}, file, kNow).status()) == "COVERAGE_INCOMPLETE");
  // Nor may it go on while its search has not even begun.
  file.tasks.clear();
  file.c.step = Step::kSearch;
  CHECK_FALSE(PhaseComplete(file, kNow));
}

TEST_CASE("a question about identity in time stops the clock until it is answered") {
  CaseFile file = Submitted(Right::kAccess);
  const calendar::LocalDay due = *file.c.due_date;
  file = After(Decide(PauseRequest{QuestionKind::kIdentity, "staff:a", {}}, file, kNow));
  CHECK(file.c.state == CaseState::kAwaitingIdentity);
  file.c.candidate = SubjectId(NewUuidV4());
  const absl::Time later = kNow + absl::Hours(24 * 20);
  Link link = LinkOf(file);
  link.expires_at = later + absl::Hours(1);
  file = After(Decide(VerifyByLink{"t"}, link, file, later));
  CHECK(*file.c.due_date >= due + 20);
}

}  // namespace varsam::requests
