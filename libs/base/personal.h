// A value that belongs to a person. It has no stream operator, no formatter and no conversion, so
// it cannot reach a log, a metric, a trace or an error text by accident; whoever needs the value
// says Reveal() and is easy to find.
//
//   Personal<std::string> email(std::move(text));
//   vault.Seal(place, email.Reveal());
#pragma once

#include <compare>
#include <utility>

namespace varsam {

template <typename T>
class Personal {
 public:
  Personal() = default;
  explicit Personal(T value) : value_(std::move(value)) {}
  const T& Reveal() const& { return value_; }
  T Reveal() && { return std::move(value_); }
  bool operator==(const Personal&) const = default;

 private:
  T value_{};
};

}  // namespace varsam
