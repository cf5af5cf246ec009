#include "services/verifier/tree.h"

#include <optional>

#include "services/verifier/crypto.h"

namespace varsam::verifier {
namespace {

// The root of the subtree with `size` leaves that has `leaf_hash` at `index`, by the recursion of
// the RFC itself; `used` counts the path from its end (the sibling nearest the root).
std::optional<std::string> RootOf(const std::string& leaf_hash, uint64_t index, uint64_t size,
                                  const std::vector<std::string>& path, size_t used) {
  if (size == 1) return used == path.size() ? std::optional(leaf_hash) : std::nullopt;
  if (used == path.size()) return std::nullopt;
  uint64_t left_size = 1;
  while (left_size < size - left_size) left_size *= 2;
  const std::string& sibling = path[path.size() - 1 - used];
  if (index < left_size) {
    const auto left = RootOf(leaf_hash, index, left_size, path, used + 1);
    if (!left) return std::nullopt;
    return Sha256(std::string(1, '\x01') + *left + sibling);
  }
  const auto right = RootOf(leaf_hash, index - left_size, size - left_size, path, used + 1);
  if (!right) return std::nullopt;
  return Sha256(std::string(1, '\x01') + sibling + *right);
}

}  // namespace

bool InTree(std::string_view leaf, uint64_t index, uint64_t size,
            const std::vector<std::string>& path, std::string_view root) {
  if (index >= size || size > (uint64_t{1} << 62)) return false;
  const std::string leaf_hash = Sha256(std::string(1, '\0') + std::string(leaf));
  const auto computed = RootOf(leaf_hash, index, size, path, 0);
  return computed && *computed == root;
}

}  // namespace varsam::verifier
