// The files adapter on a real directory tree: whose files are whose, and what survives a crash.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "libs/base/error.h"
#include "nlohmann/json.hpp"
#include "services/connector/adapters/files/files_adapter.h"
#include "services/connector/adapters/files/staged_changes.h"

namespace varsam::connector::files {
namespace {

namespace fs = std::filesystem;

constexpr char kRules[] = R"yaml(
files: 1
system: hr
people:
  path: register.csv
  separator: ";"
  identifiers: {anstnr: employee_number, epost: email}
  names: [fornamn, efternamn]
rules:
  - {path: "personal/{employee_number}/lon/**", category: salary, action: keep,
     reason: "Bokföringslagen 7 kap. 2 §"}
  - {path: "personal/{employee_number}/**", category: followup_talk, action: delete}
  - {path: "semester*.csv", category: vacation, action: delete,
     rows: {column: epost, type: email, separator: ";"}}
  - {path: "protokoll/**/*.txt", category: meeting_minutes, action: redact, mentions: true}
  - {path: "utredning/*", category: incident_record, action: review, mentions: true}
)yaml";

const CommitGate kGo = [](const Outcome&) { return absl::OkStatus(); };

Identifiers Mail(const char* address) {
  return {{IdentifierType::kEmail, Personal<std::string>(address), ""}};
}

struct Tree {
  Tree() {
    char pattern[] = "/tmp/varsam-test-files-XXXXXX";
    REQUIRE(mkdtemp(pattern) != nullptr);
    root = pattern;
    Write("register.csv",
          "anstnr;epost;fornamn;efternamn\n1001;Eva.Ek@lexium.example;Eva;Ek\n"
          "1002;bo@lexium.example;Bo;Al\n");
    Write("personal/1001/samtal/2025.txt", "Samtal");
    Write("personal/1001/lon/2025.txt", "Lön");
    Write("personal/1002/samtal/2025.txt", "Samtal med Bo");
    Write("semester2026.csv",
          "namn;epost;dagar\r\n\"Ek; Eva\";eva.ek@lexium.example;12\r\nBo;bo@lexium.example;3\r\n");
    Write("protokoll/2026/juni.txt", "Eva Ek och Bo Al deltog. Evald var borta.");
    auto rules = ParseRules(kRules);
    REQUIRE(rules.ok());
    adapter = std::make_unique<FilesAdapter>(*std::move(rules), root);
  }
  ~Tree() { fs::remove_all(root); }
  void Write(const std::string& path, const std::string& text) const {
    fs::create_directories(fs::path(root + "/" + path).parent_path());
    std::ofstream(root + "/" + path) << text;
  }
  std::string Read(const std::string& path) const {
    std::ifstream stream(root + "/" + path);
    std::ostringstream text;
    text << stream.rdbuf();
    return stream ? text.str() : "(gone)";
  }
  std::string root;
  std::unique_ptr<FilesAdapter> adapter;
};

Erase All() {
  return {{{"1", "followup_talk", "", "delete"},
           {"2", "vacation", "", "delete"},
           {"3", "meeting_minutes", "", "delete"},
           {"4", "salary", "", "delete"}},
          {}};
}

}  // namespace

TEST_CASE("an export finds folders by the register, rows and mentions, and nobody else's") {
  Tree tree;
  REQUIRE(tree.adapter->CheckMapping().ok());
  const auto exported = tree.adapter->Run(Mail("eva.ek@lexium.example"), Export{});
  REQUIRE(exported.ok());
  const auto json = nlohmann::json::parse(exported->document.Reveal());
  REQUIRE(json["documents"].size() == 4);
  CHECK(json["documents"][2]["review"] == true);
  CHECK(json["documents"][3]["fields"]["dagar"] == "12");
  CHECK(exported->document.Reveal().find("bo@") == std::string::npos);
  const auto nobody = tree.adapter->Run(Mail("nobody@lexium.example"), Export{});
  CHECK(std::holds_alternative<NoData>(nobody->outcome));
}

TEST_CASE("an erasure deletes, takes rows out, strikes out, keeps, and is verified without rules") {
  Tree tree;
  const Verify back{All().items, {}, {}};
  CHECK(std::holds_alternative<Done>(*tree.adapter->Run(Mail("eva.ek@lexium.example"), back)));
  const auto erased = tree.adapter->Run(Mail("eva.ek@lexium.example"), All(), kGo);
  REQUIRE(erased.ok());
  REQUIRE(std::holds_alternative<PartlyKept>(*erased));
  CHECK(std::get<PartlyKept>(*erased).kept[0].reference == "Bokföringslagen 7 kap. 2 §");
  CHECK(tree.Read("personal/1001/samtal/2025.txt") == "(gone)");
  CHECK(tree.Read("personal/1001/lon/2025.txt") == "Lön");
  CHECK(tree.Read("personal/1002/samtal/2025.txt") == "Samtal med Bo");
  CHECK(tree.Read("semester2026.csv") == "namn;epost;dagar\r\nBo;bo@lexium.example;3\r\n");
  CHECK(tree.Read("protokoll/2026/juni.txt") == "[borttaget] och Bo Al deltog. Evald var borta.");
  CHECK(std::holds_alternative<NoData>(*tree.adapter->Run(Mail("eva.ek@lexium.example"), back)));
  tree.Write("protokoll/2026/juli.txt", "svar till eva.ek@lexium.example");
  CHECK(std::holds_alternative<Done>(*tree.adapter->Run(Mail("eva.ek@lexium.example"), back)));
}

TEST_CASE("a gate that says no leaves every file as it was") {
  Tree tree;
  const auto refused = tree.adapter->Run(Mail("eva.ek@lexium.example"), All(), [](const Outcome&) {
    return absl::CancelledError("called off");
  });
  CHECK(absl::IsCancelled(refused.status()));
  CHECK(tree.Read("personal/1001/samtal/2025.txt") == "Samtal");
  CHECK(tree.Read("protokoll/2026/juni.txt").starts_with("Eva Ek"));
}

TEST_CASE("a text that a person must weigh is not touched") {
  Tree tree;
  tree.Write("utredning/7.txt", "Vittne: Eva Ek");
  Erase ask = All();
  ask.items.push_back({"5", "incident_record", "", "delete"});
  const auto asked = tree.adapter->Run(Mail("eva.ek@lexium.example"), ask, kGo);
  REQUIRE(asked.ok());
  REQUIRE(std::holds_alternative<NeedsHuman>(*asked));
  CHECK(tree.Read("personal/1001/samtal/2025.txt") == "Samtal");
}

TEST_CASE("what was committed when the process died is carried out by the next one") {
  Tree tree;
  StagedChanges staged(tree.root);
  REQUIRE(staged
              .Stage({{"personal/1001/samtal/2025.txt", std::nullopt},
                      {"protokoll/2026/juni.txt", "nytt"}})
              .ok());
  CHECK(tree.Read("protokoll/2026/juni.txt").starts_with("Eva Ek"));
  // Died right after the intent was written: nothing was moved yet.
  const std::string intent = std::string("-\0personal/1001/samtal/2025.txt\0", 32) +
                             std::string("1\0protokoll/2026/juni.txt\0", 26);
  tree.Write(".varsam/intent", intent);
  REQUIRE(tree.adapter->Run(Mail("bo@lexium.example"), Export{}).ok());
  CHECK(tree.Read("personal/1001/samtal/2025.txt") == "(gone)");
  CHECK(tree.Read("protokoll/2026/juni.txt") == "nytt");
  CHECK(tree.Read(".varsam/intent") == "(gone)");
}

TEST_CASE("links are not followed; a part that cannot be read is no complete answer") {
  Tree tree;
  tree.Write("personal/1001/x.txt", "x");
  fs::create_symlink("/etc/passwd", tree.root + "/personal/1001/link");
  const auto exported = tree.adapter->Run(Mail("eva.ek@lexium.example"), Export{});
  REQUIRE(exported.ok());
  CHECK(exported->document.Reveal().find("root:") == std::string::npos);
  auto rules = ParseRules(kRules);
  FilesAdapter gone(*std::move(rules), tree.root + "/nowhere");
  CHECK(ReasonOf(gone.Run(Mail("eva.ek@lexium.example"), Export{}).status()) == "FILES_UNREADABLE");
}

TEST_CASE("rules that contradict themselves are refused with their place") {
  const auto rules = ParseRules(R"yaml(
files: 1
system: hr
rules:
  - {path: "../x", category: a, action: delete, mentions: true}
  - {path: "y", category: a, action: keep}
)yaml");
  REQUIRE_FALSE(rules.ok());
  CHECK(FieldViolationsOf(rules.status()).size() >= 4);
}

}  // namespace varsam::connector::files
