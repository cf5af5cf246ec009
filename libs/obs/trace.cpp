#include "libs/obs/trace.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "libs/base/random.h"
#include "libs/base/strings.h"

namespace varsam::obs {
namespace {

constexpr size_t kHeaderBytes = 55;

// A system call per id would cost more than the rest of the header: random bytes are drawn a page
// at a time and used once.
void TakeRandom(uint8_t* out, size_t n) {
  thread_local std::array<uint8_t, 1024> page;
  thread_local size_t left = 0;
  if (left < n) {
    FillRandom(page.data(), page.size());
    left = page.size();
  }
  left -= n;
  std::memcpy(out, page.data() + left, n);
}

template <size_t N>
bool IsZero(const std::array<uint8_t, N>& id) {
  return std::all_of(id.begin(), id.end(), [](uint8_t byte) { return byte == 0; });
}

template <size_t N>
void FreshId(std::array<uint8_t, N>& id) {
  do {
    TakeRandom(id.data(), N);
  } while (IsZero(id));
}

template <size_t N>
std::string Hex(const std::array<uint8_t, N>& id) {
  return ToHex({reinterpret_cast<const char*>(id.data()), N});
}

// Lower-case hexadecimal only, as the recommendation wants.
template <size_t N>
bool ReadHex(std::string_view text, std::array<uint8_t, N>& out) {
  if (std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'F'; })) {
    return false;
  }
  const std::optional<std::string> bytes = FromHex(text);
  if (!bytes || bytes->size() != N) return false;
  std::memcpy(out.data(), bytes->data(), N);
  return true;
}

}  // namespace

std::string TraceContext::ToTraceparent() const {
  return absl::StrCat("00-", Hex(trace_id), "-", Hex(span_id), sampled ? "-01" : "-00");
}

std::string TraceContext::TraceIdHex() const { return Hex(trace_id); }
std::string TraceContext::SpanIdHex() const { return Hex(span_id); }

TraceContext TraceContext::Child() const {
  TraceContext child = *this;
  FreshId(child.span_id);
  return child;
}

std::optional<TraceContext> ParseTraceparent(std::string_view text) {
  if (text.size() < kHeaderBytes || text[2] != '-' || text[35] != '-' || text[52] != '-') {
    return std::nullopt;
  }
  std::array<uint8_t, 1> version, flags;
  TraceContext trace;
  if (!ReadHex(text.substr(0, 2), version) || !ReadHex(text.substr(3, 32), trace.trace_id) ||
      !ReadHex(text.substr(36, 16), trace.span_id) || !ReadHex(text.substr(53, 2), flags)) {
    return std::nullopt;
  }
  const bool longer = text.size() > kHeaderBytes;
  if (version[0] == 0xFF || (version[0] == 0 && longer)) return std::nullopt;
  if (longer && text[kHeaderBytes] != '-') return std::nullopt;
  if (IsZero(trace.trace_id) || IsZero(trace.span_id)) return std::nullopt;
  trace.sampled = (flags[0] & 1) != 0;
  return trace;
}

TraceContext NewTrace() {
  TraceContext trace;
  FreshId(trace.trace_id);
  FreshId(trace.span_id);
  return trace;
}

}  // namespace varsam::obs
