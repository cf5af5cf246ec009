// Writes a log out as C2SP tlog-tiles and has a Go program verify all of it with
// golang.org/x/mod/sumdb; then changes one byte anywhere and has it refused. Skipped (77) when Go
// is not installed.
#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "libs/ledger/reader.h"
#include "tests/support/ledger_log.h"

namespace varsam::ledger {
namespace {

namespace fs = std::filesystem;

constexpr char kGo[] = "/usr/bin/go";
constexpr char kModules[] = "/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog";
constexpr uint64_t kTile = 256;

std::string NumberPath(uint64_t n) {
  std::string text = absl::StrFormat("%03d", n % 1000);
  while (n >= 1000) {
    n /= 1000;
    text = absl::StrFormat("x%03d/%s", n % 1000, text);
  }
  return text;
}

void Write(const fs::path& path, const std::string& content) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

std::string Slurp(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<fs::path> Export(LedgerLog& log, const fs::path& dir) {
  const Reader reader(log.pool());
  const uint64_t size = *reader.Size();
  std::vector<fs::path> files;
  const auto put = [&](const fs::path& path, const absl::StatusOr<std::string>& content) {
    REQUIRE(content.ok());
    Write(path, *content);
    files.push_back(path);
  };
  put(dir / "checkpoint", reader.SignedCheckpoint());
  Write(dir / "vkey", log.vkey() + "\n");
  const auto path_of = [&](const std::string& kind, uint64_t index, uint64_t width) {
    const std::string full = absl::StrCat("tile/", kind, "/", NumberPath(index));
    return dir / (width == kTile ? full : absl::StrCat(full, ".p/", width));
  };
  for (uint64_t count = size, level = 0; count > 0; count /= kTile, ++level) {
    for (uint64_t index = 0; index * kTile < count; ++index) {
      const uint64_t width = std::min(kTile, count - index * kTile);
      put(path_of(absl::StrCat(level), index, width),
          reader.Tile(static_cast<int>(level), index, static_cast<int>(width)));
      if (level == 0) {
        put(path_of("entries", index, width), reader.EntryBundle(index, static_cast<int>(width)));
      }
    }
  }
  return files;
}

int Run(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

TEST_CASE("an outside client verifies every record, and finds one changed byte") {
  if (!fs::exists(kGo) || !fs::exists(kModules)) {
    std::puts("skipped: Go is not installed (Debian: golang-go golang-golang-x-mod-dev)");
    std::fflush(stdout);
    std::_Exit(77);
  }
  const fs::path dir = fs::path(std::getenv("VARSAM_BINARY_DIR")) / "ledger_go";
  fs::remove_all(dir);
  fs::create_directories(dir);
  const std::string build =
      absl::StrCat("env -u GOROOT -u GOFLAGS GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=",
                   (dir / "cache").string(), " ", kGo, " build -o ", (dir / "client").string(), " ",
                   std::getenv("VARSAM_SOURCE_DIR"), "/tests/integration/ledger_go/main.go");
  REQUIRE(Run(build) == 0);
  const std::string client =
      absl::StrCat((dir / "client").string(), " ", (dir / "log").string(), " 2>&1");

  LedgerLog log;
  log.Append(1000);
  log.Append(16384);
  log.Append(437);
  const std::vector<fs::path> files = Export(log, dir / "log");
  REQUIRE(Run(client) == 0);

  std::mt19937_64 random(11);
  for (int i = 0; i < 40; ++i) {
    const fs::path& file = files[random() % files.size()];
    const std::string good = Slurp(file);
    std::string bad = good;
    const size_t at = random() % bad.size();
    bad[at] = static_cast<char>(bad[at] ^ (1 << (random() % 8)));
    Write(file, bad);
    INFO(file << " byte " << at);
    CHECK(Run(client + " >/dev/null") != 0);
    Write(file, good);
  }
  CHECK(Run(client) == 0);
  fs::remove_all(dir);
}

}  // namespace varsam::ledger
