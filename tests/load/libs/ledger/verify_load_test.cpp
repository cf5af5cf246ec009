// L1: a full verification beside what `openssl dgst -sha256` takes for the same bytes (target: at
// most four times), and the time of one inclusion proof (target: a millisecond). The figures are
// printed, not asserted, and need an optimised build to mean anything. VARSAM_LOAD_ENTRIES sets the
// size; tests/load/bench measures a million.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/ledger/reader.h"
#include "libs/ledger/verify.h"
#include "tests/support/ledger_log.h"

namespace varsam::ledger {
namespace {

constexpr size_t kPayloadBytes = 256;

size_t Entries() {
  const char* text = std::getenv("VARSAM_LOAD_ENTRIES");
  return text == nullptr ? 100000 : static_cast<size_t>(std::atoll(text));
}

double Seconds(absl::Duration since) { return absl::ToDoubleSeconds(MonotonicNow() - since); }

double OpensslSeconds(uint64_t bytes) {
  const auto path = std::filesystem::path(std::getenv("VARSAM_BINARY_DIR")) / "verify_load.bin";
  {
    std::ofstream file(path, std::ios::binary);
    const std::string block(1 << 20, 'v');
    for (uint64_t left = bytes; left > 0;) {
      const uint64_t now = std::min<uint64_t>(left, block.size());
      file.write(block.data(), static_cast<std::streamsize>(now));
      left -= now;
    }
  }
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const absl::Duration start = MonotonicNow();
    const std::string command = "openssl dgst -sha256 " + path.string() + " >/dev/null";
    REQUIRE(std::system(command.c_str()) == 0);
    best = std::min(best, Seconds(start));
  }
  std::filesystem::remove(path);
  return best;
}

}  // namespace

TEST_CASE("L1: verify a large log whole, and prove entries of it") {
  LedgerLog log;
  const size_t wanted = Entries();
  absl::Duration start = MonotonicNow();
  for (size_t done = 0; done < wanted;) {
    const size_t now = std::min<size_t>(kBatchEntriesMax, wanted - done);
    log.Append(now, kPayloadBytes);
    done += now;
  }
  const double appended = Seconds(start);
  log.Tamper("ANALYZE ledger_entry");
  double best = 1e9;
  VerifyReport report;
  for (int i = 0; i < 3; ++i) {
    start = MonotonicNow();
    const auto verified = Verify(log.pool(), {.vkey = log.vkey()});
    best = std::min(best, Seconds(start));
    REQUIRE(verified.ok());
    report = *verified;
  }
  CHECK(report.ok());
  CHECK(report.entries == wanted);
  const double openssl = OpensslSeconds(report.bytes);

  const Reader reader(log.pool());
  std::vector<double> proofs;
  for (uint64_t i = 0; i < 201; ++i) {
    start = MonotonicNow();
    REQUIRE(reader.Prove(i * 7919 % wanted).ok());
    proofs.push_back(Seconds(start));
  }
  std::nth_element(proofs.begin(), proofs.begin() + 100, proofs.end());
  const double proof = proofs[100];  // the median
  constexpr int kSignatures = 5000;
  start = MonotonicNow();
  for (int i = 0; i < kSignatures; ++i) {
    (void)log.ledger().signer().SignCheckpoint(static_cast<uint64_t>(i), EmptyRoot());
  }
  const double sign = kSignatures / Seconds(start);
  std::printf(
      "L1 append %.0f entries/s, verify %.2f s (%.0f MB), openssl %.2f s, ratio %.2f (target 4), "
      "proof %.3f ms (target 1), %.0f signatures/s\n",
      static_cast<double>(wanted) / appended, best, static_cast<double>(report.bytes) / 1e6,
      openssl, best / openssl, proof * 1e3, sign);
}

}  // namespace varsam::ledger
