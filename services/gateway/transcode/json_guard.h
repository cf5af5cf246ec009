// Looks at a JSON text before any parser does. One pass, linear time, a stack of fixed depth, so
// that no body of the allowed size can cost more than a few milliseconds (SECURITY finding 3: 32 kB
// of brackets kept protobuf's own parser busy for 19 seconds).
//
// Refuses, each INVALID_ARGUMENT with the byte where it stands and its own reason:
//   JSON_TOO_LARGE         more than json_bytes_max bytes
//   JSON_TOO_DEEP          more than json_depth_max nested arrays and objects
//   JSON_DUPLICATE_KEY     one key twice in an object (compared after unescaping)
//   JSON_NUMBER_NOT_EXACT  an integer outside 64 bits, more than 17 significant digits or a number
//                          that is not finite: it would arrive as another number
//   INVALID_JSON           not RFC 8259, not clean UTF-8, a lone surrogate, or U+0000
// The text is never quoted in the error: it may hold personal data.
#pragma once

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"

namespace varsam::gateway {

struct JsonLimits {
  size_t json_bytes_max = 1 << 20;
  int json_depth_max = 32;
};

absl::Status GuardJson(std::string_view text, const JsonLimits& limits = {});

}  // namespace varsam::gateway
