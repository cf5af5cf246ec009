#include "services/gateway/http/head_guard.h"

#include <algorithm>
#include <charconv>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/gateway/transcode/problem.h"

namespace varsam::gateway {
namespace {

bool IsTokenChar(char c) {
  if (absl::ascii_isalnum(static_cast<unsigned char>(c))) return true;
  return std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos && c != '\0';
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenChar);
}

bool IsFieldValue(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

bool IsTarget(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c > 0x20 && c < 0x7F &&
           std::string_view("\"<>\\^`{|}#").find(c) == std::string_view::npos;
  });
}

std::string_view Trim(std::string_view text) {
  const size_t from = text.find_first_not_of(" \t");
  if (from == std::string_view::npos) return {};
  return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

bool Is(std::string_view a, std::string_view b) {
  return absl::EqualsIgnoreCase(ToAbsl(a), ToAbsl(b));
}

class Checker {
 public:
  Checker(std::string_view head, const HeadLimits& limits) : head_(head), limits_(limits) {}

  absl::StatusOr<HeadFacts> Run() {
    if (head_.size() > limits_.head_bytes_max) return HeadTooLarge(limits_);
    RETURN_IF_ERROR(RequestLine(Line()));
    int fields = 0;
    for (std::string_view line = Line(); !line.empty(); line = Line()) {
      if (++fields > limits_.head_fields_max) {
        return TooLarge(431, "HEAD_TOO_LARGE", "head", limits_.head_fields_max, "fields");
      }
      RETURN_IF_ERROR(Field(line));
    }
    if (hosts_ != 1) return HttpError(400, "BAD_HOST");
    if (facts_.chunked && facts_.content_length) return HttpError(400, "AMBIGUOUS_FRAMING");
    if (facts_.chunked && !one_one_) return HttpError(400, "BAD_TRANSFER_ENCODING");
    if (facts_.content_length.value_or(0) > limits_.body_bytes_max) {
      return BodyTooLarge(limits_);
    }
    facts_.keep_alive = one_one_ && !close_;
    facts_.expect_continue = facts_.expect_continue && facts_.HasBody() && one_one_;
    return facts_;
  }

 private:
  // The next line without its CRLF. FindHeadEnd has seen to it that every LF follows a CR.
  std::string_view Line() {
    const size_t end = std::min(head_.find("\r\n", at_), head_.size());
    const std::string_view line = head_.substr(at_, end - at_);
    at_ = std::min(end + 2, head_.size());
    return line;
  }

  absl::Status RequestLine(std::string_view line) {
    const size_t first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || first == last) {
      return HttpError(400, "BAD_REQUEST_LINE");
    }
    const std::string_view method = line.substr(0, first);
    const std::string_view target = line.substr(first + 1, last - first - 1);
    const std::string_view version = line.substr(last + 1);
    if (!IsToken(method)) return HttpError(400, "BAD_REQUEST_LINE");
    if (target.size() > limits_.target_bytes_max) {
      return TooLarge(414, "TARGET_TOO_LONG", "target", limits_.target_bytes_max, "bytes");
    }
    // Only origin-form: neither proxying nor CONNECT nor OPTIONS * is ours.
    if (target.empty() || target[0] != '/' || target.substr(0, 2) == "//" || !IsTarget(target)) {
      return HttpError(400, "BAD_REQUEST_LINE");
    }
    one_one_ = version == "HTTP/1.1";
    if (!one_one_ && version != "HTTP/1.0") {
      return version.substr(0, 5) == "HTTP/" ? HttpError(505, "HTTP_VERSION")
                                             : HttpError(400, "BAD_REQUEST_LINE");
    }
    return absl::OkStatus();
  }

  absl::Status Field(std::string_view line) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) return HttpError(400, "BAD_HEADER_FIELD");
    const std::string_view name = line.substr(0, colon);
    const std::string_view raw = line.substr(colon + 1);
    // A name with a space before the colon, or a folded line, is no token.
    if (!IsToken(name) || !IsFieldValue(raw)) return HttpError(400, "BAD_HEADER_FIELD");
    const std::string_view value = Trim(raw);
    if (Is(name, "Host")) return Host(value);
    if (Is(name, "Content-Length")) return ContentLength(value);
    if (Is(name, "Transfer-Encoding")) return TransferEncoding(value);
    if (Is(name, "Connection")) {
      close_ = close_ || absl::StrContains(absl::AsciiStrToLower(ToAbsl(value)), "close");
      return absl::OkStatus();
    }
    if (Is(name, "Expect")) {
      if (!Is(value, "100-continue")) return HttpError(417, "EXPECTATION_FAILED");
      facts_.expect_continue = true;
    }
    return absl::OkStatus();
  }

  absl::Status Host(std::string_view value) {
    ++hosts_;
    const bool fine = !value.empty() && value.size() <= 255 &&
                      std::all_of(value.begin(), value.end(), [](char c) {
                        return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                               std::string_view("-._:[]").find(c) != std::string_view::npos;
                      });
    return fine ? absl::OkStatus() : HttpError(400, "BAD_HOST");
  }

  absl::Status ContentLength(std::string_view value) {
    uint64_t length = 0;
    const char* end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, length);
    const bool digits = !value.empty() && std::all_of(value.begin(), value.end(),
                                                      [](char c) { return c >= '0' && c <= '9'; });
    if (!digits || parsed.ec != std::errc() || parsed.ptr != end || facts_.content_length) {
      return HttpError(400, "BAD_CONTENT_LENGTH");
    }
    facts_.content_length = length;
    return absl::OkStatus();
  }

  absl::Status TransferEncoding(std::string_view value) {
    if (facts_.chunked) return HttpError(400, "BAD_TRANSFER_ENCODING");
    if (!Is(value, "chunked")) {
      return IsToken(value) ? HttpError(501, "TRANSFER_CODING_UNKNOWN")
                            : HttpError(400, "BAD_TRANSFER_ENCODING");
    }
    facts_.chunked = true;
    return absl::OkStatus();
  }

  std::string_view head_;
  const HeadLimits& limits_;
  size_t at_ = 0;
  HeadFacts facts_;
  int hosts_ = 0;
  bool one_one_ = true;
  bool close_ = false;
};

}  // namespace

absl::Status HeadTooLarge(const HeadLimits& limits) {
  return TooLarge(431, "HEAD_TOO_LARGE", "head", limits.head_bytes_max, "bytes");
}

absl::Status BodyTooLarge(const HeadLimits& limits) {
  return TooLarge(413, "BODY_TOO_LARGE", "body", limits.body_bytes_max, "bytes");
}

absl::StatusOr<HeadFacts> CheckHead(std::string_view head, const HeadLimits& limits) {
  return Checker(head, limits).Run();
}

absl::StatusOr<size_t> FindHeadEnd(std::string_view bytes, size_t& scanned) {
  for (size_t i = scanned; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (c == '\0') return HttpError(400, "BAD_HEADER_FIELD");
    if (c == '\n') {
      if (i == 0 || bytes[i - 1] != '\r') return HttpError(400, "BAD_HEADER_FIELD");
      // An empty line in front of a request line is not ours to skip.
      if (i == 1) return HttpError(400, "BAD_REQUEST_LINE");
      if (i >= 3 && bytes[i - 2] == '\n') {
        scanned = i + 1;
        return i + 1;
      }
    } else if (i > 0 && bytes[i - 1] == '\r') {
      return HttpError(400, "BAD_HEADER_FIELD");
    }
  }
  scanned = bytes.size();
  return 0;
}

}  // namespace varsam::gateway
