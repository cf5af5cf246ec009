// The only place that calls a cipher. Personal data is sealed under the key of its subject, bound
// to the place where it stands; destroying the subject's key makes every copy unreadable, in
// backups too.
//
//   root key (file) ─wraps→ epoch keys ─wrap→ one data key per subject
//
// Wrapped keys live in a database of their own, with short-lived backups: beside the data, every
// data backup would carry its own key. XChaCha20-Poly1305 (libsodium) with random 192-bit nonces;
// derived keys by HKDF-SHA256 (RFC 5869). Thread-safe; keys in memory are wiped when they leave the
// cache.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/base/personal.h"
#include "libs/pg/pool.h"
#include "libs/vault/normalise.h"

namespace varsam::vault {

inline constexpr size_t kKeyBytes = 32;
inline constexpr size_t kBlindIndexBytes = 16;
inline constexpr size_t kPlaintextBytesMax = 1 << 24;
inline constexpr size_t kCachedKeysMax = 65536;

// Where a sealed value stands. Moving it elsewhere breaks the seal.
struct Place {
  std::string_view table;
  std::string_view column;
  std::string_view row;  // primary key as text or raw bytes
  SubjectId subject;
};

struct Options {
  std::string root_key;  // 32 bytes, from the sealed file (config reads it)
  size_t cached_keys_max = kCachedKeysMax;
  // A key destroyed by another process is forgotten here after at most this long (or at once, by
  // DestroyedKeys).
  absl::Duration cached_key_age_max = absl::Minutes(1);
};

struct DestroyedKey {
  SubjectId subject;
  absl::Time destroyed_at;
};

class Vault {
 public:
  // `pool` is the key database and must outlive the vault. INVALID_ARGUMENT for a root key of
  // another length; FAILED_PRECONDITION (WRONG_ROOT_KEY) when it does not open the stored epochs.
  // Creates the first epoch in an empty database.
  static absl::StatusOr<std::unique_ptr<Vault>> Open(pg::Pool& pool, Options options,
                                                     absl::Time now);
  ~Vault();

  // Makes and loads the keys of these subjects; those that exist stay. One round trip for all.
  // FAILED_PRECONDITION (KEY_DESTROYED) when one of them was destroyed: nobody comes back to life.
  absl::Status EnsureKeys(std::span<const SubjectId> subjects, absl::Time now);
  // Loads keys into the cache ahead of many Open calls; missing or destroyed ones are passed over.
  absl::Status LoadKeys(std::span<const SubjectId> subjects);

  // NOT_FOUND (KEY_MISSING) without a key, NOT_FOUND (KEY_DESTROYED) after shredding.
  absl::StatusOr<std::string> Seal(const Place& place, std::string_view plaintext);
  // As Seal; also DATA_LOSS (SEAL_BROKEN) when the value was changed, or moved to another place.
  absl::StatusOr<Personal<std::string>> Open(const Place& place, std::string_view sealed);

  // Destroys the key for good and writes it down. Idempotent: the first time counts.
  absl::StatusOr<DestroyedKey> DestroyKey(SubjectId subject, absl::Time now);
  // The log of destroyed keys, oldest first; also drops them from this process's cache.
  absl::StatusOr<std::vector<DestroyedKey>> DestroyedKeys(absl::Time since, uint32_t limit) const;

  // When the current epoch key was made.
  absl::StatusOr<absl::Time> EpochMadeAt() const;
  // A new epoch key; every living key is wrapped anew (in bounded batches).
  absl::Status RotateEpoch(absl::Time now);
  // Destroys epoch keys retired before `retired_before` (the horizon of the key backups): old
  // backups then open nothing. Returns how many.
  absl::StatusOr<uint64_t> DestroyEpochs(absl::Time retired_before, absl::Time now);

  // 16 bytes, equal for equal identifiers of one type, unlinkable without the key and across types.
  // The text must be normalised (normalise.h).
  std::string BlindIndex(IdentifierType type, std::string_view normalised) const;
  // 32 bytes for one named use: "ledger/consent", "token/unsubscribe" …
  std::string DeriveKey(std::string_view label) const;

 private:
  struct Impl;
  explicit Vault(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace varsam::vault
