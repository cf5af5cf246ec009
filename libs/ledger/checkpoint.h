// A signed statement "the log `origin` has `size` entries under `root`": C2SP tlog-checkpoint,
// which is a C2SP signed-note with Ed25519. Any tool that reads those formats verifies ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/ledger/merkle.h"

namespace varsam::ledger {

struct Checkpoint {
  std::string origin;  // "varsam/consent"
  uint64_t size = 0;
  Hash root = {};
  bool operator==(const Checkpoint&) const = default;
};

// The three lines that are signed.
std::string CheckpointText(const Checkpoint& checkpoint);
absl::StatusOr<Checkpoint> ParseCheckpointText(std::string_view text);

// Signs for one origin. Immutable after construction, safe from every thread; wipes its key.
class Signer {
 public:
  // `seed` is 32 bytes (libs/vault DeriveKey("ledger/<service>")); another length is a CHECK.
  Signer(std::string origin, std::string_view seed);
  ~Signer();
  Signer(const Signer&) = delete;
  Signer& operator=(const Signer&) = delete;

  const std::string& origin() const { return origin_; }
  const std::string& vkey() const { return vkey_; }  // signed-note verifier key, one line
  // The whole note: text, empty line, signature line. The origin is the signer's.
  std::string SignCheckpoint(uint64_t size, const Hash& root) const;
  // Ed25519 over `domain` ‖ '\n' ‖ `bytes`, 64 bytes. `domain` keeps uses apart
  // ("varsam-receipt/1").
  std::string Sign(std::string_view domain, std::string_view bytes) const;

 private:
  std::string origin_;
  std::string vkey_;
  std::string key_id_;
  std::string secret_;
};

// Checks notes and signatures of one verifier key.
class NoteVerifier {
 public:
  // INVALID_ARGUMENT (INVALID_VKEY) for another form than "<name>+<8 hex>+<base64>".
  static absl::StatusOr<NoteVerifier> Parse(std::string_view vkey);
  // DATA_LOSS (BAD_CHECKPOINT) when the form, the origin or the signature is wrong. Signatures of
  // other keys (witnesses) are passed over.
  absl::StatusOr<Checkpoint> Open(std::string_view note) const;
  bool Verify(std::string_view domain, std::string_view bytes, std::string_view signature) const;
  const std::string& name() const { return name_; }

 private:
  std::string name_;
  std::string key_id_;
  std::string public_key_;
};

}  // namespace varsam::ledger
