// The contract of RequestsStore: cases, links, packages, breaches. Both implementations, the same
// cases.
#include "tests/contract/services/request_workflow/store/ground.h"

namespace varsam::requests {
namespace {

const std::string kToken(32, 't'), kOtherToken(32, 'u');

Link LinkOf(const std::string& token, const Case& c) {
  return {.token_sha256 = token,
          .case_id = c.id,
          .use = LinkUse::kOpen,
          .contact_sha256 = std::string(32, 'c'),
          .expires_at = At("2026-03-15")};
}

template <typename Store>
std::vector<CaseId> List(StoreGround<Store>& ground, const ListFilter& filter,
                         std::string* next = nullptr) {
  std::string unread;
  std::vector<CaseId> ids;
  for (const CaseView& view : Must(
           ground.store.ReadCases(ground.connection(), filter, next == nullptr ? &unread : next))) {
    ids.push_back(view.file.c.id);
  }
  return ids;
}

}  // namespace

TEMPLATE_TEST_CASE("a case is read back whole, with its tasks and its history in order", "",
                   REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  Changes changes;
  changes.cases = {WholeCase(1), CaseOf(2)};
  changes.tasks = {TaskOf(2, changes.cases[0]), TaskOf(1, changes.cases[0], "mail")};
  changes.events = {
      {changes.cases[0].id, At("2026-03-01"), "RECEIVED", CaseState::kReceived, "subject", ""},
      {changes.cases[1].id, At("2026-03-01"), "RECEIVED", CaseState::kReceived, "subject", "x"},
      {changes.cases[0].id, At("2026-03-02"), "CLASSIFIED", CaseState::kSearching, "staff:1",
       "ERASURE"}};
  const auto read = [&](const CaseId& id) {
    return ground.store.ReadCase(ground.connection(), id);
  };
  CHECK(read(changes.cases[0].id).status().code() == absl::StatusCode::kNotFound);
  CHECK(ReasonOf(read(changes.cases[0].id).status()) == "CASE_UNKNOWN");
  REQUIRE(Save(ground, changes) == absl::OkStatus());
  const CaseView view = Must(read(changes.cases[0].id));
  CHECK(view.file.c == changes.cases[0]);
  CHECK(view.file.tasks == std::vector<Task>{changes.tasks[1], changes.tasks[0]});
  CHECK(view.events == std::vector<HistoryEntry>{changes.events[0], changes.events[2]});
  CHECK(Must(read(changes.cases[1].id)).file.c == changes.cases[1]);
}

TEMPLATE_TEST_CASE("a case saved again is as said now, but for how it came", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case first = CaseOf(1);
  REQUIRE(Save(ground, {.cases = {first}}) == absl::OkStatus());
  Case changed = WholeCase(1);
  changed.received_at = At("2026-01-01");
  REQUIRE(Save(ground, {.cases = {changed}}) == absl::OkStatus());
  changed.received_at = first.received_at;
  CHECK(Must(ground.store.ReadCase(ground.connection(), first.id)).file.c == changed);
}

TEMPLATE_TEST_CASE("cases are listed by due date, the undated last, page by page", "",
                   REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  Changes changes;
  for (uint8_t i = 1; i <= 4; ++i) changes.cases.push_back(CaseOf(i));
  changes.cases[2].due_date = Day("2026-03-10");
  changes.cases[3].due_date = Day("2026-03-05");
  changes.cases[1].state = CaseState::kClosed;
  changes.cases[3].subject = Numbered<SubjectId>(100);
  REQUIRE(Save(ground, changes) == absl::OkStatus());
  const auto ids = IdsOf(changes.cases);
  using Ids = std::vector<CaseId>;
  CHECK(List(ground, {}) == Ids{ids[3], ids[2], ids[0], ids[1]});
  CHECK(List(ground, {.states = {static_cast<int32_t>(CaseState::kClosed) + 1}}) == Ids{ids[1]});
  CHECK(List(ground, {.subject = Numbered<SubjectId>(100)}) == Ids{ids[3]});
  CHECK(List(ground, {.subject = Numbered<SubjectId>(7)}).empty());
  CHECK(List(ground, {.only = ids[2]}) == Ids{ids[2]});
  std::string next;
  CHECK(List(ground, {.rows_max = 3}, &next) == Ids{ids[3], ids[2], ids[0]});
  REQUIRE_FALSE(next.empty());
  std::string last;
  CHECK(List(ground, {.after = next, .rows_max = 3}, &last) == Ids{ids[1]});
  CHECK(last.empty());
  CHECK(List(ground, {.rows_max = 4}, &last).size() == 4);
  CHECK(last.empty());
  const auto foreign =
      ground.store.ReadCases(ground.connection(), {.after = "page 2"}, &last).status();
  REQUIRE(FieldViolationsOf(foreign).size() == 1);
  CHECK(FieldViolationsOf(foreign)[0].field == "page_token");
}

TEMPLATE_TEST_CASE("the facts of a case: its tasks, its package, its family", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  Changes changes;
  changes.cases = {CaseOf(1), CaseOf(2), CaseOf(3), CaseOf(4, CaseState::kClosed)};
  for (int i : {1, 2, 3}) changes.cases[i].parent = changes.cases[0].id;
  changes.cases[1].right = Right::kAccess;
  changes.cases[2].right = changes.cases[3].right = Right::kErasure;
  changes.tasks = {TaskOf(1, changes.cases[2])};
  changes.package = Package{changes.cases[2].id, NewUuidV4(), "hex", 1, At("2026-03-20")};
  REQUIRE(Save(ground, changes) == absl::OkStatus());
  const auto facts = Load<TestType>(ground, {{.case_id = changes.cases[0].id},
                                             {.case_id = Numbered<CaseId>(9)},
                                             {.case_id = changes.cases[2].id},
                                             {.task_id = changes.tasks[0].id}});
  REQUIRE(facts.size() == 4);
  REQUIRE(facts[0].file.has_value());
  CHECK(facts[0].file->c == changes.cases[0]);
  CHECK(facts[0].file->children == 3);
  CHECK(facts[0].file->children_open == 2);
  CHECK_FALSE(facts[1].file.has_value());
  REQUIRE(facts[2].file.has_value());
  CHECK(facts[2].file->tasks == changes.tasks);
  CHECK(facts[2].file->access_together_open);
  CHECK(facts[2].package == changes.package);
  CHECK(facts[0].package == std::nullopt);
  CHECK(facts[3].task == changes.tasks[0]);
  REQUIRE(facts[3].file.has_value());
  CHECK(facts[3].file->c == changes.cases[2]);
}

TEMPLATE_TEST_CASE("a split message is done when all its cases are", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  Changes changes;
  changes.cases = {CaseOf(1), CaseOf(2), CaseOf(3, CaseState::kClosed)};
  changes.cases[1].parent = changes.cases[2].parent = changes.cases[0].id;
  const auto done = [&] { return Must(ground.store.ReadSplitDone(ground.connection())); };
  CHECK(done().empty());
  REQUIRE(Save(ground, changes) == absl::OkStatus());
  CHECK(done().empty());
  changes.cases[1].state = CaseState::kWithdrawn;
  REQUIRE(Save(ground, {.cases = {changes.cases[1]}}) == absl::OkStatus());
  CHECK(done() == std::vector<CaseId>{changes.cases[0].id});
}

TEMPLATE_TEST_CASE("steps come when they are due, the nearest due date first", "",
                   REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  Changes changes;
  for (uint8_t i = 1; i <= 4; ++i) {
    changes.cases.push_back(CaseOf(i));
    changes.cases.back().step = Step::kResolve;
    changes.cases.back().step_at = At("2026-03-01");
    changes.cases.back().due_date = Day("2026-04-10") - i;
  }
  changes.cases[0].step = Step::kNone;
  changes.cases[1].step_at = At("2026-03-02");
  changes.cases[2].due_date.reset();
  REQUIRE(Save(ground, changes) == absl::OkStatus());
  const auto due = [&](std::string_view now) {
    return IdsOf(Must(ground.store.ReadDueSteps(ground.connection(), At(now))));
  };
  const auto ids = IdsOf(changes.cases);
  CHECK(due("2026-02-01").empty());
  CHECK(due("2026-03-01") == std::vector<CaseId>{ids[2], ids[3]});
  CHECK(due("2026-03-02") == std::vector<CaseId>{ids[2], ids[3], ids[1]});
}

TEMPLATE_TEST_CASE("texts are read by name and replaced", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const CaseId id = Numbered<CaseId>(1);
  const auto read = [&](const std::string& name) {
    return Must(ground.store.ReadText(ground.connection(), id, name));
  };
  CHECK(read("message") == std::nullopt);
  REQUIRE(Save(ground, {.texts = {{id, "message", std::string("a\0b", 3)},
                                  {id, "contact", "c"}}}) == absl::OkStatus());
  CHECK(read("message") == std::string("a\0b", 3));
  CHECK(read("contact") == "c");
  CHECK(read("reasons") == std::nullopt);
  REQUIRE(Save(ground, {.texts = {{id, "contact", "d"}}}) == absl::OkStatus());
  CHECK(read("contact") == "d");
}

TEMPLATE_TEST_CASE("a link leads to its case and is used once", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  const Case c = CaseOf(1);
  const Link link = LinkOf(kToken, c);
  const auto find = [&](const std::string& token) {
    return Must(ground.store.FindLinkCase(ground.connection(), token));
  };
  CHECK(find(kToken) == std::nullopt);
  REQUIRE(Save(ground, {.cases = {c}, .new_links = {link}}) == absl::OkStatus());
  CHECK(find(kToken) == c.id);
  CHECK(find(kOtherToken) == std::nullopt);
  auto facts = Load<TestType>(ground, {{.token_sha256 = kOtherToken}, {.token_sha256 = kToken}});
  CHECK(facts[0].link == std::nullopt);
  CHECK(facts[1].link == link);
  REQUIRE(facts[1].file.has_value());
  CHECK(facts[1].file->c == c);

  const Changes use{.consumed_links = {kToken}, .at = At("2026-03-03")};
  REQUIRE(Save(ground, use) == absl::OkStatus());
  facts = Load<TestType>(ground, {{.token_sha256 = kToken}});
  CHECK(facts[0].link->consumed_at == At("2026-03-03"));
  Changes again = use;
  again.texts = {{c.id, "message", "not saved"}};
  CHECK_FALSE(Save(ground, again).ok());
  CHECK(Must(ground.store.ReadText(ground.connection(), c.id, "message")) == std::nullopt);
  const Changes unknown{.consumed_links = {kOtherToken}, .at = At("2026-03-03")};
  CHECK_FALSE(Save(ground, unknown).ok());
  CHECK(Save(ground, {.new_links = {link}}).code() == absl::StatusCode::kAlreadyExists);
}

TEMPLATE_TEST_CASE("a package is read part by part until it is dropped", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  Changes changes;
  changes.cases = {CaseOf(1)};
  const CaseId id = changes.cases[0].id;
  changes.package = Package{id, NewUuidV4(), "hex", 0, At("2026-03-20")};
  changes.package_chunks = {{id, "zip", 1, "b"}, {id, "zip", 0, "a"}, {id, "html", 0, "h"}};
  const auto chunks = [&](const std::string& format) {
    return Must(ground.store.ReadPackageChunks(ground.connection(), id, format, 0, 9));
  };
  const auto expired = [&](std::string_view now) {
    return Must(ground.store.ReadExpiredPackages(ground.connection(), At(now)));
  };
  CHECK(Must(ground.store.ReadPackage(ground.connection(), id)) == std::nullopt);
  REQUIRE(Save(ground, changes) == absl::OkStatus());
  CHECK(Must(ground.store.ReadPackage(ground.connection(), id)) == changes.package);
  CHECK(chunks("zip") == std::vector<std::string>{"a", "b"});
  CHECK(chunks("json").empty());
  CHECK(Must(ground.store.ReadPackageChunks(ground.connection(), id, "zip", 0, 1)) ==
        std::vector<std::string>{"a"});
  CHECK(Must(ground.store.ReadPackageChunks(ground.connection(), id, "zip", 1, 9)) ==
        std::vector<std::string>{"b"});
  CHECK(expired("2026-03-19").empty());
  CHECK(expired("2026-03-20") == std::vector<Package>{*changes.package});
  changes.package->downloads = kPackageDownloadsMax;
  REQUIRE(Save(ground, {.package = changes.package}) == absl::OkStatus());
  CHECK(expired("2026-03-19") == std::vector<Package>{*changes.package});
  // The last download goes on for a while.
  changes.package->ticket = NewUuidV4();
  changes.package->next_part = 3;
  changes.package->ticket_at = At("2026-03-19") - absl::Minutes(1);
  REQUIRE(Save(ground, {.package = changes.package}) == absl::OkStatus());
  CHECK(Must(ground.store.ReadPackage(ground.connection(), id)) == changes.package);
  CHECK(expired("2026-03-19").empty());
  changes.package->ticket_at = At("2026-03-19") - kDownloadTimeMax;
  REQUIRE(Save(ground, {.package = changes.package}) == absl::OkStatus());
  CHECK(expired("2026-03-19") == std::vector<Package>{*changes.package});
  REQUIRE(Save(ground, {.dropped_packages = {id}}) == absl::OkStatus());
  CHECK(Must(ground.store.ReadPackage(ground.connection(), id)) == std::nullopt);
  CHECK(chunks("zip").empty());
}

TEMPLATE_TEST_CASE("breaches come latest first; one is known by its id", "", REQUESTS_STORES) {
  StoreGround<TestType> ground(Migrations());
  Breach first{.id = Numbered<BreachId>(1),
               .state = 2,
               .aware_at = At("2026-03-01"),
               .notified_at = {At("2026-03-02"), At("2026-03-03")},
               .partial = {1, 0},
               .sealed_text = "sealed",
               .risk = "high",
               .authority_reference = "IMY-2026-1",
               .version = 3};
  const Breach second{.id = Numbered<BreachId>(2), .aware_at = At("2026-03-05")};
  const auto read = [&](std::optional<BreachId> only) {
    return ground.store.ReadBreaches(ground.connection(), only);
  };
  CHECK(Must(read(std::nullopt)).empty());
  REQUIRE(Save(ground, {.breach = first}) == absl::OkStatus());
  REQUIRE(Save(ground, {.breach = second}) == absl::OkStatus());
  CHECK(Must(read(std::nullopt)) == std::vector<Breach>{second, first});
  CHECK(Must(read(first.id)) == std::vector<Breach>{first});
  CHECK(ReasonOf(read(Numbered<BreachId>(9)).status()) == "BREACH_UNKNOWN");
  const auto facts =
      Load<TestType>(ground, {{.breach_id = first.id}, {.breach_id = Numbered<BreachId>(9)}});
  CHECK(facts[0].breach == first);
  CHECK(facts[1].breach == std::nullopt);
  first.state = 3;
  first.version = 4;
  REQUIRE(Save(ground, {.breach = first}) == absl::OkStatus());
  CHECK(Must(read(first.id)) == std::vector<Breach>{first});
}

}  // namespace varsam::requests
