#include "libs/rpc/assertion.h"

#include <algorithm>
#include <memory>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "varsam/rpc/v1/caller.pb.h"

namespace varsam::rpc {
namespace {

using Wire = v1::CallerAssertion;
constexpr std::string_view kSignedPrefix = "varsam caller assertion v1\n";
constexpr size_t kKeysMax = 4;
constexpr int kRolesMax = 16;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

Bio OpenText(std::string_view text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

absl::Status Refused(std::string_view why) {
  return ErrorWithReason(absl::StatusCode::kUnauthenticated, "CALLER_ASSERTION",
                         absl::StrCat("caller assertion: ", std::string(why)));
}

std::string ToBeSigned(std::string_view assertion) {
  return absl::StrCat(std::string(kSignedPrefix), std::string(assertion));
}

absl::StatusOr<CallerKind> KindOf(Wire::Kind kind) {
  switch (kind) {
    case Wire::KIND_PERSON: return CallerKind::kPerson;
    case Wire::KIND_STAFF: return CallerKind::kStaff;
    case Wire::KIND_CLIENT: return CallerKind::kClient;
    default: return Refused("unknown kind");
  }
}

absl::Status CheckTimes(const Wire& wire, absl::Time now) {
  const absl::Time issued = absl::FromUnixMillis(wire.issued_at_unix_millis());
  const absl::Time expires = absl::FromUnixMillis(wire.expires_at_unix_millis());
  if (expires - issued > kAssertionLifetime || expires <= issued) return Refused("lifetime");
  if (issued > now + kAssertionSkewMax) return Refused("not valid yet");
  if (expires + kAssertionSkewMax <= now) return Refused("expired");
  return absl::OkStatus();
}

}  // namespace

bool Caller::HasRole(std::string_view role) const {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

absl::StatusOr<CallerSigner> CallerSigner::FromPem(std::string_view pem) {
  VARSAM_CHECK(sodium_init() >= 0);
  const Bio bio = OpenText(pem);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
  std::array<uint8_t, 32> seed{};
  size_t size = seed.size();
  if (!key || EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519 ||
      EVP_PKEY_get_raw_private_key(key.get(), seed.data(), &size) != 1 || size != seed.size()) {
    return absl::InvalidArgumentError("caller signing key: not an Ed25519 private key in PEM");
  }
  CallerSigner signer;
  std::array<uint8_t, 32> public_key;
  crypto_sign_seed_keypair(public_key.data(), signer.secret_.data(), seed.data());
  sodium_memzero(seed.data(), seed.size());
  return signer;
}

CallerSigner::~CallerSigner() { sodium_memzero(secret_.data(), secret_.size()); }

std::string CallerSigner::Sign(const Caller& caller, std::string_view audience,
                               absl::Time now) const {
  Wire wire;
  wire.set_kind(caller.kind == CallerKind::kPerson  ? Wire::KIND_PERSON
                : caller.kind == CallerKind::kStaff ? Wire::KIND_STAFF
                                                    : Wire::KIND_CLIENT);
  wire.set_id(caller.id);
  for (const std::string& role : caller.roles) wire.add_roles(role);
  wire.set_case_id(caller.case_id);
  wire.set_audience(std::string(audience));
  wire.set_issued_at_unix_millis(absl::ToUnixMillis(now));
  wire.set_expires_at_unix_millis(absl::ToUnixMillis(now + kAssertionLifetime));
  v1::SignedCaller out;
  out.set_assertion(wire.SerializeAsString());
  const std::string text = ToBeSigned(out.assertion());
  std::string signature(crypto_sign_BYTES, '\0');
  crypto_sign_detached(reinterpret_cast<unsigned char*>(signature.data()), nullptr, Bytes(text),
                       text.size(), secret_.data());
  out.set_signature(std::move(signature));
  return out.SerializeAsString();
}

absl::StatusOr<CallerVerifier> CallerVerifier::FromPem(std::string_view pem,
                                                       std::string audience) {
  VARSAM_CHECK(sodium_init() >= 0);
  CallerVerifier verifier;
  verifier.audience_ = std::move(audience);
  const Bio bio = OpenText(pem);
  while (true) {
    const Key key(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
    if (!key) break;
    std::array<uint8_t, 32> raw{};
    size_t size = raw.size();
    if (EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519 ||
        EVP_PKEY_get_raw_public_key(key.get(), raw.data(), &size) != 1 || size != raw.size()) {
      return absl::InvalidArgumentError("caller keys: one is not an Ed25519 public key");
    }
    verifier.keys_.push_back(raw);
  }
  if (verifier.keys_.empty() || verifier.keys_.size() > kKeysMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("caller keys: ", verifier.keys_.size(), " public keys in PEM, want 1..4"));
  }
  return verifier;
}

absl::StatusOr<Caller> CallerVerifier::Verify(std::string_view bytes, absl::Time now) const {
  v1::SignedCaller outer;
  if (bytes.size() > kAssertionBytesMax ||
      !outer.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) ||
      outer.signature().size() != crypto_sign_BYTES) {
    return Refused("malformed");
  }
  const std::string text = ToBeSigned(outer.assertion());
  const bool genuine = std::any_of(keys_.begin(), keys_.end(), [&](const auto& key) {
    return crypto_sign_verify_detached(Bytes(outer.signature()), Bytes(text), text.size(),
                                       key.data()) == 0;
  });
  if (!genuine) return Refused("signature");
  Wire wire;
  if (!wire.ParseFromString(outer.assertion())) return Refused("malformed");
  if (wire.audience() != audience_) return Refused("made for another service");
  RETURN_IF_ERROR(CheckTimes(wire, now));
  if (wire.id().empty() || wire.roles_size() > kRolesMax) return Refused("malformed");
  ASSIGN_OR_RETURN(const CallerKind kind, KindOf(wire.kind()));
  return Caller{.kind = kind,
                .id = wire.id(),
                .roles = {wire.roles().begin(), wire.roles().end()},
                .case_id = wire.case_id()};
}

}  // namespace varsam::rpc
