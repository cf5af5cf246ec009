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
// Protobuf tag of field 2047 (length-delimited) and the length 32.
constexpr std::string_view kBindTag = "\xFA\x7F\x20";

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

// The facts as they stand in the document, each member canonical.
struct Body {
  std::string record;
  std::string text;
  std::string type;

  // What the payload is bound to.
  std::string Digest() const {
    const Hash hash =
        Sha256("{\"record\":" + record + ",\"text\":" + text + ",\"type\":" + type + "}");
    return std::string(kBindTag) + std::string(HashBytes(hash));
  }
};

std::string Quoted(std::string_view text) { return json(text).dump(); }

absl::StatusOr<Body> ToBody(const ReceiptFacts& facts) {
  if (facts.type != "receipt" && facts.type != "certificate") {
    return InvalidRecord("the type is receipt or certificate");
  }
  if (!IsCleanUtf8(facts.text_sv) || !IsCleanUtf8(facts.text_en) ||
      !IsCleanUtf8(facts.record_json)) {
    return InvalidRecord("texts must be clean UTF-8");
  }
  const json record = json::parse(facts.record_json, nullptr, false);
  if (!record.is_object() || !IsExact(record, 0)) {
    return InvalidRecord("the record must be a JSON object without fractions");
  }
  return Body{record.dump(),
              "{\"en\":" + Quoted(facts.text_en) + ",\"sv\":" + Quoted(facts.text_sv) + "}",
              Quoted(facts.type)};
}

std::string EntryJson(const StoredEntry& entry) {
  const std::string leaf = LeafText(entry.index, entry.kind, entry.at, entry.commitment);
  return "{\"at_micros\":" + std::to_string(absl::ToUnixMicros(entry.at)) +
         ",\"index\":" + std::to_string(entry.index) + ",\"kind\":\"" + entry.kind +
         "\",\"leaf\":" + Quoted(leaf) + ",\"payload\":\"" + ToBase64(*entry.payload) +
         "\",\"salt\":\"" + ToBase64(*entry.salt) + "\"}";
}

std::string ProofJson(const Proof& proof) {
  std::string text = "{\"checkpoint\":" + Quoted(proof.checkpoint) + ",\"path\":[";
  for (size_t i = 0; i < proof.path.size(); ++i) {
    text += i == 0 ? "\"" : ",\"";
    text += ToBase64(HashBytes(proof.path[i]));
    text += '"';
  }
  return text + "]}";
}

}  // namespace

StoredEntry ToStored(const PlacedEntry& entry) {
  return {entry.index, entry.kind, entry.at, entry.commitment, entry.payload, entry.salt};
}

absl::Status BindReceipt(Entry& entry, const ReceiptFacts& facts) {
  ASSIGN_OR_RETURN(const Body body, ToBody(facts));
  entry.payload += body.Digest();
  return absl::OkStatus();
}

absl::StatusOr<std::string> RenderReceipt(const ReceiptFacts& facts, const StoredEntry& entry,
                                          const Proof& proof, const Signer& signer) {
  if (!entry.payload || !entry.salt) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "ENTRY_ERASED",
                           "the entry was erased; only its leaf is left");
  }
  ASSIGN_OR_RETURN(const Body body, ToBody(facts));
  const std::string before = "{\"entry\":" + EntryJson(entry) + ",\"format\":\"" +
                             std::string(kDomain) + "\",\"proof\":" + ProofJson(proof) +
                             ",\"record\":" + body.record;
  const std::string after =
      ",\"text\":" + body.text + ",\"type\":" + body.type + ",\"vkey\":\"" + signer.vkey() + "\"}";
  std::string signature;
  if (!std::string_view(*entry.payload).ends_with(body.Digest())) {
    signature = ",\"signature\":\"" + ToBase64(signer.Sign(kDomain, before + after)) + "\"";
  }
  std::string document = before + signature + after;
  if (document.size() > kReceiptBytesMax) return InvalidRecord("the receipt grows too large");
  return document;
}

}  // namespace varsam::ledger
