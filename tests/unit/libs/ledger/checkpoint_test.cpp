#include "libs/ledger/checkpoint.h"

#include <catch2/catch.hpp>

#include "libs/base/error.h"

namespace varsam::ledger {
namespace {

const std::string kSeed(32, '\x07');

}  // namespace

TEST_CASE("a signed note opens with its key only") {
  const Signer signer("varsam/consent", kSeed);
  const std::string note = signer.SignCheckpoint(42, LeafHash("x"));
  const auto verifier = NoteVerifier::Parse(signer.vkey());
  REQUIRE(verifier.ok());
  const auto opened = verifier->Open(note);
  REQUIRE(opened.ok());
  CHECK(opened->origin == "varsam/consent");
  CHECK(opened->size == 42);
  CHECK(opened->root == LeafHash("x"));

  const Signer other("varsam/consent", std::string(32, '\x08'));
  CHECK(ReasonOf(NoteVerifier::Parse(other.vkey())->Open(note).status()) == "BAD_CHECKPOINT");
}

TEST_CASE("every flipped bit of a note is found") {
  const Signer signer("varsam/consent", kSeed);
  const auto verifier = NoteVerifier::Parse(signer.vkey());
  const std::string note = signer.SignCheckpoint(123456, LeafHash("x"));
  for (size_t bit = 0; bit < note.size() * 8; ++bit) {
    std::string changed = note;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    CHECK_FALSE(verifier->Open(changed).ok());
  }
  for (size_t size = 0; size < note.size(); ++size) {
    CHECK_FALSE(verifier->Open(note.substr(0, size)).ok());
  }
}

TEST_CASE("signatures of witnesses are passed over") {
  const Signer signer("varsam/consent", kSeed);
  const Signer witness("varsam/witness", std::string(32, '\x09'));
  const std::string note = signer.SignCheckpoint(9, LeafHash("y"));
  const std::string cosigned = witness.SignCheckpoint(9, LeafHash("y"));
  const std::string line = cosigned.substr(cosigned.find("\n\n") + 2);
  CHECK(NoteVerifier::Parse(signer.vkey())->Open(note + line).ok());
}

TEST_CASE("a verifier key that is not one is refused") {
  const Signer signer("varsam/consent", kSeed);
  const std::string vkey = signer.vkey();
  CHECK_FALSE(NoteVerifier::Parse("").ok());
  CHECK_FALSE(NoteVerifier::Parse("varsam/consent").ok());
  CHECK_FALSE(NoteVerifier::Parse("varsam/other" + vkey.substr(vkey.find('+'))).ok());
  CHECK_FALSE(NoteVerifier::Parse(vkey.substr(0, vkey.size() - 4)).ok());
}

TEST_CASE("domains keep signatures apart") {
  const Signer signer("varsam/consent", kSeed);
  const auto verifier = NoteVerifier::Parse(signer.vkey());
  const std::string signature = signer.Sign("varsam-receipt/1", "text");
  CHECK(verifier->Verify("varsam-receipt/1", "text", signature));
  CHECK_FALSE(verifier->Verify("varsam-receipt/2", "text", signature));
  CHECK_FALSE(verifier->Verify("varsam-receipt/1", "texu", signature));
}

}  // namespace varsam::ledger
