#include "libs/ledger/checkpoint.h"

#include <sodium.h>

#include <charconv>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace varsam::ledger {
namespace {

constexpr char kEd25519 = 0x01;  // signed-note signature type
constexpr size_t kKeyIdBytes = 4;
constexpr std::string_view kDash = "\xE2\x80\x94 ";  // U+2014 and a blank start a signature line
constexpr size_t kNoteBytesMax = 64 << 10;

const unsigned char* Unsigned(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Unsigned(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

std::string KeyId(std::string_view name, std::string_view public_key) {
  const std::string key = absl::StrCat(std::string(1, kEd25519), ToAbsl(public_key));
  const Hash hash = Sha256(absl::StrCat(ToAbsl(name), "\n"), key);
  return std::string(HashBytes(hash).substr(0, kKeyIdBytes));
}

bool IsName(std::string_view name) {
  return !name.empty() && IsCleanUtf8(name) && name.find_first_of(" +\n\t\r") == name.npos;
}

absl::Status BadCheckpoint(std::string_view what) {
  return ErrorWithReason(absl::StatusCode::kDataLoss, "BAD_CHECKPOINT", what);
}

// Takes one line off the front, without its newline; nullopt when there is none.
std::optional<std::string_view> TakeLine(std::string_view& text) {
  const size_t end = text.find('\n');
  if (end == text.npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<uint64_t> ParseSize(std::string_view text) {
  uint64_t size = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), size);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  if (absl::StrCat(size) != ToAbsl(text)) return std::nullopt;  // no leading zeros
  return size;
}

}  // namespace

std::string CheckpointText(const Checkpoint& checkpoint) {
  return absl::StrCat(checkpoint.origin, "\n", checkpoint.size, "\n",
                      ToBase64(HashBytes(checkpoint.root)), "\n");
}

absl::StatusOr<Checkpoint> ParseCheckpointText(std::string_view text) {
  const auto origin = TakeLine(text);
  const auto size = origin ? TakeLine(text) : std::nullopt;
  const auto root = size ? TakeLine(text) : std::nullopt;
  if (!root) return BadCheckpoint("the checkpoint has fewer than three lines");
  const auto number = ParseSize(*size);
  const auto bytes = FromBase64(*root);
  const auto hash = bytes ? HashFromBytes(*bytes) : std::nullopt;
  if (origin->empty() || !number || !hash) return BadCheckpoint("a checkpoint line is malformed");
  return Checkpoint{std::string(*origin), *number, *hash};
}

Signer::Signer(std::string origin, std::string_view seed) : origin_(std::move(origin)) {
  VARSAM_CHECK(seed.size() == crypto_sign_SEEDBYTES) << "ledger seed must be 32 bytes";
  VARSAM_CHECK(IsName(origin_)) << "bad ledger origin";
  VARSAM_CHECK(sodium_init() >= 0) << "libsodium does not start";
  std::string public_key(crypto_sign_PUBLICKEYBYTES, '\0');
  secret_.assign(crypto_sign_SECRETKEYBYTES, '\0');
  crypto_sign_seed_keypair(Unsigned(public_key), Unsigned(secret_), Unsigned(seed));
  key_id_ = KeyId(origin_, public_key);
  vkey_ = absl::StrCat(origin_, "+", ToHex(key_id_), "+",
                       ToBase64(std::string(1, kEd25519) + public_key));
}

Signer::~Signer() { sodium_memzero(secret_.data(), secret_.size()); }

std::string Signer::SignCheckpoint(uint64_t size, const Hash& root) const {
  const std::string text = CheckpointText({origin_, size, root});
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(Unsigned(signature), nullptr, Unsigned(std::string_view(text)), text.size(),
                       Unsigned(std::string_view(secret_)));
  return absl::StrCat(text, "\n", ToAbsl(kDash), origin_, " ", ToBase64(key_id_ + signature), "\n");
}

std::string Signer::Sign(std::string_view domain, std::string_view bytes) const {
  const std::string text = absl::StrCat(ToAbsl(domain), "\n", ToAbsl(bytes));
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(Unsigned(signature), nullptr, Unsigned(std::string_view(text)), text.size(),
                       Unsigned(std::string_view(secret_)));
  return signature;
}

absl::StatusOr<NoteVerifier> NoteVerifier::Parse(std::string_view vkey) {
  const absl::Status bad =
      ErrorWithReason(absl::StatusCode::kInvalidArgument, "INVALID_VKEY",
                      "a verifier key reads <name>+<8 hex digits>+<base64 of the key>");
  const size_t first = vkey.find('+');
  const size_t second = first == vkey.npos ? first : vkey.find('+', first + 1);
  if (second == vkey.npos) return bad;
  NoteVerifier verifier;
  verifier.name_ = std::string(vkey.substr(0, first));
  const auto key_id = FromHex(vkey.substr(first + 1, second - first - 1));
  const auto key = FromBase64(vkey.substr(second + 1));
  if (!IsName(verifier.name_) || !key_id || !key || key->size() != 1 + crypto_sign_PUBLICKEYBYTES ||
      (*key)[0] != kEd25519) {
    return bad;
  }
  verifier.public_key_ = key->substr(1);
  verifier.key_id_ = KeyId(verifier.name_, verifier.public_key_);
  if (verifier.key_id_ != *key_id) return bad;
  return verifier;
}

absl::StatusOr<Checkpoint> NoteVerifier::Open(std::string_view note) const {
  if (note.size() > kNoteBytesMax) return BadCheckpoint("the note is too large");
  const size_t split = note.find("\n\n");
  if (split == note.npos) return BadCheckpoint("the note has no signature part");
  const std::string_view text = note.substr(0, split + 1);
  std::string_view lines = note.substr(split + 2);
  bool signed_by_us = false;
  while (!lines.empty()) {
    const auto line = TakeLine(lines);
    if (!line || !line->starts_with(kDash)) return BadCheckpoint("a signature line is malformed");
    const std::string_view rest = line->substr(kDash.size());
    const size_t blank = rest.find(' ');
    const auto blob = blank == rest.npos ? std::nullopt : FromBase64(rest.substr(blank + 1));
    if (!blob || blob->size() <= kKeyIdBytes) return BadCheckpoint("a signature is malformed");
    const std::string_view bytes = *blob;
    if (rest.substr(0, blank) != name_ || bytes.substr(0, kKeyIdBytes) != key_id_) continue;
    const std::string_view signature = bytes.substr(kKeyIdBytes);
    if (signature.size() != crypto_sign_BYTES ||
        crypto_sign_verify_detached(Unsigned(signature), Unsigned(text), text.size(),
                                    Unsigned(public_key_)) != 0) {
      return BadCheckpoint("the signature does not verify");
    }
    signed_by_us = true;
  }
  if (!signed_by_us) return BadCheckpoint("no signature by the expected key");
  ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpointText(text));
  if (checkpoint.origin != name_) return BadCheckpoint("the checkpoint is of another log");
  return checkpoint;
}

bool NoteVerifier::Verify(std::string_view domain, std::string_view bytes,
                          std::string_view signature) const {
  if (signature.size() != crypto_sign_BYTES) return false;
  const std::string text = absl::StrCat(ToAbsl(domain), "\n", ToAbsl(bytes));
  return crypto_sign_verify_detached(Unsigned(signature), Unsigned(std::string_view(text)),
                                     text.size(), Unsigned(std::string_view(public_key_))) == 0;
}

}  // namespace varsam::ledger
