#include "libs/ledger/receipt.h"

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "libs/base/canonical_json.h"
#include "libs/base/check.h"
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

// What the payload is bound to.
std::string DigestOf(const ReceiptBody& body) {
  const Hash hash = Sha256("{\"record\":" + body.record + ",\"text\":" + body.text +
                           ",\"type\":" + body.type + "}");
  return std::string(kBindTag) + std::string(HashBytes(hash));
}

absl::StatusOr<ReceiptBody> ToBody(const ReceiptFacts& facts) {
  if (facts.type != "receipt" && facts.type != "certificate") {
    return InvalidRecord("the type is receipt or certificate");
  }
  if (!IsCleanUtf8(facts.text_sv) || !IsCleanUtf8(facts.text_en) ||
      !IsCleanUtf8(facts.record_json)) {
    return InvalidRecord("texts must be clean UTF-8");
  }
  ReceiptBody body;
  if (facts.canonical) {
    body.record = facts.record_json;
  } else {
    const json record = json::parse(facts.record_json, nullptr, false);
    if (!record.is_object() || !IsExact(record, 0)) {
      return InvalidRecord("the record must be a JSON object without fractions");
    }
    body.record = record.dump();
  }
  JsonObject(body.text).Text("en", facts.text_en).Text("sv", facts.text_sv);
  AppendJsonText(body.type, facts.type);
  return body;
}

// An entry as both its stored and its placed form show it.
struct Shown {
  uint64_t index;
  std::string_view kind;
  absl::Time at;
  const Hash& commitment;
  std::string_view payload, salt;
};

void AppendEntry(JsonObject& document, const Shown& entry) {
  JsonObject part = document.Object("entry");
  part.Integer("at_micros", absl::ToUnixMicros(entry.at));
  part.Integer("index", static_cast<int64_t>(entry.index));
  part.Text("kind", entry.kind);
  part.Text("leaf", LeafText(entry.index, entry.kind, entry.at, entry.commitment));
  part.Text("payload", ToBase64(entry.payload));
  part.Text("salt", ToBase64(entry.salt));
}

void AppendProof(JsonObject& document, const Proof& proof) {
  std::vector<std::string> path;
  path.reserve(proof.path.size());
  for (const Hash& hash : proof.path) path.push_back(ToBase64(HashBytes(hash)));
  document.Object("proof").Text("checkpoint", proof.checkpoint).Texts("path", path);
}

std::string Document(const Shown& entry, const ReceiptBody& body, const Proof& proof,
                     std::string_view vkey, std::string_view signature) {
  std::string text;
  text.reserve(entry.payload.size() * 3 / 2 + body.record.size() + body.text.size() +
               proof.path.size() * 48 + 2048);
  {
    JsonObject document(text);
    AppendEntry(document, entry);
    document.Text("format", kDomain);
    AppendProof(document, proof);
    document.Raw("record", body.record);
    if (!signature.empty()) document.Text("signature", ToBase64(signature));
    document.Raw("text", body.text).Raw("type", body.type).Text("vkey", vkey);
  }
  return text;
}

absl::StatusOr<std::string> Bounded(std::string document) {
  if (document.size() > kReceiptBytesMax) return InvalidRecord("the receipt grows too large");
  return document;
}

}  // namespace

absl::Status BindReceipt(Entry& entry, const ReceiptFacts& facts) {
  ASSIGN_OR_RETURN(ReceiptBody body, ToBody(facts));
  entry.payload += DigestOf(body);
  entry.receipt = std::move(body);
  return absl::OkStatus();
}

absl::StatusOr<std::string> RenderReceipt(const ReceiptFacts& facts, const StoredEntry& entry,
                                          const Proof& proof, const Signer& signer) {
  if (!entry.payload || !entry.salt) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "ENTRY_ERASED",
                           "the entry was erased; only its leaf is left");
  }
  ASSIGN_OR_RETURN(const ReceiptBody body, ToBody(facts));
  const Shown shown{entry.index,      entry.kind,     entry.at,
                    entry.commitment, *entry.payload, *entry.salt};
  std::string document = Document(shown, body, proof, signer.vkey(), {});
  if (!entry.payload->ends_with(DigestOf(body))) {
    const std::string signature = signer.Sign(kDomain, document);
    document = Document(shown, body, proof, signer.vkey(), signature);
  }
  return Bounded(std::move(document));
}

absl::StatusOr<std::string> RenderReceipt(const PlacedEntry& entry, const Proof& proof,
                                          const Signer& signer) {
  VARSAM_CHECK(entry.receipt.has_value()) << "the entry was bound to no receipt";
  return Bounded(
      Document({entry.index, entry.kind, entry.at, entry.commitment, entry.payload, entry.salt},
               *entry.receipt, proof, signer.vkey(), {}));
}

}  // namespace varsam::ledger
