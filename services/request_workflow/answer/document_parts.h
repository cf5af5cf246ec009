// An exported document, taken apart while it comes in: the records of varsam-export/1 (the elements
// of its member "documents") one by one, then what stands around them. A mailbox of gigabytes is so
// never in memory; at most one record of it is. Pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace varsam::requests {

// Of one record, and of a document without records.
inline constexpr size_t kDocumentPieceBytesMax = size_t{64} << 20;

// `index` counts from 0: the record's place among its fellows.
using OnRecord = std::function<absl::Status(size_t index, std::string_view record)>;

class DocumentParts {
 public:
  // `on_record` outlives the object.
  explicit DocumentParts(const OnRecord& on_record) : on_record_(on_record) {}

  // INVALID_ARGUMENT DOCUMENT_PIECE_TOO_LARGE, or what `on_record` said.
  absl::Status Feed(std::string_view bytes);
  // The document with its records taken out; whole, when it has none. Not judged: it may be no
  // JSON.
  std::string TakeRest() { return std::move(rest_); }

 private:
  enum class Place { kStart, kKey, kValue, kInList, kElsewhere };

  size_t InText(std::string_view bytes, size_t at);
  absl::Status Structure(char c);
  absl::Status InList(char c);
  absl::Status EndRecord();

  const OnRecord& on_record_;
  std::string rest_, record_, key_;
  Place place_ = Place::kStart;
  int depth_ = 0;
  bool in_text_ = false;
  bool escaped_ = false;
  bool key_open_ = false;  // the text being read is a key of the document
  size_t records_ = 0;
};

}  // namespace varsam::requests
