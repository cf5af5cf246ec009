#include "libs/ledger/receipt.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace varsam::ledger {
namespace {

using nlohmann::json;

constexpr std::string_view kDomain = "varsam-receipt/1";
constexpr int kRecordDepthMax = 32;

absl::Status InvalidRecord(std::string_view what) {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "INVALID_RECORD", what);
}

// Fractions have more than one written form, so they may not stand in what is signed.
bool IsExact(const json& value, int depth) {
  if (depth > kRecordDepthMax || value.is_number_float() || value.is_binary()) return false;
  if (!value.is_structured()) return true;
  for (const json& inner : value) {
    if (!IsExact(inner, depth + 1)) return false;
  }
  return true;
}

json EntryJson(const StoredEntry& entry) {
  return {{"at_micros", absl::ToUnixMicros(entry.at)},
          {"index", entry.index},
          {"kind", entry.kind},
          {"leaf", LeafText(entry.index, entry.kind, entry.at, entry.commitment)},
          {"payload", ToBase64(*entry.payload)},
          {"salt", ToBase64(*entry.salt)}};
}

}  // namespace

StoredEntry ToStored(const PlacedEntry& entry) {
  return {entry.index, entry.kind, entry.at, entry.commitment, entry.payload, entry.salt};
}

absl::StatusOr<std::string> RenderReceipt(const ReceiptFacts& facts, const StoredEntry& entry,
                                          const Proof& proof, const Signer& signer) {
  if (!entry.payload || !entry.salt) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "ENTRY_ERASED",
                           "the entry was erased; only its leaf is left");
  }
  if (facts.type != "receipt" && facts.type != "certificate") {
    return InvalidRecord("the type is receipt or certificate");
  }
  if (!IsCleanUtf8(facts.text_sv) || !IsCleanUtf8(facts.text_en) ||
      !IsCleanUtf8(facts.record_json)) {
    return InvalidRecord("texts must be clean UTF-8");
  }
  json record = json::parse(facts.record_json, nullptr, false);
  if (!record.is_object() || !IsExact(record, 0)) {
    return InvalidRecord("the record must be a JSON object without fractions");
  }
  json path = json::array();
  for (const Hash& hash : proof.path) path.push_back(ToBase64(HashBytes(hash)));
  json document = {{"entry", EntryJson(entry)},
                   {"format", kDomain},
                   {"proof", {{"checkpoint", proof.checkpoint}, {"path", std::move(path)}}},
                   {"record", std::move(record)},
                   {"text", {{"en", facts.text_en}, {"sv", facts.text_sv}}},
                   {"type", facts.type},
                   {"vkey", signer.vkey()}};
  document["signature"] = ToBase64(signer.Sign(kDomain, document.dump()));
  std::string text = document.dump();
  if (text.size() > kReceiptBytesMax) return InvalidRecord("the receipt grows too large");
  return text;
}

}  // namespace varsam::ledger
