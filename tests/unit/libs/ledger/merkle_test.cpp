// RFC 6962 known answers (the eight-leaf vectors of Certificate Transparency) and properties of the
// proofs over random trees.
#include "libs/ledger/merkle.h"

#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <map>

#include "libs/base/strings.h"

namespace varsam::ledger {
namespace {

const std::vector<std::string> kLeaves = {"",
                                          "00",
                                          "10",
                                          "2021",
                                          "3031",
                                          "40414243",
                                          "5051525354555657",
                                          "606162636465666768696a6b6c6d6e6f"};
const std::vector<std::string> kRoots = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

std::string Hex(const Hash& hash) { return ToHex(HashBytes(hash)); }

// A tree kept whole: the straight recursion of RFC 6962, and every complete node.
class FullTree {
 public:
  void Append(const Hash& leaf) {
    leaves_.push_back(leaf);
    nodes_[{0, leaves_.size() - 1}] = leaf;
    edge_.Append(leaf, [this](NodeId id, const Hash& hash) {
      nodes_[{id.level, id.index}] = hash;
    });
  }
  Hash Root(uint64_t size) const { return Range(0, size); }
  NodeSource Source() const {
    return [this](NodeId id) -> absl::StatusOr<Hash> { return nodes_.at({id.level, id.index}); };
  }
  const RightEdge& edge() const { return edge_; }
  const std::vector<Hash>& leaves() const { return leaves_; }

 private:
  Hash Range(uint64_t begin, uint64_t end) const {
    if (begin == end) return EmptyRoot();
    if (end - begin == 1) return leaves_[begin];
    uint64_t half = 1;
    while (half * 2 < end - begin) half *= 2;
    return NodeHash(Range(begin, begin + half), Range(begin + half, end));
  }
  std::vector<Hash> leaves_;
  std::map<std::pair<int, uint64_t>, Hash> nodes_;
  RightEdge edge_;
};

FullTree TreeOf(uint64_t size) {
  FullTree tree;
  for (uint64_t i = 0; i < size; ++i) tree.Append(LeafHash("leaf " + std::to_string(i)));
  return tree;
}

Hash Flipped(Hash hash, unsigned bit) {
  hash[bit / 8 % 32] ^= static_cast<uint8_t>(1u << (bit % 8));
  return hash;
}

}  // namespace

TEST_CASE("RFC 6962 known answers") {
  CHECK(Hex(EmptyRoot()) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(RightEdge().Root() == EmptyRoot());
  RightEdge edge;
  for (size_t i = 0; i < kLeaves.size(); ++i) {
    edge.Append(LeafHash(*FromHex(kLeaves[i])));
    CHECK(Hex(edge.Root()) == kRoots[i]);
  }
}

TEST_CASE("RFC 6962 known proofs") {
  FullTree tree;
  for (const std::string& leaf : kLeaves) tree.Append(LeafHash(*FromHex(leaf)));
  const auto path = BuildInclusion(5, 8, tree.Source());
  REQUIRE(path.ok());
  REQUIRE(path->size() == 3);
  CHECK(Hex((*path)[0]) == "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
  CHECK(Hex((*path)[1]) == "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  CHECK(Hex((*path)[2]) == "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
  const auto consistency = BuildConsistency(6, 8, tree.Source());
  REQUIRE(consistency.ok());
  REQUIRE(consistency->size() == 3);
  CHECK(Hex((*consistency)[0]) ==
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a");
  CHECK(Hex((*consistency)[1]) ==
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
  CHECK(Hex((*consistency)[2]) ==
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7");
}

TEST_CASE("every proof of every small tree verifies, and only with its own numbers") {
  const uint64_t kMax = 66;
  const FullTree tree = TreeOf(kMax);
  for (uint64_t size = 1; size <= kMax; ++size) {
    const Hash root = tree.Root(size);
    for (uint64_t index = 0; index < size; ++index) {
      const auto path = BuildInclusion(index, size, tree.Source());
      REQUIRE(path.ok());
      REQUIRE(VerifyInclusion(tree.leaves()[index], index, size, *path, root));
      REQUIRE_FALSE(VerifyInclusion(tree.leaves()[index], index + 1, size, *path, root));
      if (index > 0) {
        REQUIRE_FALSE(VerifyInclusion(tree.leaves()[index - 1], index, size, *path, root));
      }
    }
    for (uint64_t old_size = 0; old_size <= size; ++old_size) {
      const auto path = BuildConsistency(old_size, size, tree.Source());
      REQUIRE(path.ok());
      REQUIRE(VerifyConsistency(old_size, size, *path, tree.Root(old_size), root));
      if (old_size > 0) {
        REQUIRE_FALSE(
            VerifyConsistency(old_size, size, *path, Flipped(tree.Root(old_size), 3), root));
        REQUIRE_FALSE(
            VerifyConsistency(old_size, size, *path, tree.Root(old_size), Flipped(root, 9)));
      }
    }
  }
}

TEST_CASE("any flipped bit of a proof, leaf or root is found") {
  const FullTree tree = TreeOf(700);
  rc::check("inclusion", [&] {
    const uint64_t size = *rc::gen::inRange<uint64_t>(2, 701);
    const uint64_t index = *rc::gen::inRange<uint64_t>(0, size);
    const unsigned bit = *rc::gen::inRange<unsigned>(0, 256);
    auto path = *BuildInclusion(index, size, tree.Source());
    const Hash leaf = tree.leaves()[index];
    const Hash root = tree.Root(size);
    RC_ASSERT(VerifyInclusion(leaf, index, size, path, root));
    RC_ASSERT(!VerifyInclusion(Flipped(leaf, bit), index, size, path, root));
    RC_ASSERT(!VerifyInclusion(leaf, index, size, path, Flipped(root, bit)));
    const size_t which = *rc::gen::inRange<size_t>(0, path.size());
    path[which] = Flipped(path[which], bit);
    RC_ASSERT(!VerifyInclusion(leaf, index, size, path, root));
    path[which] = Flipped(path[which], bit);
    path.pop_back();
    RC_ASSERT(!VerifyInclusion(leaf, index, size, path, root));
  });
  rc::check("consistency", [&] {
    const uint64_t size = *rc::gen::inRange<uint64_t>(2, 701);
    const uint64_t old_size = *rc::gen::inRange<uint64_t>(1, size);
    const unsigned bit = *rc::gen::inRange<unsigned>(0, 256);
    auto path = *BuildConsistency(old_size, size, tree.Source());
    RC_ASSERT(VerifyConsistency(old_size, size, path, tree.Root(old_size), tree.Root(size)));
    const size_t which = *rc::gen::inRange<size_t>(0, path.size());
    path[which] = Flipped(path[which], bit);
    RC_ASSERT(!VerifyConsistency(old_size, size, path, tree.Root(old_size), tree.Root(size)));
  });
}

TEST_CASE("the right edge survives storage and refuses another size") {
  const FullTree tree = TreeOf(300);
  const auto edge = RightEdge::Parse(300, tree.edge().Serialize());
  REQUIRE(edge);
  CHECK(edge->Root() == tree.Root(300));
  CHECK_FALSE(RightEdge::Parse(301, tree.edge().Serialize()));
  CHECK_FALSE(RightEdge::Parse(300, tree.edge().Serialize() + "x"));
}

}  // namespace varsam::ledger
