// A receipt or certificate: one JSON document that proves itself without our servers. Format and
// rules: libs/ledger/README.md. `varsam-verify` (services/verifier) checks it with code of its own.
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/ledger/checkpoint.h"
#include "libs/ledger/leaf.h"

namespace varsam::ledger {

inline constexpr size_t kReceiptBytesMax = 4 << 20;

struct ReceiptFacts {
  std::string type;     // "receipt" or "certificate"
  std::string text_sv;  // what a person reads, Swedish
  std::string text_en;  // and English
  std::string
      record_json;  // an object: strings, integers, booleans, null, lists, objects; no fractions
};

// The canonical document (one line, members sorted), signed as a whole. INVALID_ARGUMENT
// (INVALID_RECORD) when record_json is not such an object; FAILED_PRECONDITION (ENTRY_ERASED) when
// the entry has no payload any more.
absl::StatusOr<std::string> RenderReceipt(const ReceiptFacts& facts, const StoredEntry& entry,
                                          const Proof& proof, const Signer& signer);
StoredEntry ToStored(const PlacedEntry& entry);

}  // namespace varsam::ledger
