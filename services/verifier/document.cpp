#include "services/verifier/document.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "services/verifier/crypto.h"
#include "services/verifier/note.h"
#include "services/verifier/tree.h"

namespace varsam::verifier {
namespace {

using nlohmann::json;

constexpr std::string_view kFormat = "varsam-receipt/1";
constexpr size_t kSaltBytes = 16;
// How the payload names the SHA-256 of the readable part: protobuf field 2047, 32 bytes.
constexpr std::string_view kBindTag = "\xFA\x7F\x20";

struct Fault {
  std::string reason;
  std::string detail;
};

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// The file without blanks between tokens; nullopt when it nests too deep to be read safely.
std::optional<std::string> Compact(std::string_view file) {
  std::string compact;
  compact.reserve(file.size());
  bool in_string = false;
  int depth = 0;
  for (size_t i = 0; i < file.size(); ++i) {
    const char c = file[i];
    if (in_string) {
      compact += c;
      if (c == '\\' && i + 1 < file.size()) {
        compact += file[++i];
      } else if (c == '"') {
        in_string = false;
      }
      continue;
    }
    if (IsBlank(c)) continue;
    if (c == '"') in_string = true;
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (depth > kDepthMax) return std::nullopt;
    compact += c;
  }
  return compact;
}

bool HasFraction(const json& value) {
  if (value.is_number_float()) return true;
  if (!value.is_structured()) return false;
  for (const json& inner : value) {
    if (HasFraction(inner)) return true;
  }
  return false;
}

bool HasExactly(const json& object, const std::set<std::string>& members) {
  if (!object.is_object() || object.size() != members.size()) return false;
  for (const auto& [name, value] : object.items()) {
    if (!members.contains(name)) return false;
  }
  return true;
}

bool IsText(const json& object, const char* member) { return object.at(member).is_string(); }

bool HasShape(const json& document) {
  std::set<std::string> members = {"entry", "format", "proof", "record", "text", "type", "vkey"};
  if (document.is_object() && document.contains("signature")) members.insert("signature");
  if (!HasExactly(document, members)) return false;
  for (const char* text : {"format", "type", "vkey"}) {
    if (!IsText(document, text)) return false;
  }
  if (members.contains("signature") && !IsText(document, "signature")) return false;
  const json& entry = document["entry"];
  const json& proof = document["proof"];
  const json& text = document["text"];
  if (!HasExactly(entry, {"at_micros", "index", "kind", "leaf", "payload", "salt"}) ||
      !HasExactly(proof, {"checkpoint", "path"}) || !HasExactly(text, {"en", "sv"})) {
    return false;
  }
  if (!entry["at_micros"].is_number_integer() || !entry["index"].is_number_unsigned()) return false;
  for (const char* member : {"kind", "leaf", "payload", "salt"}) {
    if (!IsText(entry, member)) return false;
  }
  if (!IsText(proof, "checkpoint") || !proof["path"].is_array()) return false;
  for (const json& hash : proof["path"]) {
    if (!hash.is_string()) return false;
  }
  return IsText(text, "en") && IsText(text, "sv") && document["record"].is_object();
}

std::optional<Fault> ReadDocument(std::string_view file, json& document) {
  if (file.size() > kDocumentBytesMax) return Fault{"TOO_LARGE", "the file is above 4 MiB"};
  const auto compact = Compact(file);
  if (!compact) return Fault{"TOO_DEEP", "the file nests too deeply"};
  document = json::parse(*compact, nullptr, false);
  if (document.is_discarded()) return Fault{"NOT_JSON", "the file is not JSON"};
  // One written form: members sorted, each once, no escape that need not be.
  if (HasFraction(document) ||
      document.dump(-1, ' ', false, json::error_handler_t::replace) != *compact) {
    return Fault{"NOT_CANONICAL", "the file is not written in the canonical form"};
  }
  if (!HasShape(document)) return Fault{"NOT_A_RECEIPT", "members are missing, foreign or odd"};
  const std::string type = document["type"];
  if (document["format"] != kFormat || (type != "receipt" && type != "certificate")) {
    return Fault{"NOT_A_RECEIPT", "unknown format or type"};
  }
  return std::nullopt;
}

std::optional<Fault> CheckEntry(const json& entry, std::string& payload) {
  const auto decoded = DecodeBase64(entry["payload"].get<std::string>());
  const auto salt = DecodeBase64(entry["salt"].get<std::string>());
  if (!decoded || !salt || salt->size() != kSaltBytes) {
    return Fault{"BAD_ENTRY", "payload or salt is malformed"};
  }
  payload = *decoded;
  const std::string leaf = "varsam1 " + entry["index"].dump() + " " +
                           entry["kind"].get<std::string>() + " " + entry["at_micros"].dump() +
                           " " + EncodeBase64(Sha256(*salt + payload)) + "\n";
  if (entry["leaf"] != leaf) {
    return Fault{"LEAF_MISMATCH", "the leaf does not commit to this entry"};
  }
  return std::nullopt;
}

std::optional<Fault> CheckProof(const json& document, const Key& key, SignedRoot& signed_root) {
  const json& proof = document["proof"];
  const auto opened = OpenNote(proof["checkpoint"].get<std::string>(), key);
  if (!opened) return Fault{"BAD_CHECKPOINT", "the checkpoint is not signed by the log's key"};
  signed_root = *opened;
  std::vector<std::string> path;
  for (const json& text : proof["path"]) {
    const auto hash = DecodeBase64(text.get<std::string>());
    if (!hash || hash->size() != 32) return Fault{"BAD_PROOF", "a hash of the proof is malformed"};
    path.push_back(*hash);
  }
  const json& entry = document["entry"];
  if (!InTree(entry["leaf"].get<std::string>(), entry["index"].get<uint64_t>(), signed_root.size,
              path, signed_root.root)) {
    return Fault{"BAD_PROOF", "the entry does not stand under the signed checkpoint"};
  }
  return std::nullopt;
}

// The readable part must be what the log committed to, or be signed by the log's key.
std::optional<Fault> CheckFacts(const json& document, const Key& key, std::string_view payload) {
  if (document.contains("signature")) {
    json unsigned_document = document;
    unsigned_document.erase("signature");
    const auto signature = DecodeBase64(document["signature"].get<std::string>());
    const std::string text = std::string(kFormat) + "\n" + unsigned_document.dump();
    if (!signature || !VerifyEd25519(key.public_key, text, *signature)) {
      return Fault{"BAD_SIGNATURE", "the document is not signed by the log's key"};
    }
    return std::nullopt;
  }
  const json facts = {
      {"record", document["record"]}, {"text", document["text"]}, {"type", document["type"]}};
  if (!payload.ends_with(std::string(kBindTag) + Sha256(facts.dump()))) {
    return Fault{"FACTS_MISMATCH", "what the document says is not what was logged"};
  }
  return std::nullopt;
}

Verdict NotGenuine(Fault fault) {
  Verdict verdict;
  verdict.reason = std::move(fault.reason);
  verdict.detail = std::move(fault.detail);
  return verdict;
}

}  // namespace

Verdict Judge(std::string_view file, const std::optional<std::string>& pinned_vkey) {
  json document;
  if (auto fault = ReadDocument(file, document)) return NotGenuine(*std::move(fault));
  const std::string vkey = document["vkey"];
  const auto key = ParseKey(vkey);
  if (!key) return NotGenuine({"BAD_KEY", "the verifier key is malformed"});
  std::string payload;
  SignedRoot signed_root;
  if (auto fault = CheckEntry(document["entry"], payload)) return NotGenuine(*std::move(fault));
  if (auto fault = CheckProof(document, *key, signed_root)) return NotGenuine(*std::move(fault));
  if (auto fault = CheckFacts(document, *key, payload)) return NotGenuine(*std::move(fault));

  Verdict verdict;
  verdict.judgement = Judgement::kGenuine;
  verdict.key_pinned = pinned_vkey.has_value();
  verdict.type = document["type"];
  verdict.origin = signed_root.origin;
  verdict.kind = document["entry"]["kind"];
  verdict.vkey = vkey;
  verdict.text_sv = document["text"]["sv"];
  verdict.text_en = document["text"]["en"];
  verdict.index = document["entry"]["index"];
  verdict.log_size = signed_root.size;
  verdict.at_micros = document["entry"]["at_micros"];
  if (pinned_vkey && *pinned_vkey != vkey) {
    verdict.judgement = Judgement::kOtherKey;
    verdict.reason = "OTHER_KEY";
    verdict.detail = "the document is whole, but made with another key than the one given";
  }
  return verdict;
}

}  // namespace varsam::verifier
