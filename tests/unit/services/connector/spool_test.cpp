// A document too large for memory: read back exactly, from anywhere, and never in clear on a disk.
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "services/connector/adapters/spool.h"
#include "services/connector/digest.h"

namespace varsam::connector {
namespace {

std::string Text(size_t size) {
  std::string text;
  for (size_t i = 0; text.size() < size; ++i) text += "person " + std::to_string(i) + ", ";
  return text.substr(0, size);
}

// What the files without a name that this process holds open say.
std::string Unlinked() {
  std::string all;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    const std::string target = std::filesystem::read_symlink(entry.path(), ignored).string();
    if (target.find("(deleted)") == std::string::npos || target[0] != '/') continue;
    std::stringstream text;
    text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
    all += text.str();
  }
  return all;
}

}  // namespace

TEST_CASE("what went into a spool comes out, from wherever it is read") {
  const std::string text = Text(3 * kSpoolBlockBytes + 12'345);
  for (const std::string& folder : {std::string(), std::string("/tmp")}) {
    Spool spool(folder);
    CHECK(spool.empty());
    for (size_t at = 0, step = 1; at < text.size(); at += step, step = step * 3 + 7) {
      step = std::min(step, text.size() - at);
      REQUIRE(spool.Append(std::string_view(text).substr(at, step)).ok());
    }
    CHECK(spool.size() == text.size());
    CHECK(spool.Sha256() == Sha256(text));
    CHECK((spool.Reveal() == text));
    for (const size_t at : {size_t{0}, kSpoolBlockBytes - 3, kSpoolBlockBytes, text.size() - 9}) {
      const auto some = spool.ReadAt(at, 1000);
      REQUIRE(some.ok());
      CHECK((*some == text.substr(at, some->size())));
      CHECK_FALSE(some->empty());
    }
    CHECK(spool.ReadAt(text.size(), 1000)->empty());
    const Spool moved = std::move(spool);
    CHECK(moved.Sha256() == Sha256(text));
  }
}

TEST_CASE("on the disk there is no word of it, and no name") {
  const std::string text = Text(3 * kSpoolBlockBytes);
  Spool spool("/tmp");
  REQUIRE(spool.Append(text).ok());
  const std::string seen = Unlinked();
  CHECK(seen.size() >= 2 * kSpoolBlockBytes);
  CHECK(seen.find("person 7") == std::string::npos);
  CHECK(seen.find(std::string(64, '\0')) == std::string::npos);
  Spool nowhere("/proc/self");
  CHECK_FALSE(nowhere.Append(text).ok());
}

}  // namespace varsam::connector
