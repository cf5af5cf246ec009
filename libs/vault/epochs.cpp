#include "libs/vault/epochs.h"

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/pg/tx.h"

namespace varsam::vault {
namespace {

constexpr pg::Statement kReadEpochs{
    "vault_read_epochs",
    "SELECT epoch_id, wrapped_key, retired_at FROM vault_epoch WHERE wrapped_key IS NOT NULL"
    " ORDER BY epoch_id"};
constexpr pg::Statement kLockEpochs{"vault_lock_epochs",
                                    "LOCK TABLE vault_epoch IN SHARE ROW EXCLUSIVE MODE"};
constexpr pg::Statement kNewestEpoch{"vault_newest_epoch", "SELECT max(epoch_id) FROM vault_epoch"};
constexpr pg::Statement kRetireEpochs{
    "vault_retire_epochs", "UPDATE vault_epoch SET retired_at = $1 WHERE retired_at IS NULL"};
constexpr pg::Statement kInsertEpoch{
    "vault_insert_epoch",
    "WITH made AS (INSERT INTO vault_epoch (epoch_id, wrapped_key, created_at)"
    " VALUES ($1, $2, $3) RETURNING epoch_id)"
    " INSERT INTO vault_log (at, event, epoch_id) SELECT $3, 'EPOCH_MADE', epoch_id FROM made"};

std::string EpochPlace(int32_t epoch) { return absl::StrCat("varsam/vault/epoch/", epoch); }

std::string KeyPlace(int32_t epoch, const SubjectId& subject) {
  return absl::StrCat("varsam/vault/key/", epoch, "/", subject.ToString());
}

}  // namespace

std::string Epochs::WrapEpoch(int32_t epoch, const Secret& key) const {
  return Encrypt(wrapping_key_, EpochPlace(epoch), key.view());
}

absl::Status Epochs::Load(pg::Connection& connection, absl::Time now) {
  ASSIGN_OR_RETURN(pg::Rows rows, connection.Query(kReadEpochs, {}));
  std::map<int32_t, Secret> keys;
  int32_t current = 0;
  for (const pg::Row row : rows) {
    const int32_t epoch = row.Int32(0);
    auto key = Decrypt(wrapping_key_, EpochPlace(epoch), row.Bytes(1));
    if (!key || key->size() != 32) {
      return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "WRONG_ROOT_KEY",
                             "the root key does not open the epoch keys of this database");
    }
    keys.insert_or_assign(epoch, Secret(*key));
    sodium_memzero(key->data(), key->size());
    if (row.IsNull(2)) current = epoch;
  }
  if (current == 0) return Advance(connection, now);
  const std::lock_guard lock(mutex_);
  keys_ = std::move(keys);
  current_ = current;
  return absl::OkStatus();
}

absl::Status Epochs::Advance(pg::Connection& connection, absl::Time now) {
  const int32_t before = current();
  pg::Tx tx(connection);
  tx.Enqueue(kLockEpochs, {});
  ASSIGN_OR_RETURN(const pg::Rows newest, tx.Query(kNewestEpoch, {}));
  const int32_t last = newest.Only().OptionalInt32(0).value_or(0);
  if (last == before) {  // otherwise another process has just made one: that will do
    tx.Enqueue(kRetireEpochs, pg::Params().Time(now));
    tx.Enqueue(kInsertEpoch,
               pg::Params().Int32(last + 1).Bytes(WrapEpoch(last + 1, Secret::Random())).Time(now));
  }
  RETURN_IF_ERROR(tx.Commit());
  return Load(connection, now);
}

int32_t Epochs::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

bool Epochs::Knows(int32_t epoch) const {
  const std::lock_guard lock(mutex_);
  return keys_.contains(epoch);
}

std::string Epochs::Wrap(int32_t epoch, const SubjectId& subject, const Secret& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find(epoch);
  VARSAM_CHECK(found != keys_.end()) << "unknown key epoch";
  return Encrypt(found->second, KeyPlace(epoch, subject), key.view());
}

std::optional<Secret> Epochs::Unwrap(int32_t epoch, const SubjectId& subject,
                                     std::string_view wrapped) const {
  const std::lock_guard lock(mutex_);
  const auto found = keys_.find(epoch);
  if (found == keys_.end()) return std::nullopt;
  auto key = Decrypt(found->second, KeyPlace(epoch, subject), wrapped);
  if (!key || key->size() != 32) return std::nullopt;
  Secret secret(*key);
  sodium_memzero(key->data(), key->size());
  return secret;
}

}  // namespace varsam::vault
