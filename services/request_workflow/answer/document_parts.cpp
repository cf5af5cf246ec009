#include "services/request_workflow/answer/document_parts.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::requests {
namespace {

constexpr char kRecords[] = "documents";

absl::Status TooLarge() {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "DOCUMENT_PIECE_TOO_LARGE",
                         "a record, or a document without records, has at most 67108864 bytes");
}

}  // namespace

absl::Status DocumentParts::Feed(std::string_view bytes) {
  for (size_t at = 0; at < bytes.size();) {
    if (in_text_) {
      at = InText(bytes, at);
    } else {
      RETURN_IF_ERROR(Structure(bytes[at++]));
    }
    if (std::max(rest_.size(), record_.size()) > kDocumentPieceBytesMax) return TooLarge();
  }
  return absl::OkStatus();
}

// To the end of the text or of what is there of it.
size_t DocumentParts::InText(std::string_view bytes, size_t at) {
  size_t end = at;
  while (end < bytes.size() && in_text_) {
    const char c = bytes[end++];
    if (escaped_) {
      escaped_ = false;
    } else if (c == '\\') {
      escaped_ = true;
    } else if (c == '"') {
      in_text_ = false;
    }
  }
  const std::string_view text = bytes.substr(at, end - at);
  (place_ == Place::kInList ? record_ : rest_).append(text);
  if (key_open_ && key_.size() <= sizeof kRecords) {
    key_.append(text.substr(0, sizeof kRecords + 1));
  }
  if (!in_text_) key_open_ = false;
  return end;
}

absl::Status DocumentParts::Structure(char c) {
  if (place_ == Place::kInList) return InList(c);
  rest_ += c;
  if (c == '"') {
    in_text_ = true;
    key_open_ = place_ == Place::kKey;
    if (key_open_) key_.clear();
  } else if (c == '{' || c == '[') {
    const bool list =
        c == '[' && depth_ == 1 && place_ == Place::kValue && key_ == std::string(kRecords) + '"';
    if (depth_ == 0) place_ = c == '{' && place_ == Place::kStart ? Place::kKey : Place::kElsewhere;
    ++depth_;
    if (list) place_ = Place::kInList;
  } else if (c == '}' || c == ']') {
    --depth_;
  } else if (depth_ == 1 && place_ != Place::kElsewhere) {
    if (c == ':') place_ = Place::kValue;
    if (c == ',') place_ = Place::kKey;
  } else if (depth_ == 0 && !absl::ascii_isspace(static_cast<unsigned char>(c))) {
    place_ = Place::kElsewhere;
  }
  return absl::OkStatus();
}

// The list itself is at depth 2, its elements' insides deeper.
absl::Status DocumentParts::InList(char c) {
  if (depth_ == 2 && (c == ',' || c == ']')) {
    RETURN_IF_ERROR(EndRecord());
    if (c == ',') return absl::OkStatus();
    rest_ += c;
    --depth_;
    place_ = Place::kValue;
    return absl::OkStatus();
  }
  if (record_.empty() && absl::ascii_isspace(static_cast<unsigned char>(c))) {
    return absl::OkStatus();
  }
  record_ += c;
  if (c == '"') in_text_ = true;
  if (c == '{' || c == '[') ++depth_;
  if (c == '}' || c == ']') --depth_;
  return absl::OkStatus();
}

absl::Status DocumentParts::EndRecord() {
  absl::StripTrailingAsciiWhitespace(&record_);
  if (record_.empty()) return absl::OkStatus();
  RETURN_IF_ERROR(on_record_(records_++, record_));
  record_.clear();
  return absl::OkStatus();
}

}  // namespace varsam::requests
