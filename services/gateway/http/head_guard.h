// Looks at the raw head of an HTTP/1.1 request before the parser does, and lets through only what
// every parser reads the same way (SECURITY §4.6, RFC 9112 §2.2, §5.1, §6.3, §11.2). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"

namespace varsam::gateway {

struct HeadLimits {
  size_t head_bytes_max = 16 * 1024;
  int head_fields_max = 100;
  size_t target_bytes_max = 8 * 1024;
  size_t body_bytes_max = 1 << 20;
};

struct HeadFacts {
  bool keep_alive = true;
  bool expect_continue = false;
  bool chunked = false;
  std::optional<uint64_t> content_length;
  bool HasBody() const { return chunked || content_length.value_or(0) > 0; }
};

// `head` is everything up to and with the empty line. Errors carry the HTTP status (HttpError):
//   400 BAD_REQUEST_LINE, BAD_HEADER_FIELD, BAD_HOST, BAD_CONTENT_LENGTH, BAD_TRANSFER_ENCODING,
//       AMBIGUOUS_FRAMING;  413 BODY_TOO_LARGE;  414 TARGET_TOO_LONG;  417 EXPECTATION_FAILED;
//   431 HEAD_TOO_LARGE;  501 TRANSFER_CODING_UNKNOWN;  505 HTTP_VERSION
absl::StatusOr<HeadFacts> CheckHead(std::string_view head, const HeadLimits& limits = {});

// The refusals that name a bound of `limits`; shared with the session, which counts as bytes come.
absl::Status HeadTooLarge(const HeadLimits& limits);
absl::Status BodyTooLarge(const HeadLimits& limits);

// While the head is still arriving: the offset just behind its empty line, or 0 when more bytes are
// wanted. Bytes that can belong to no head (a bare LF or CR, NUL) are an error at once.
// `scanned` is how much an earlier call has already looked at.
absl::StatusOr<size_t> FindHeadEnd(std::string_view bytes, size_t& scanned);

}  // namespace varsam::gateway
