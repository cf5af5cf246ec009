// The conformance kit over connectors that must pass and over one that is broken in one way at a
// time. Every connector is a process of its own that the kit kills and starts again.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/cli/connector_kit/kit.h"
#include "tests/support/mail_server.h"
#include "tests/support/mariadb_server.h"
#include "tests/support/pki.h"
#include "tests/support/test_database.h"

namespace varsam {
namespace {

using cli::KitOptions;
using cli::KitVerdict;

std::string Under(const char* variable, const std::string& path) {
  const char* const root = getenv(variable);
  REQUIRE(root != nullptr);
  return absl::StrCat(root, "/", path);
}
std::string Source(const std::string& path) { return Under("VARSAM_SOURCE_DIR", path); }
std::string Built(const std::string& path) { return Under("VARSAM_BINARY_DIR", path); }

const std::vector<std::string> kPeople = {"ada@post.example", "bo@post.example", "cid@post.example",
                                          "dag@post.example", "eva@post.example"};

// INSERTs that every database takes.
std::string Rows() {
  std::string rows;
  for (const std::string& email : kPeople) {
    absl::StrAppend(&rows, "INSERT INTO person (email, name, note) VALUES ('", email, "', 'N. ",
                    email.substr(0, 3), "', 'note of ", email.substr(0, 3), "');\n");
  }
  return rows;
}

struct Ground {
  Ground() {
    char pattern[] = "/tmp/varsam-test-kit-XXXXXX";
    REQUIRE(mkdtemp(pattern) != nullptr);
    folder = pattern;
    options.people = kPeople;
    options.field = {"name", "N. ada", "N. adamsson"};
    options.patience = absl::Seconds(40);
  }
  ~Ground() { std::filesystem::remove_all(folder); }
  std::string Write(const std::string& name, const std::string& text) const {
    const std::string path = absl::StrCat(folder, "/", name);
    std::ofstream(path) << text;
    return path;
  }
  // The names of the cases that failed.
  std::set<std::string> Failed() {
    std::ostringstream out;
    const auto verdicts = cli::RunKit(options, out);
    INFO(out.str());
    REQUIRE(verdicts.ok());
    CHECK(verdicts->size() == 12);
    std::set<std::string> failed;
    for (const KitVerdict& one : *verdicts) {
      if (!one.good) failed.insert(one.name);
    }
    if (expect_all && !failed.empty()) FAIL_CHECK(out.str());
    return failed;
  }
  std::string folder;
  KitOptions options;
  bool expect_all = true;
};

// The example in Python, or one of its broken relatives.
struct Python : Ground {
  explicit Python(const std::string& fault = "") {
    const std::string example = Source("services/connector/examples/python");
    const std::string stubs = folder + "/stubs", database = folder + "/book.db";
    const testing::Shown made = testing::RunCommand(absl::StrCat(example, "/make_stubs ", stubs));
    if (made.code != 0 || testing::RunCommand("/usr/bin/python3 -c 'import grpc'").code != 0) {
      std::exit(77);
    }
    const std::string fill =
        Write("fill.py",
              absl::StrCat("import sqlite3, sys\ndb = sqlite3.connect('", database,
                           "', timeout=10)\ndb.executescript('''",
                           "CREATE TABLE IF NOT EXISTS person (email TEXT, name TEXT, note TEXT);"
                           "DELETE FROM person;\n",
                           Rows(), "''')\ndb.commit()\n"));
    REQUIRE(testing::RunCommand("/usr/bin/python3 " + fill).code == 0);
    const std::string arguments = absl::StrCat(stubs, " ", database);
    const std::string good = absl::StrCat("/usr/bin/python3 -B ", example, "/connector.py ");
    options.run = good + arguments;
    if (!fault.empty()) {
      options.run = absl::StrCat("/usr/bin/python3 -B ",
                                 Source("tests/integration/services/connector/broken_connector.py"),
                                 " ", fault, " ", example, " ", arguments);
      expect_all = false;
      options.patience = absl::Seconds(8);
    }
    options.run = absl::StrCat("exec ", options.run, " 2>/dev/null");
    options.restore =
        absl::StrCat("/usr/bin/python3 ", fill, " && ", good, arguments, " 1700000000");
  }
};

// varsam-connector with one mapping.
struct Ours : Ground {
  static constexpr char kMapping[] = R"yaml(
mapping: 1
system: crm
schema: SCHEMA
subjects:
  table: person
  key: [id]
  names: [name]
  identifiers: [{column: email, type: email}]
  category: {value: prospect}
purposes: [{purpose: prospecting_crm}]
categories:
  email: [{columns: [email], action: anonymise, set: {email: null}}]
  name: [{columns: [name], action: anonymise, set: {name: null}}]
  sales_activity: [{columns: [note], action: anonymise, set: {note: null}}]
)yaml";

  // `refill` is a command that brings the people back; `settings` say what is served.
  void Serve(const std::string& system, const std::string& settings, const std::string& refill) {
    const std::string environment = absl::StrCat(
        "env VARSAM_ENVIRONMENT=development VARSAM_LOG_LEVEL=error VARSAM_CONNECTOR_NAME=kit ",
        "VARSAM_CONNECTOR_STATE=", folder, "/state VARSAM_CONNECTOR_POLL_MS=50 ",
        "VARSAM_CONNECTOR_SYNC_S=0 ", settings, " ");
    options.run = absl::StrCat("exec ", environment, Built("bin/varsam-connector"), " run");
    options.restore = absl::StrCat(refill, " && ", environment, Built("bin/varsam-connector"),
                                   " announce-restore ", system, " 2026-01-01T00:00:00Z");
  }
  void ServeTable(const std::string& schema, const std::string& database,
                  const std::string& refill) {
    const std::string mapping =
        Write("crm.yaml", absl::StrReplaceAll(kMapping, {{"SCHEMA", schema}}));
    Serve("crm",
          absl::StrCat("VARSAM_MAPPING_FILES=", mapping, " VARSAM_MAPPING_DATABASE_CRM='", database,
                       "'"),
          refill);
  }
};

}  // namespace

TEST_CASE("the kit passes our connector over PostgreSQL") {
  TestDatabase database;
  auto admin = database.Open();
  const std::string table =
      "CREATE TABLE person (id serial PRIMARY KEY, email text, name text, note text);\n";
  REQUIRE(admin->Execute(table + Rows()).ok());
  Ours ours;
  const std::string rows = ours.Write("rows.sql", "DELETE FROM person;\n" + Rows());
  ours.ServeTable("public", database.conninfo(),
                  absl::StrCat("psql -X -q '", database.conninfo(), "' -f ", rows));
  CHECK(ours.Failed().empty());
}

TEST_CASE("the kit passes our connector over MariaDB") {
  if (!testing::MariaDbServer::Available()) std::exit(77);
  testing::MariaDbServer& server = testing::MariaDbServer::Shared();
  server.Sql(
      "CREATE DATABASE kit; USE kit; CREATE TABLE person (id integer AUTO_INCREMENT PRIMARY KEY, "
      "email varchar(80), name varchar(80), note text);" +
      Rows());
  Ours ours;
  const std::string rows = ours.Write("rows.sql", "DELETE FROM kit.person; USE kit;\n" + Rows());
  ours.ServeTable("kit", server.Connection("root", "kit"), server.Client() + " < " + rows);
  CHECK(ours.Failed().empty());
}

TEST_CASE("the kit passes our connector over a directory tree") {
  Ours ours;
  std::string refill = absl::StrCat("rm -rf ", ours.folder, "/tree/personal");
  for (const std::string& email : kPeople) {
    const std::string place = absl::StrCat(ours.folder, "/tree/personal/", email);
    absl::StrAppend(&refill, " && mkdir -p ", place, " && echo note > ", place, "/note.txt");
  }
  REQUIRE(testing::RunCommand(refill).code == 0);
  const std::string rules = ours.Write("hr.yaml", R"yaml(
files: 1
system: hr
rules: [{path: "personal/{email}/**", category: followup_talk, action: delete}]
)yaml");
  ours.Serve(
      "hr", absl::StrCat("VARSAM_FILES_RULES=", rules, " VARSAM_FILES_ROOT=", ours.folder, "/tree"),
      refill);
  CHECK(ours.Failed().empty());
}

TEST_CASE("the kit passes our connector over mailboxes") {
  if (!testing::MailServer::Available()) std::exit(77);
  const testing::MailServer server({"anna@lexium.example"});
  Ours ours;
  std::string refill = "true";
  for (const std::string& email : kPeople) {
    const std::string message = ours.Write(
        email, absl::StrCat("From: ", email, "\nTo: anna@lexium.example\nSubject: x\n\nhello\n"));
    absl::StrAppend(&refill, " && ", server.DeliverCommand(email, "anna@lexium.example"), " < ",
                    message);
  }
  REQUIRE(testing::RunCommand(refill).code == 0);
  ours.Serve("email",
             absl::StrCat("VARSAM_IMAP_URL=imap://", server.imap(),
                          " VARSAM_IMAP_MAILBOXES=anna@lexium.example VARSAM_IMAP_PLAINTEXT=yes ",
                          "VARSAM_IMAP_PASSWORD=", server.password()),
             refill);
  CHECK(ours.Failed().empty());
}

TEST_CASE("the kit passes the example in Python, a restore included") {
  Python python;
  CHECK(python.Failed().empty());
}

TEST_CASE("the kit notices what is taken out of a connector") {
  using Cases = std::set<std::string>;
  CHECK(Python("forgets").Failed() ==
        Cases{"duplicate lease", "crash between commit and finish", "restore replay"});
  CHECK(Python("never-asks").Failed() == Cases{"stale fence", "cancel race"});
  CHECK(Python("overwrites").Failed() == Cases{"rectify conflict"});
  CHECK(Python("talks").Failed() == Cases{"reports"});
  CHECK(Python("starts-over").Failed().count("partial upload") == 1);
}

}  // namespace varsam
