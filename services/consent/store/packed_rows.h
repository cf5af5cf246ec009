// The rows of one person in as few bytes as they need: one block of memory that holds the id and,
// row after row, only the fields its kind has, as differences and variable-length integers. About
// 22 bytes for a choice, of which 10 are its id.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "absl/hash/hash.h"
#include "services/consent/store/subject_facts.h"

namespace varsam::consent {

// Never empty but after a move. Not thread-safe.
class PackedRows {
 public:
  explicit PackedRows(SubjectId subject);
  PackedRows(PackedRows&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  PackedRows& operator=(PackedRows&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~PackedRows();

  const SubjectId& subject() const;
  // At the end. A field that the kind does not have must be as Row{} has it (CHECK). const, because
  // to the set that holds it a person is who it is, whatever is known of it.
  void Append(std::span<const Row> rows) const;
  // What the allocator has given for it.
  size_t bytes() const;

  class Reader {
   public:
    explicit Reader(const PackedRows& rows);
    // false at the end; `row` is then left alone.
    bool Next(Row& row);

   private:
    const uint8_t* at_;
    const uint8_t* end_;
    int64_t recorded_ = 0;  // of the row before
  };

 private:
  struct Block;
  void Grow(size_t size) const;
  mutable Block* block_;
};

// Keys a set of people by their id.
struct PersonHash {
  using is_transparent = void;
  size_t operator()(const SubjectId& subject) const { return absl::Hash<SubjectId>()(subject); }
  size_t operator()(const PackedRows& rows) const { return (*this)(rows.subject()); }
};
struct PersonEq {
  using is_transparent = void;
  static const SubjectId& IdOf(const SubjectId& subject) { return subject; }
  static const SubjectId& IdOf(const PackedRows& rows) { return rows.subject(); }
  template <typename A, typename B>
  bool operator()(const A& a, const B& b) const {
    return IdOf(a) == IdOf(b);
  }
};

}  // namespace varsam::consent
