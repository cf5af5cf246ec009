#include "libs/vault/vault.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/base/random.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/pg/tx.h"
#include "libs/vault/epochs.h"
#include "libs/vault/key_cache.h"
#include "libs/vault/secret.h"

namespace varsam::vault {
namespace {

constexpr absl::Duration kConnectionWaitMax = absl::Seconds(2);
constexpr char kSealVersion = 1;
constexpr size_t kKeyIdBytes = 8;
constexpr size_t kHeaderBytes = 1 + kKeyIdBytes;
constexpr int64_t kRewrapRows = 500;
constexpr size_t kKeysPerStatementMax = 5000;

constexpr pg::Statement kInsertKeys{
    "vault_insert_keys",
    "WITH epoch AS (SELECT epoch_id FROM vault_epoch"
    "  WHERE epoch_id = $1 AND retired_at IS NULL FOR SHARE)"
    " INSERT INTO vault_key (subject_id, epoch_id, key_id, wrapped_key, created_at)"
    " SELECT k.subject_id, epoch.epoch_id, k.key_id, k.wrapped_key, $5"
    "   FROM unnest($2::uuid[], $3::bytea[], $4::bytea[]) AS k (subject_id, key_id, wrapped_key),"
    "        epoch"
    " ON CONFLICT (subject_id) DO NOTHING"};
constexpr pg::Statement kReadKeys{
    "vault_read_keys",
    "SELECT subject_id, epoch_id, key_id, wrapped_key FROM vault_key WHERE subject_id = ANY ($1)"};
constexpr pg::Statement kDestroyKey{
    "vault_destroy_key",
    "INSERT INTO vault_key (subject_id, created_at, destroyed_at) VALUES ($1, $2, $2)"
    " ON CONFLICT (subject_id) DO UPDATE SET wrapped_key = NULL, key_id = NULL,"
    "  destroyed_at = COALESCE(vault_key.destroyed_at, EXCLUDED.destroyed_at)"
    " RETURNING destroyed_at"};
constexpr pg::Statement kLogDestroyed{
    "vault_log_destroyed",
    "INSERT INTO vault_log (at, event, subject_id) SELECT $2, 'KEY_DESTROYED', $1"
    " WHERE NOT EXISTS (SELECT 1 FROM vault_key WHERE subject_id = $1"
    "                   AND destroyed_at IS NOT NULL)"};
constexpr pg::Statement kReadDestroyed{
    "vault_read_destroyed",
    "SELECT subject_id, destroyed_at FROM vault_key WHERE destroyed_at >= $1"
    " ORDER BY destroyed_at, subject_id LIMIT $2"};
constexpr pg::Statement kReadOldKeys{
    "vault_read_old_keys",
    "SELECT subject_id, epoch_id, wrapped_key FROM vault_key"
    " WHERE epoch_id < $1 AND wrapped_key IS NOT NULL ORDER BY epoch_id, subject_id LIMIT $2"
    " FOR UPDATE"};
constexpr pg::Statement kRewrapKeys{
    "vault_rewrap_keys",
    "UPDATE vault_key SET epoch_id = $1, wrapped_key = k.wrapped_key"
    "  FROM unnest($2::uuid[], $3::bytea[]) AS k (subject_id, wrapped_key)"
    " WHERE vault_key.subject_id = k.subject_id AND vault_key.wrapped_key IS NOT NULL"};
constexpr pg::Statement kReadEpochMade{
    "vault_read_epoch_made", "SELECT created_at FROM vault_epoch WHERE retired_at IS NULL"};
constexpr pg::Statement kDestroyEpochs{
    "vault_destroy_epochs",
    "WITH gone AS (UPDATE vault_epoch SET wrapped_key = NULL, destroyed_at = $2"
    "   WHERE retired_at < $1 AND wrapped_key IS NOT NULL"
    "     AND NOT EXISTS (SELECT 1 FROM vault_key k WHERE k.epoch_id = vault_epoch.epoch_id"
    "                     AND k.wrapped_key IS NOT NULL) RETURNING epoch_id)"
    " INSERT INTO vault_log (at, event, epoch_id)"
    " SELECT $2, 'EPOCH_DESTROYED', epoch_id FROM gone"};

absl::Status KeyDestroyed(absl::StatusCode code) {
  return ErrorWithReason(code, "KEY_DESTROYED", "the key of this subject was destroyed");
}

// Length before each part, so that no two places give the same bytes.
std::string Bound(std::string_view header, const Place& place) {
  std::string bound(header);
  for (const std::string_view part :
       {place.table, place.column, place.row, place.subject.AsBytes()}) {
    const uint32_t size = static_cast<uint32_t>(part.size());
    for (int shift = 24; shift >= 0; shift -= 8) bound += static_cast<char>(size >> shift);
    bound += part;
  }
  return bound;
}

std::string BlindLabel(IdentifierType type) {
  return absl::StrCat("varsam/blind/", ToAbsl(IdentifierTypeName(type)), "/v", kNormaliseVersion);
}

}  // namespace

struct Vault::Impl {
  enum class KeyState { kMissing, kAlive, kDestroyed };
  struct Loaded {
    KeyState state = KeyState::kMissing;
    SubjectKey key;
  };
  using LoadedKeys = std::unordered_map<Uuid, Loaded>;

  Impl(pg::Pool& key_pool, const Options& options)
      : pool(key_pool),
        derivation(Hkdf(options.root_key, "varsam/derive")),
        epochs(Hkdf(options.root_key, "varsam/wrap")),
        cache(options.cached_keys_max, options.cached_key_age_max) {
    for (size_t i = 0; i < kIdentifierTypes.size(); ++i) {
      blind[i] = Hkdf(options.root_key, BlindLabel(kIdentifierTypes[i]));
    }
  }

  // Turns rows of kReadKeys into keys; learns of new epochs when needed.
  absl::Status ReadKeys(pg::Connection& connection, const pg::Rows& rows, uint64_t mark,
                        absl::Time now, LoadedKeys& keys);
  absl::StatusOr<LoadedKeys> Load(std::span<const SubjectId> subjects);
  absl::StatusOr<SubjectKey> KeyOf(const SubjectId& subject);
  absl::Status Ensure(std::span<const SubjectId> subjects, absl::Time now);
  absl::Status Rewrap(pg::Connection& connection, absl::Time now, bool& more);

  pg::Pool& pool;
  const Secret derivation;
  std::array<Secret, kIdentifierTypes.size()> blind;
  Epochs epochs;
  KeyCache cache;
};

absl::Status Vault::Impl::ReadKeys(pg::Connection& connection, const pg::Rows& rows, uint64_t mark,
                                   absl::Time now, LoadedKeys& keys) {
  bool loaded_again = false;
  for (const pg::Row row : rows) {
    const SubjectId subject(row.Uuid(0));
    Loaded& loaded = keys[subject.value()];
    loaded.state = KeyState::kDestroyed;
    const auto wrapped = row.OptionalBytes(3);
    if (!wrapped) continue;
    const int32_t epoch = row.Int32(1);
    if (!epochs.Knows(epoch) && !loaded_again) {
      RETURN_IF_ERROR(epochs.Load(connection, now));
      loaded_again = true;
    }
    if (!epochs.Knows(epoch)) continue;  // the epoch was destroyed, and the key with it
    const auto secret = epochs.Unwrap(epoch, subject, *wrapped);
    if (!secret) {
      return ErrorWithReason(absl::StatusCode::kDataLoss, "KEY_BROKEN",
                             "a wrapped key was changed or moved to another subject");
    }
    loaded.key = {std::string(row.Bytes(2)), *secret};
    loaded.state = KeyState::kAlive;
    cache.Put(subject, loaded.key, mark);
  }
  return absl::OkStatus();
}

absl::StatusOr<Vault::Impl::LoadedKeys> Vault::Impl::Load(std::span<const SubjectId> subjects) {
  const uint64_t mark = cache.Mark();
  LoadedKeys keys;
  ASSIGN_OR_RETURN(auto lease, pool.Acquire(kConnectionWaitMax));
  ASSIGN_OR_RETURN(const pg::Rows rows,
                   lease->Query(kReadKeys, pg::Params().Uuids(subjects, &SubjectId::value)));
  RETURN_IF_ERROR(ReadKeys(*lease, rows, mark, absl::UnixEpoch(), keys));
  return keys;
}

absl::StatusOr<SubjectKey> Vault::Impl::KeyOf(const SubjectId& subject) {
  if (auto cached = cache.Find(subject)) return *std::move(cached);
  ASSIGN_OR_RETURN(LoadedKeys keys, Load({&subject, 1}));
  const Loaded& loaded = keys[subject.value()];
  if (loaded.state == KeyState::kDestroyed) return KeyDestroyed(absl::StatusCode::kNotFound);
  if (loaded.state == KeyState::kMissing) {
    return ErrorWithReason(absl::StatusCode::kNotFound, "KEY_MISSING",
                           "no key was made for this subject");
  }
  return loaded.key;
}

absl::Status Vault::Impl::Ensure(std::span<const SubjectId> subjects, absl::Time now) {
  ASSIGN_OR_RETURN(auto lease, pool.Acquire(kConnectionWaitMax));
  // Twice, because another process may retire the epoch between reading it and using it.
  for (int attempt = 0; attempt < 2; ++attempt) {
    const uint64_t mark = cache.Mark();
    const int32_t epoch = epochs.current();
    std::vector<std::string> wrapped;
    std::vector<std::string> ids;
    for (const SubjectId& subject : subjects) {
      wrapped.push_back(epochs.Wrap(epoch, subject, Secret::Random()));
      ids.push_back(RandomBytes(kKeyIdBytes));
    }
    pg::Tx tx(*lease);
    tx.Enqueue(kInsertKeys, pg::Params()
                                .Int32(epoch)
                                .Uuids(subjects, &SubjectId::value)
                                .BytesList(ids)
                                .BytesList(wrapped)
                                .Time(now));
    ASSIGN_OR_RETURN(const pg::Rows rows,
                     tx.Query(kReadKeys, pg::Params().Uuids(subjects, &SubjectId::value)));
    RETURN_IF_ERROR(tx.Commit());
    LoadedKeys keys;
    RETURN_IF_ERROR(ReadKeys(*lease, rows, mark, now, keys));
    bool missing = false;
    for (const SubjectId& subject : subjects) {
      const KeyState state = keys[subject.value()].state;
      if (state == KeyState::kDestroyed) {
        return KeyDestroyed(absl::StatusCode::kFailedPrecondition);
      }
      missing = missing || state == KeyState::kMissing;
    }
    if (!missing) return absl::OkStatus();
    RETURN_IF_ERROR(epochs.Load(*lease, now));
  }
  return ErrorWithReason(absl::StatusCode::kAborted, "EPOCH_CHANGED",
                         "the key epoch changed twice meanwhile; try again");
}

absl::Status Vault::Impl::Rewrap(pg::Connection& connection, absl::Time now, bool& more) {
  const int32_t epoch = epochs.current();
  pg::Tx tx(connection);
  ASSIGN_OR_RETURN(const pg::Rows rows,
                   tx.Query(kReadOldKeys, pg::Params().Int32(epoch).Int64(kRewrapRows)));
  more = !rows.empty();
  if (!more) return tx.Commit();
  std::vector<Uuid> subjects;
  std::vector<std::string> wrapped;
  for (const pg::Row row : rows) {
    const SubjectId subject(row.Uuid(0));
    const auto key = epochs.Unwrap(row.Int32(1), subject, row.Bytes(2));
    if (!key) {
      return ErrorWithReason(absl::StatusCode::kDataLoss, "KEY_BROKEN",
                             "a wrapped key does not open under its epoch");
    }
    subjects.push_back(subject.value());
    wrapped.push_back(epochs.Wrap(epoch, subject, *key));
  }
  tx.Enqueue(kRewrapKeys, pg::Params().Int32(epoch).Uuids(subjects).BytesList(wrapped));
  return tx.Commit();
}

Vault::Vault(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Vault::~Vault() = default;

absl::StatusOr<std::unique_ptr<Vault>> Vault::Open(pg::Pool& pool, Options options,
                                                   absl::Time now) {
  VARSAM_CHECK(sodium_init() >= 0) << "libsodium does not start";
  if (options.root_key.size() != kKeyBytes) return InvalidField("root_key", "want 32 bytes");
  auto impl = std::make_unique<Impl>(pool, options);
  sodium_memzero(options.root_key.data(), options.root_key.size());
  ASSIGN_OR_RETURN(auto lease, pool.Acquire(kConnectionWaitMax));
  RETURN_IF_ERROR(impl->epochs.Load(*lease, now));
  return std::unique_ptr<Vault>(new Vault(std::move(impl)));
}

absl::Status Vault::EnsureKeys(std::span<const SubjectId> subjects, absl::Time now) {
  std::vector<SubjectId> wanted;
  for (const SubjectId& subject : subjects) {
    if (!impl_->cache.Find(subject)) wanted.push_back(subject);
  }
  std::sort(wanted.begin(), wanted.end());  // one order everywhere: no deadlocks
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  for (size_t at = 0; at < wanted.size(); at += kKeysPerStatementMax) {
    const size_t count = std::min(kKeysPerStatementMax, wanted.size() - at);
    RETURN_IF_ERROR(impl_->Ensure({wanted.data() + at, count}, now));
  }
  return absl::OkStatus();
}

absl::Status Vault::LoadKeys(std::span<const SubjectId> subjects) {
  std::vector<SubjectId> wanted;
  for (const SubjectId& subject : subjects) {
    if (!impl_->cache.Find(subject)) wanted.push_back(subject);
  }
  if (wanted.empty()) return absl::OkStatus();
  return impl_->Load(wanted).status();
}

absl::StatusOr<std::string> Vault::Seal(const Place& place, std::string_view plaintext) {
  if (plaintext.size() > kPlaintextBytesMax) return InvalidField("plaintext", "above 16 MiB");
  ASSIGN_OR_RETURN(const SubjectKey key, impl_->KeyOf(place.subject));
  std::string header(1, kSealVersion);
  header += key.id;
  return header + Encrypt(key.secret, Bound(header, place), plaintext);
}

absl::StatusOr<Personal<std::string>> Vault::Open(const Place& place, std::string_view sealed) {
  const absl::Status broken =
      ErrorWithReason(absl::StatusCode::kDataLoss, "SEAL_BROKEN",
                      "the sealed value was changed or stands in another place");
  if (sealed.size() < kHeaderBytes + kBoxOverheadBytes || sealed[0] != kSealVersion) return broken;
  ASSIGN_OR_RETURN(const SubjectKey key, impl_->KeyOf(place.subject));
  const std::string_view header = sealed.substr(0, kHeaderBytes);
  if (header.substr(1) != key.id) return broken;
  auto plaintext = Decrypt(key.secret, Bound(header, place), sealed.substr(kHeaderBytes));
  if (!plaintext) return broken;
  return Personal<std::string>(*std::move(plaintext));
}

absl::StatusOr<DestroyedKey> Vault::DestroyKey(SubjectId subject, absl::Time now) {
  impl_->cache.Drop(subject);
  ASSIGN_OR_RETURN(auto lease, impl_->pool.Acquire(kConnectionWaitMax));
  const auto params = [&] { return pg::Params().Uuid(subject.value()).Time(now); };
  pg::Tx tx(*lease);
  tx.Enqueue(kLogDestroyed, params());
  ASSIGN_OR_RETURN(const pg::Rows rows, tx.Query(kDestroyKey, params()));
  const absl::Time destroyed_at = rows.Only().Time(0);
  RETURN_IF_ERROR(tx.Commit());
  impl_->cache.Drop(subject);  // whoever read it meanwhile
  return DestroyedKey{subject, destroyed_at};
}

absl::StatusOr<std::vector<DestroyedKey>> Vault::DestroyedKeys(absl::Time since,
                                                               uint32_t limit) const {
  ASSIGN_OR_RETURN(auto lease, impl_->pool.Acquire(kConnectionWaitMax));
  ASSIGN_OR_RETURN(const pg::Rows rows,
                   lease->Query(kReadDestroyed, pg::Params().Time(since).Int64(limit)));
  std::vector<DestroyedKey> destroyed;
  for (const pg::Row row : rows) {
    destroyed.push_back({SubjectId(row.Uuid(0)), row.Time(1)});
    impl_->cache.Drop(destroyed.back().subject);
  }
  return destroyed;
}

absl::StatusOr<absl::Time> Vault::EpochMadeAt() const {
  ASSIGN_OR_RETURN(auto lease, impl_->pool.Acquire(kConnectionWaitMax));
  ASSIGN_OR_RETURN(const pg::Rows rows, lease->Query(kReadEpochMade, {}));
  return rows.Only().Time(0);
}

absl::Status Vault::RotateEpoch(absl::Time now) {
  ASSIGN_OR_RETURN(auto lease, impl_->pool.Acquire(kConnectionWaitMax));
  RETURN_IF_ERROR(impl_->epochs.Advance(*lease, now));
  for (bool more = true; more;) RETURN_IF_ERROR(impl_->Rewrap(*lease, now, more));
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> Vault::DestroyEpochs(absl::Time retired_before, absl::Time now) {
  ASSIGN_OR_RETURN(auto lease, impl_->pool.Acquire(kConnectionWaitMax));
  RETURN_IF_ERROR(impl_->epochs.Load(*lease, now));
  for (bool more = true; more;) RETURN_IF_ERROR(impl_->Rewrap(*lease, now, more));
  ASSIGN_OR_RETURN(const pg::Rows rows,
                   lease->Query(kDestroyEpochs, pg::Params().Time(retired_before).Time(now)));
  const uint64_t destroyed = rows.affected();
  RETURN_IF_ERROR(impl_->epochs.Load(*lease, now));
  return destroyed;
}

std::string Vault::BlindIndex(IdentifierType type, std::string_view normalised) const {
  for (size_t i = 0; i < kIdentifierTypes.size(); ++i) {
    if (kIdentifierTypes[i] == type) {
      return Hmac(impl_->blind[i], normalised).substr(0, kBlindIndexBytes);
    }
  }
  VARSAM_CHECK(false) << "unknown identifier type";
  return {};
}

std::string Vault::DeriveKey(std::string_view label) const {
  return std::string(Hkdf(impl_->derivation.view(), label).view());
}

}  // namespace varsam::vault
