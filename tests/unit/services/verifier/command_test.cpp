// varsam-verify as a person runs it: exit codes and what it says.
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "libs/ledger/receipt.h"

namespace varsam {
namespace {

namespace fs = std::filesystem;

struct Outcome {
  int code = -1;
  std::string text;
};

Outcome Run(const std::string& arguments) {
  const std::string command =
      std::string(std::getenv("VARSAM_BINARY_DIR")) + "/bin/varsam-verify " + arguments + " 2>&1";
  Outcome outcome;
  FILE* pipe = popen(command.c_str(), "r");
  REQUIRE(pipe != nullptr);
  char block[4096];
  while (const size_t got = fread(block, 1, sizeof(block), pipe)) outcome.text.append(block, got);
  const int status = pclose(pipe);
  if (WIFEXITED(status)) outcome.code = WEXITSTATUS(status);
  return outcome;
}

}  // namespace

TEST_CASE("the command says genuine, not genuine, other key or wrong use") {
  const ledger::Signer signer("varsam/consent", std::string(32, '\x31'));
  const ledger::Signer other("varsam/consent", std::string(32, '\x32'));
  ledger::Entry entry{"consent_recorded", "payload"};
  const ledger::ReceiptFacts facts{
      .type = "receipt", .text_sv = "Du sa ja.", .text_en = "You said yes.", .record_json = "{}"};
  REQUIRE(ledger::BindReceipt(entry, facts).ok());
  const std::string salt(16, 's');
  const absl::Time at = absl::FromUnixSeconds(1772532000);
  const ledger::Hash commitment = ledger::Commitment(salt, entry.payload);
  ledger::RightEdge edge;
  edge.Append(ledger::LeafHash(ledger::LeafText(0, entry.kind, at, commitment)));
  const auto document =
      ledger::RenderReceipt(facts, {0, entry.kind, at, commitment, entry.payload, salt},
                            {0, {}, signer.SignCheckpoint(1, edge.Root())}, signer);
  REQUIRE(document.ok());
  const fs::path dir = fs::temp_directory_path() / ("varsam_verify_" + std::to_string(getpid()));
  fs::create_directories(dir);
  const std::string good = (dir / "good.json").string();
  const std::string bad = (dir / "bad.json").string();
  std::ofstream(good) << *document << "\n";
  std::string changed = *document;
  changed.replace(changed.find("said yes"), 8, "said no!");
  std::ofstream(bad) << changed;
  std::ofstream(dir / "key") << signer.vkey() << "\n";

  const Outcome unpinned = Run(good);
  CHECK(unpinned.code == 0);
  CHECK(unpinned.text.find("You said yes.") != std::string::npos);
  CHECK(unpinned.text.find("--vkey") != std::string::npos);
  const Outcome pinned = Run("--vkey-file " + (dir / "key").string() + " " + good);
  CHECK(pinned.code == 0);
  CHECK(pinned.text.find("--vkey") == std::string::npos);
  CHECK(Run("--vkey '" + other.vkey() + "' " + good).code == 3);
  const Outcome forged = Run("--json " + bad);
  CHECK(forged.code == 1);
  CHECK(forged.text.find("FACTS_MISMATCH") != std::string::npos);
  CHECK(Run("- <" + good).code == 0);
  CHECK(Run((dir / "missing").string()).code == 2);
  CHECK(Run("").code == 2);
  CHECK(Run("--help").code == 0);
  fs::remove_all(dir);
}

}  // namespace varsam
