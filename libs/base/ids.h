// Identifiers that the compiler keeps apart.
//
//   using SubjectId = StrongId<struct SubjectIdTag>;      16 random bytes (UUID v4: says nothing)
//   using PurposeId = StrongText<struct PurposeIdTag>;    a name of the policy model
//
// Rows get UUID v7 (RFC 9562: time-ordered, good for indexes); subject ids are v4, so that an id
// tells nothing about when a person became known.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/time/time.h"

namespace varsam {

struct Uuid {
  std::array<uint8_t, 16> bytes{};

  // 8-4-4-4-12 lower-case text.
  std::string ToString() const;
  // Accepts exactly that form (either case); nullopt otherwise.
  static std::optional<Uuid> Parse(std::string_view text);
  // The 16 raw bytes, as PostgreSQL's binary uuid; nullopt for another length.
  static std::optional<Uuid> FromBytes(std::string_view bytes);
  std::string_view AsBytes() const {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  bool IsNil() const { return *this == Uuid{}; }

  auto operator<=>(const Uuid&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const Uuid& id) {
    return H::combine_contiguous(std::move(h), id.bytes.data(), id.bytes.size());
  }
};

Uuid NewUuidV4();
// Millisecond time in front, random behind. `now` comes from the injected clock.
Uuid NewUuidV7(absl::Time now);

template <typename Tag>
class StrongId {
 public:
  StrongId() = default;
  explicit StrongId(Uuid value) : value_(value) {}
  static std::optional<StrongId> Parse(std::string_view text) {
    auto uuid = Uuid::Parse(text);
    if (!uuid) return std::nullopt;
    return StrongId(*uuid);
  }
  const Uuid& value() const { return value_; }
  std::string ToString() const { return value_.ToString(); }
  std::string_view AsBytes() const { return value_.AsBytes(); }
  bool IsNil() const { return value_.IsNil(); }
  auto operator<=>(const StrongId&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const StrongId& id) {
    return H::combine(std::move(h), id.value_);
  }

 private:
  Uuid value_;
};

template <typename Tag>
class StrongText {
 public:
  StrongText() = default;
  explicit StrongText(std::string value) : value_(std::move(value)) {}
  const std::string& value() const { return value_; }
  bool empty() const { return value_.empty(); }
  auto operator<=>(const StrongText&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const StrongText& text) {
    return H::combine(std::move(h), text.value_);
  }

 private:
  std::string value_;
};

using SubjectId = StrongId<struct SubjectIdTag>;    // a person; v4, means nothing
using RequestId = StrongId<struct RequestIdTag>;    // the caller's own id of one write
using PurposeId = StrongText<struct PurposeIdTag>;  // key of `purposes` in the policy model
using SystemId = StrongText<struct SystemIdTag>;    // key of `systems`, or "platform"

}  // namespace varsam

template <>
struct std::hash<varsam::Uuid> {
  size_t operator()(const varsam::Uuid& id) const noexcept {
    uint64_t parts[2];
    std::memcpy(parts, id.bytes.data(), sizeof(parts));
    return static_cast<size_t>(parts[0] ^ (parts[1] * 0x9E3779B97F4A7C15ull));
  }
};
