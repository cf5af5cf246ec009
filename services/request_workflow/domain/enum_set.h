// A set of enumerators (at most 64), usable in constant tables. Pure.
#pragma once

#include <cstdint>
#include <initializer_list>

namespace varsam::requests {

template <typename E>
class EnumSet {
 public:
  constexpr EnumSet() = default;
  constexpr EnumSet(std::initializer_list<E> elements) {
    for (E element : elements) bits_ |= Bit(element);
  }

  constexpr bool Contains(E element) const { return (bits_ & Bit(element)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr EnumSet Without(E element) const {
    EnumSet rest = *this;
    rest.bits_ &= ~Bit(element);
    return rest;
  }
  constexpr bool operator==(const EnumSet&) const = default;

 private:
  static constexpr uint64_t Bit(E element) { return uint64_t{1} << static_cast<int>(element); }
  uint64_t bits_ = 0;
};

}  // namespace varsam::requests
