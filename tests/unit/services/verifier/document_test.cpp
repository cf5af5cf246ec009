// The verifier against the documents libs/ledger renders: accepts each, refuses every changed byte.
#include "services/verifier/document.h"

#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <random>

#include "libs/ledger/receipt.h"

namespace varsam::verifier {
namespace {

using nlohmann::json;

const std::string kSeed(32, '\x21');

ledger::ReceiptFacts Facts() {
  return {
      .type = "receipt",
      .text_sv = "Du har samtyckt till nyhetsbrev den 3 mars 2026. Å, Ä och Ö.\n\"Citat\"",
      .text_en = "You agreed to the newsletter on 3 March 2026.",
      .record_json = R"({"purpose":"newsletter","choice":"given","nested":{"n":[1,2,-3,null]}})"};
}

struct Made {
  std::string document;
  std::string vkey;
};

// A log of `size` entries, and the receipt of the one at `index`. `bound`: by the log, not by a
// signature.
Made Make(uint64_t size, uint64_t index, bool bound, const std::string& seed = kSeed) {
  const ledger::Signer signer("varsam/consent", seed);
  ledger::Entry entry{"consent_recorded", std::string("\x0a\x03raw\x00\xff", 7)};
  if (bound) REQUIRE(ledger::BindReceipt(entry, Facts()).ok());
  const std::string salt = "0123456789abcdef";
  const absl::Time at = absl::FromUnixMicros(1772532000000001);
  const ledger::Hash commitment = ledger::Commitment(salt, entry.payload);
  ledger::RightEdge edge;
  std::map<std::pair<int, uint64_t>, ledger::Hash> nodes;
  for (uint64_t i = 0; i < size; ++i) {
    const ledger::Hash leaf =
        i == index ? ledger::LeafHash(ledger::LeafText(i, entry.kind, at, commitment))
                   : ledger::LeafHash("other " + std::to_string(i));
    nodes[{0, i}] = leaf;
    edge.Append(leaf, [&](ledger::NodeId id, const ledger::Hash& hash) {
      nodes[{id.level, id.index}] = hash;
    });
  }
  const auto path = ledger::BuildInclusion(index, size, [&](ledger::NodeId id) {
    return absl::StatusOr<ledger::Hash>(nodes.at({id.level, id.index}));
  });
  REQUIRE(path.ok());
  const auto document =
      ledger::RenderReceipt(Facts(), {index, entry.kind, at, commitment, entry.payload, salt},
                            {index, *path, signer.SignCheckpoint(size, edge.Root())}, signer);
  REQUIRE(document.ok());
  return {*document, signer.vkey()};
}

bool Genuine(const std::string& document, const std::optional<std::string>& vkey = {}) {
  return Judge(document, vkey).judgement == Judgement::kGenuine;
}

}  // namespace

TEST_CASE("a receipt is genuine, bound by the log or signed by itself") {
  for (const bool bound : {true, false}) {
    for (const uint64_t size : {1u, 2u, 3u, 7u, 64u, 300u}) {
      for (const uint64_t index : {uint64_t{0}, size / 2, size - 1}) {
        const Made made = Make(size, index, bound);
        CHECK(json::parse(made.document).contains("signature") != bound);
        const Verdict verdict = Judge(made.document, made.vkey);
        CHECK(verdict.judgement == Judgement::kGenuine);
        CHECK(verdict.index == index);
        CHECK(verdict.log_size == size);
        CHECK(verdict.origin == "varsam/consent");
        CHECK(verdict.text_sv == Facts().text_sv);
      }
    }
  }
}

TEST_CASE("every single-bit change of the file is refused") {
  size_t changes = 0;
  for (const bool bound : {true, false}) {
    const Made made = Make(300, 131, bound);
    for (size_t bit = 0; bit < made.document.size() * 8; ++bit) {
      std::string changed = made.document;
      changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
      if (Genuine(changed)) FAIL("accepted with bit " << bit << " changed");
      ++changes;
    }
  }
  CHECK(changes > 20000);
}

TEST_CASE("100,000 random edits are refused, the untouched file is not") {
  const Made made = Make(1000, 901, true);
  std::mt19937_64 random(20261124);
  for (int i = 0; i < 100000; ++i) {
    std::string changed = made.document;
    const size_t at = random() % changed.size();
    switch (random() % 4) {
      case 0:
        changed[at] = static_cast<char>(random());
        break;
      case 1:
        changed.erase(at, 1 + random() % 8);
        break;
      case 2:
        changed.insert(at, 1, static_cast<char>('!' + random() % 90));
        break;
      default:
        std::swap(changed[at], changed[random() % changed.size()]);
        break;
    }
    if (changed == made.document) continue;
    if (Genuine(changed)) FAIL("accepted an edit at byte " << at << ": " << changed);
  }
  CHECK(Genuine(made.document));
}

TEST_CASE("blanks between tokens do not matter, other spellings do") {
  const Made made = Make(5, 2, true);
  CHECK(Genuine(json::parse(made.document).dump(2)));
  CHECK(Genuine("\n " + made.document + "\n"));
  CHECK_FALSE(Genuine(json::parse(made.document).dump(-1, ' ', true)));  // escaped non-ASCII
  std::string twice = made.document;
  twice.insert(1, "\"type\":\"receipt\",");
  CHECK_FALSE(Genuine(twice));
}

TEST_CASE("facts cannot be exchanged between the parts") {
  const Made made = Make(9, 4, true);
  for (const char* member : {"record", "text", "type"}) {
    json changed = json::parse(made.document);
    if (changed[member].is_object()) changed[member]["en"] = "forged";
    if (changed[member].is_string()) changed[member] = "certificate";
    CHECK_FALSE(Genuine(changed.dump()));
  }
  json resigned = json::parse(Make(9, 4, false).document);
  resigned.erase("signature");
  CHECK(Judge(resigned.dump(), {}).reason == "FACTS_MISMATCH");
}

TEST_CASE("a forger's own key shows when the real one is known") {
  const Made real = Make(9, 4, true);
  const Made forged = Make(9, 4, true, std::string(32, '\x66'));
  CHECK(Judge(forged.document, {}).judgement == Judgement::kGenuine);
  CHECK_FALSE(Judge(forged.document, {}).key_pinned);
  CHECK(Judge(forged.document, real.vkey).judgement == Judgement::kOtherKey);
}

TEST_CASE("hostile files end quietly") {
  CHECK(Judge("", {}).reason == "NOT_JSON");
  CHECK(Judge(std::string(1 << 20, '['), {}).reason == "TOO_DEEP");
  CHECK(Judge(std::string(kDocumentBytesMax + 1, ' '), {}).reason == "TOO_LARGE");
  CHECK(Judge("{}", {}).reason == "NOT_A_RECEIPT");
  CHECK(Judge("[1.5]", {}).reason == "NOT_CANONICAL");
  CHECK(Judge("{\"a\":1e999}", {}).judgement == Judgement::kNotGenuine);
  CHECK(Judge("\"\xff\"", {}).judgement == Judgement::kNotGenuine);
}

}  // namespace varsam::verifier
