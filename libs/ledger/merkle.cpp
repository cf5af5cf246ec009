// The low-level SHA-256 calls: per leaf, the EVP interface would cost more than the hash.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "libs/ledger/merkle.h"

#include <openssl/sha.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::ledger {
namespace {

constexpr uint8_t kLeafPrefix = 0x00;
constexpr uint8_t kNodePrefix = 0x01;

// The largest power of two below n (n >= 2): where RFC 6962 splits a tree.
uint64_t SplitPoint(uint64_t n) { return std::bit_floor(n - 1); }

absl::StatusOr<Hash> RangeHash(uint64_t begin, uint64_t end, const NodeSource& source) {
  const std::vector<NodeId> nodes = Cover(begin, end);
  ASSIGN_OR_RETURN(Hash hash, source(nodes.back()));
  for (auto node = nodes.rbegin() + 1; node != nodes.rend(); ++node) {
    ASSIGN_OR_RETURN(const Hash left, source(*node));
    hash = NodeHash(left, hash);
  }
  return hash;
}

absl::Status OutOfRange(std::string_view what) {
  return ErrorWithReason(absl::StatusCode::kOutOfRange, "OUTSIDE_LOG", what);
}

}  // namespace

std::string_view HashBytes(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

std::optional<Hash> HashFromBytes(std::string_view bytes) {
  Hash hash;
  if (bytes.size() != hash.size()) return std::nullopt;
  std::memcpy(hash.data(), bytes.data(), hash.size());
  return hash;
}

Hash Sha256(std::string_view bytes) { return Sha256(bytes, {}); }

Hash Sha256(std::string_view first, std::string_view second) {
  SHA256_CTX context;
  Hash hash;
  SHA256_Init(&context);
  SHA256_Update(&context, first.data(), first.size());
  if (!second.empty()) SHA256_Update(&context, second.data(), second.size());
  SHA256_Final(hash.data(), &context);
  return hash;
}

Hash LeafHash(std::string_view leaf) {
  return Sha256({reinterpret_cast<const char*>(&kLeafPrefix), 1}, leaf);
}

Hash NodeHash(const Hash& left, const Hash& right) {
  char bytes[1 + 2 * sizeof(Hash)];
  bytes[0] = static_cast<char>(kNodePrefix);
  std::memcpy(bytes + 1, left.data(), left.size());
  std::memcpy(bytes + 1 + left.size(), right.data(), right.size());
  return Sha256({bytes, sizeof(bytes)});
}

Hash EmptyRoot() { return Sha256({}); }

std::optional<RightEdge> RightEdge::Parse(uint64_t size, std::string_view bytes) {
  RightEdge edge;
  if (bytes.size() != sizeof(Hash) * static_cast<size_t>(std::popcount(size))) return std::nullopt;
  edge.size_ = size;
  for (size_t at = 0; at < bytes.size(); at += sizeof(Hash)) {
    edge.nodes_.push_back(*HashFromBytes(bytes.substr(at, sizeof(Hash))));
  }
  return edge;
}

std::string RightEdge::Serialize() const {
  std::string bytes;
  for (const Hash& node : nodes_) bytes += HashBytes(node);
  return bytes;
}

void RightEdge::Append(const Hash& leaf) {
  Append(leaf, [](NodeId, const Hash&) {});
}

void RightEdge::Append(const Hash& leaf, const OnNode& completed) {
  Hash hash = leaf;
  int level = 0;
  for (uint64_t size = size_; size & 1; size >>= 1) {
    hash = NodeHash(nodes_.back(), hash);
    nodes_.pop_back();
    ++level;
    completed({level, size_ >> level}, hash);
  }
  nodes_.push_back(hash);
  ++size_;
}

Hash RightEdge::Root() const {
  if (nodes_.empty()) return EmptyRoot();
  Hash root = nodes_.back();
  for (size_t i = nodes_.size() - 1; i > 0; --i) root = NodeHash(nodes_[i - 1], root);
  return root;
}

std::vector<NodeId> Cover(uint64_t begin, uint64_t end) {
  std::vector<NodeId> nodes;
  while (begin < end) {
    const int fits = std::bit_width(end - begin) - 1;
    const int level = begin == 0 ? fits : std::min(fits, std::countr_zero(begin));
    nodes.push_back({level, begin >> level});
    begin += uint64_t{1} << level;
  }
  return nodes;
}

absl::StatusOr<std::vector<Hash>> BuildInclusion(uint64_t index, uint64_t size,
                                                 const NodeSource& source) {
  if (index >= size) return OutOfRange("the entry lies beyond the size asked for");
  std::vector<Hash> path;
  uint64_t begin = 0;
  uint64_t end = size;
  while (end - begin > 1) {  // from the root down; the path is turned round at the end
    const uint64_t middle = begin + SplitPoint(end - begin);
    const bool left = index < middle;
    ASSIGN_OR_RETURN(Hash sibling,
                     left ? RangeHash(middle, end, source) : RangeHash(begin, middle, source));
    path.push_back(sibling);
    (left ? end : begin) = middle;
  }
  return std::vector<Hash>(path.rbegin(), path.rend());
}

absl::StatusOr<std::vector<Hash>> BuildConsistency(uint64_t old_size, uint64_t new_size,
                                                   const NodeSource& source) {
  if (old_size > new_size) return OutOfRange("the old size is above the new one");
  std::vector<Hash> path;
  if (old_size == 0 || old_size == new_size) return path;
  uint64_t begin = 0;
  uint64_t end = new_size;
  // Down the edge of the old tree until a subtree lies wholly inside it (RFC 6962 SUBPROOF).
  while (end != old_size) {
    const uint64_t middle = begin + SplitPoint(end - begin);
    const bool left = old_size <= middle;
    ASSIGN_OR_RETURN(Hash sibling,
                     left ? RangeHash(middle, end, source) : RangeHash(begin, middle, source));
    path.push_back(sibling);
    (left ? end : begin) = middle;
  }
  if (begin != 0) {  // otherwise the verifier has the old root itself
    ASSIGN_OR_RETURN(Hash rest, RangeHash(begin, end, source));
    path.push_back(rest);
  }
  return std::vector<Hash>(path.rbegin(), path.rend());
}

bool VerifyInclusion(const Hash& leaf, uint64_t index, uint64_t size,
                     const std::vector<Hash>& proof, const Hash& root) {
  if (index >= size) return false;
  Hash hash = leaf;
  uint64_t at = index;
  uint64_t last = size - 1;
  for (const Hash& sibling : proof) {
    if (last == 0) return false;
    if ((at & 1) || at == last) {
      hash = NodeHash(sibling, hash);
      while (!(at & 1) && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    at >>= 1;
    last >>= 1;
  }
  return last == 0 && hash == root;
}

bool VerifyConsistency(uint64_t old_size, uint64_t new_size, const std::vector<Hash>& proof,
                       const Hash& old_root, const Hash& new_root) {
  if (old_size > new_size) return false;
  if (old_size == new_size) return proof.empty() && old_root == new_root;
  if (old_size == 0) return proof.empty() && old_root == EmptyRoot();
  uint64_t at = old_size - 1;
  uint64_t last = new_size - 1;
  while (at & 1) {
    at >>= 1;
    last >>= 1;
  }
  size_t next = 0;
  if (at != 0 && proof.empty()) return false;
  Hash old_hash = at == 0 ? old_root : proof[next++];
  Hash new_hash = old_hash;
  for (; next < proof.size(); ++next) {
    if (last == 0) return false;
    if ((at & 1) || at == last) {
      old_hash = NodeHash(proof[next], old_hash);
      new_hash = NodeHash(proof[next], new_hash);
      while (!(at & 1) && at != 0) {
        at >>= 1;
        last >>= 1;
      }
    } else {
      new_hash = NodeHash(new_hash, proof[next]);
    }
    at >>= 1;
    last >>= 1;
  }
  return last == 0 && old_hash == old_root && new_hash == new_root;
}

}  // namespace varsam::ledger
