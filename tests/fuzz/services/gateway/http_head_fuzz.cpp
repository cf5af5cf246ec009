// The head of an HTTP request as it comes from the wire: where it ends does not depend on how it
// was cut into packets, and a head that passes has one framing.
#include <cstdint>
#include <string_view>

#include "libs/base/check.h"
#include "services/gateway/http/head_guard.h"

namespace varsam::gateway {
namespace {

void Try(std::string_view text) {
  size_t scanned = 0;
  const auto end = FindHeadEnd(text, scanned);

  size_t in_pieces = 0;
  absl::StatusOr<size_t> found = size_t{0};
  for (size_t size = 0; size <= text.size() && found.ok() && *found == 0; ++size) {
    found = FindHeadEnd(text.substr(0, size), in_pieces);
  }
  VARSAM_CHECK(!end.ok() || (found.ok() && *found == *end)) << "packets change where a head ends";

  if (!end.ok() || *end == 0) return;
  VARSAM_CHECK(*end <= text.size()) << "behind the end";
  const auto head = CheckHead(text.substr(0, *end));
  if (!head.ok()) return;
  VARSAM_CHECK(!head->chunked || !head->content_length) << "two framings";
  VARSAM_CHECK(head->content_length.value_or(0) <= HeadLimits().body_bytes_max) << "too much";
}

}  // namespace
}  // namespace varsam::gateway

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  varsam::gateway::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
