#include "services/connector/adapters/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/base/running_digest.h"
#include "libs/base/status_macros.h"
#include "libs/vault/secret.h"

namespace varsam::connector {
namespace {

absl::Status Broken(const char* what) {
  return ErrorWithReason(absl::StatusCode::kInternal, "SPOOL", what);
}

}  // namespace

struct Spool::State {
  ~State() {
    if (file >= 0) close(file);
  }

  absl::Status WriteBlock() {
    if (file < 0) {
      file = open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
      if (file < 0) return Broken("no file can be made in the folder for state");
    }
    const std::string sealed = vault::Encrypt(key, std::to_string(blocks), tail);
    box_bytes = sealed.size();  // every block is full
    for (size_t at = 0; at < sealed.size();) {
      const ssize_t wrote = pwrite(file, sealed.data() + at, sealed.size() - at,
                                   static_cast<off_t>(blocks * box_bytes + at));
      if (wrote <= 0) return Broken("the file cannot be written");
      at += static_cast<size_t>(wrote);
    }
    ++blocks;
    tail.clear();
    return absl::OkStatus();
  }

  const vault::Secret key = vault::Secret::Random();
  std::string folder, tail;
  size_t box_bytes = 0;
  int file = -1;
  uint64_t blocks = 0;  // in the file
  RunningDigest sum;
};

Spool::Spool(std::string folder) : state_(std::make_unique<State>()) {
  state_->folder = std::move(folder);
}
Spool::~Spool() = default;
Spool::Spool(Spool&&) noexcept = default;
Spool& Spool::operator=(Spool&&) noexcept = default;

Spool Spool::Of(std::string_view bytes) {
  Spool spool;
  VARSAM_CHECK(spool.Append(bytes).ok());
  return spool;
}

absl::Status Spool::Append(std::string_view bytes) {
  state_->sum.Add(bytes);
  while (!state_->folder.empty() && state_->tail.size() + bytes.size() > kSpoolBlockBytes) {
    const size_t taken = kSpoolBlockBytes - state_->tail.size();
    state_->tail.append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    RETURN_IF_ERROR(state_->WriteBlock());
  }
  state_->tail.append(bytes);
  return absl::OkStatus();
}

uint64_t Spool::size() const { return state_->blocks * kSpoolBlockBytes + state_->tail.size(); }

absl::StatusOr<std::string> Spool::ReadAt(uint64_t offset, size_t bytes_max) const {
  const uint64_t filed = state_->blocks * kSpoolBlockBytes;
  if (offset >= filed) {
    const auto from = static_cast<size_t>(offset - filed);
    return from >= state_->tail.size() ? std::string() : state_->tail.substr(from, bytes_max);
  }
  const uint64_t block = offset / kSpoolBlockBytes;
  std::string sealed(state_->box_bytes, '\0');
  for (size_t at = 0; at < sealed.size();) {
    const ssize_t got = pread(state_->file, sealed.data() + at, sealed.size() - at,
                              static_cast<off_t>(block * state_->box_bytes + at));
    if (got <= 0) return Broken("the file cannot be read");
    at += static_cast<size_t>(got);
  }
  const auto bytes = vault::Decrypt(state_->key, std::to_string(block), sealed);
  if (!bytes) return Broken("the file was changed");
  return bytes->substr(offset % kSpoolBlockBytes, bytes_max);
}

std::string Spool::Sha256() const { return state_->sum.Sha256(); }

std::string Spool::Reveal() const {
  std::string all;
  while (all.size() < size()) {
    const absl::StatusOr<std::string> some = ReadAt(all.size(), kSpoolBlockBytes);
    VARSAM_CHECK(some.ok() && !some->empty()) << "a spool ends before its end";
    all += *some;
  }
  return all;
}

}  // namespace varsam::connector
