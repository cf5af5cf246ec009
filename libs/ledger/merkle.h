// The hash tree of RFC 6962 section 2.1 (SHA-256): pure arithmetic over hashes, no storage.
//
// A *node* (level, index) is the complete subtree over the leaves [index << level, (index + 1) <<
// level). Everything a proof needs can be put together from complete nodes, because those never
// change once they are full.
//
// Vectors: RFC 6962 with the test data of Certificate Transparency (empty root, eight leaves).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace varsam::ledger {

using Hash = std::array<uint8_t, 32>;

std::string_view HashBytes(const Hash& hash);
std::optional<Hash> HashFromBytes(std::string_view bytes);  // nullopt unless 32 bytes

Hash Sha256(std::string_view bytes);
Hash Sha256(std::string_view first, std::string_view second);  // of the two, end to end
Hash LeafHash(std::string_view leaf);                          // SHA-256(0x00 ‖ leaf)
Hash NodeHash(const Hash& left, const Hash& right);            // SHA-256(0x01 ‖ left ‖ right)
Hash EmptyRoot();                                              // SHA-256("")

struct NodeId {
  int level = 0;
  uint64_t index = 0;
  bool operator==(const NodeId&) const = default;
};

// The right edge of a tree: the roots of its maximal complete subtrees, largest first, one per set
// bit of the size. It is all that is needed to append and to know the root (at most 2 KiB).
class RightEdge {
 public:
  RightEdge() = default;
  // `bytes` is what Serialize gave; nullopt when its length does not fit the size.
  static std::optional<RightEdge> Parse(uint64_t size, std::string_view bytes);
  std::string Serialize() const;

  using OnNode = std::function<void(NodeId, const Hash&)>;
  void Append(const Hash& leaf);
  // Also names every inner node (level >= 1) that this leaf completes, lowest level first.
  void Append(const Hash& leaf, const OnNode& completed);

  uint64_t size() const { return size_; }
  Hash Root() const;
  const std::vector<Hash>& nodes() const { return nodes_; }

 private:
  uint64_t size_ = 0;
  std::vector<Hash> nodes_;
};

// The complete nodes that make up the leaves [begin, end), left to right, each as large as its
// alignment allows.
std::vector<NodeId> Cover(uint64_t begin, uint64_t end);

// Gives the hash of a complete node.
using NodeSource = std::function<absl::StatusOr<Hash>(NodeId)>;

// RFC 6962 2.1.1: the audit path of leaf `index` in the tree of `size`, lowest first.
// OUT_OF_RANGE unless index < size; errors of the source pass through.
absl::StatusOr<std::vector<Hash>> BuildInclusion(uint64_t index, uint64_t size,
                                                 const NodeSource& source);
// RFC 6962 2.1.2: that the tree of `old_size` is a prefix of the tree of `new_size`. Empty when the
// sizes are equal or the old one is 0. OUT_OF_RANGE unless old_size <= new_size.
absl::StatusOr<std::vector<Hash>> BuildConsistency(uint64_t old_size, uint64_t new_size,
                                                   const NodeSource& source);

bool VerifyInclusion(const Hash& leaf, uint64_t index, uint64_t size,
                     const std::vector<Hash>& proof, const Hash& root);
bool VerifyConsistency(uint64_t old_size, uint64_t new_size, const std::vector<Hash>& proof,
                       const Hash& old_root, const Hash& new_root);

}  // namespace varsam::ledger
