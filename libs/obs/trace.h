// W3C Trace Context, level 1 (traceparent, version 00). Ids are random and say nothing about a
// person; tracestate is not carried.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace varsam::obs {

struct TraceContext {
  std::array<uint8_t, 16> trace_id{};  // never all zero in a valid context
  std::array<uint8_t, 8> span_id{};
  bool sampled = false;

  // "00-<32 hex>-<16 hex>-<2 hex>", 55 characters.
  std::string ToTraceparent() const;
  std::string TraceIdHex() const;
  std::string SpanIdHex() const;
  // The same trace, a fresh span id: for an outgoing call.
  TraceContext Child() const;
  bool operator==(const TraceContext&) const = default;
};

// nullopt for anything but a valid header: wrong length, upper case, zero ids, version ff. A higher
// version is read by its first four fields, as the recommendation says.
std::optional<TraceContext> ParseTraceparent(std::string_view text);
// A fresh trace, not sampled.
TraceContext NewTrace();

}  // namespace varsam::obs
