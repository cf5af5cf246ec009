// A receipt or certificate: one JSON document that proves itself without our servers. Format and
// rules: libs/ledger/README.md. `varsam-verify` (services/verifier) checks it with code of its own.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/ledger/checkpoint.h"
#include "libs/ledger/leaf.h"

namespace varsam::ledger {

inline constexpr size_t kReceiptBytesMax = 4 << 20;

// What a person and a program read in the document.
struct ReceiptFacts {
  std::string type;     // "receipt" or "certificate"
  std::string text_sv;  // Swedish
  std::string text_en;  // and English
  // An object of strings, integers, booleans, nulls, lists and objects; no fractions.
  std::string record_json;
  // record_json was written by libs/base/canonical_json.h: it is taken as it stands.
  bool canonical = false;
};

// Binds the readable facts to the entry before it is appended: their SHA-256 becomes one more field
// at the end of the payload (field 2047, bytes; the service's message skips it as unknown). The
// receipt then needs no signature of its own, only the batch's checkpoint. The facts stay beside
// the entry in its batch. INVALID_ARGUMENT (INVALID_RECORD) when record_json is not such an object.
absl::Status BindReceipt(Entry& entry, const ReceiptFacts& facts);

// The canonical document: one line, members sorted, every byte covered. When the entry is bound to
// exactly these facts that is by the log itself; otherwise (texts of a later release, an entry that
// was never bound) by a signature over the document. INVALID_ARGUMENT (INVALID_RECORD) as above;
// FAILED_PRECONDITION (ENTRY_ERASED) when the entry has no payload any more.
absl::StatusOr<std::string> RenderReceipt(const ReceiptFacts& facts, const StoredEntry& entry,
                                          const Proof& proof, const Signer& signer);
// The same of an entry that has just been committed and was bound (CHECK): nothing is composed or
// hashed again, nothing is signed.
absl::StatusOr<std::string> RenderReceipt(const PlacedEntry& entry, const Proof& proof,
                                          const Signer& signer);

}  // namespace varsam::ledger
