#include "services/request_workflow/answer/zip_stream.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "libs/base/check.h"
#include "libs/base/status_macros.h"

namespace varsam::requests {
namespace {

constexpr uint16_t kVersion = 45;    // the first that knows 64 bits
constexpr uint16_t kFlags = 0x0808;  // sizes follow the data; names are UTF-8
constexpr uint16_t kDeflated = 8;
constexpr uint32_t kDay = (46 << 9 | 1 << 5 | 1) << 16;  // no file tells when: 2026-01-01
constexpr uint32_t kIn64 = 0xffffffff;

template <typename Number>
void Add(std::string& out, Number value) {
  for (size_t i = 0; i < sizeof value; ++i) {
    out += static_cast<char>(static_cast<uint64_t>(value) >> (8 * i) & 0xff);
  }
}

// What the head of a file and its entry in the directory have in common.
void AddMethod(std::string& to) {
  Add<uint16_t>(to, kVersion);
  Add<uint16_t>(to, kFlags);
  Add<uint16_t>(to, kDeflated);
  Add<uint32_t>(to, kDay);
}

}  // namespace

struct ZipStream::Deflate {
  z_stream stream{};
  std::array<unsigned char, 64 * 1024> out;
};

ZipStream::ZipStream(Sink sink) : sink_(std::move(sink)) {}

ZipStream::~ZipStream() {
  if (deflate_ != nullptr) deflateEnd(&deflate_->stream);
}

absl::Status ZipStream::Put(std::string_view bytes) {
  written_ += bytes.size();
  return sink_(bytes);
}

absl::Status ZipStream::Begin(const std::string& name) {
  VARSAM_CHECK(deflate_ == nullptr) << "the file before has not ended";
  files_.push_back({name, written_, 0, 0, 0});
  deflate_ = std::make_unique<Deflate>();
  // Negative: raw, without zlib's own frame.
  const int made =
      deflateInit2(&deflate_->stream, Z_BEST_SPEED, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  VARSAM_CHECK(made == Z_OK) << "deflate cannot begin: " << made;
  std::string head;
  Add<uint32_t>(head, 0x04034b50);
  AddMethod(head);
  Add<uint32_t>(head, 0);  // CRC and sizes: behind the data
  Add<uint32_t>(head, kIn64);
  Add<uint32_t>(head, kIn64);
  Add<uint16_t>(head, static_cast<uint16_t>(name.size()));
  Add<uint16_t>(head, 20);
  head += name;
  Add<uint16_t>(head, 1);  // ZIP64: the sizes behind the data have 64 bits
  Add<uint16_t>(head, 16);
  Add<uint64_t>(head, 0);
  Add<uint64_t>(head, 0);
  return Put(head);
}

absl::Status ZipStream::Pack(std::string_view bytes, bool last) {
  z_stream& stream = deflate_->stream;
  // zlib takes what it is given for its own to change, and does not change it.
  stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<unsigned>(bytes.size());
  do {
    stream.next_out = deflate_->out.data();
    stream.avail_out = static_cast<unsigned>(deflate_->out.size());
    VARSAM_CHECK(deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH) != Z_STREAM_ERROR);
    const size_t made = deflate_->out.size() - stream.avail_out;
    files_.back().packed += made;
    if (made > 0) {
      RETURN_IF_ERROR(Put({reinterpret_cast<const char*>(deflate_->out.data()), made}));
    }
  } while (stream.avail_out == 0);
  return absl::OkStatus();
}

absl::Status ZipStream::Write(std::string_view bytes) {
  constexpr size_t kAtOnce = size_t{1} << 30;  // zlib counts in 32 bits
  File& file = files_.back();
  for (size_t at = 0; at < bytes.size(); at += kAtOnce) {
    const std::string_view some = bytes.substr(at, kAtOnce);
    file.size += some.size();
    file.crc = static_cast<uint32_t>(
        crc32_z(file.crc, reinterpret_cast<const unsigned char*>(some.data()), some.size()));
    RETURN_IF_ERROR(Pack(some, false));
  }
  return absl::OkStatus();
}

absl::Status ZipStream::End() {
  RETURN_IF_ERROR(Pack("", true));
  deflateEnd(&deflate_->stream);
  deflate_.reset();
  const File& file = files_.back();
  std::string tail;
  Add<uint32_t>(tail, 0x08074b50);
  Add<uint32_t>(tail, file.crc);
  Add<uint64_t>(tail, file.packed);
  Add<uint64_t>(tail, file.size);
  return Put(tail);
}

absl::Status ZipStream::Finish() {
  const uint64_t from = written_;
  for (const File& file : files_) {
    std::string entry;
    Add<uint32_t>(entry, 0x02014b50);
    Add<uint16_t>(entry, kVersion);  // made by; needed
    AddMethod(entry);
    Add<uint32_t>(entry, file.crc);
    Add<uint32_t>(entry, kIn64);
    Add<uint32_t>(entry, kIn64);
    Add<uint16_t>(entry, static_cast<uint16_t>(file.name.size()));
    Add<uint16_t>(entry, 28);
    Add<uint16_t>(entry, 0);
    Add<uint16_t>(entry, 0);
    Add<uint16_t>(entry, 0);
    Add<uint32_t>(entry, 0);
    Add<uint32_t>(entry, kIn64);
    entry += file.name;
    Add<uint16_t>(entry, 1);
    Add<uint16_t>(entry, 24);
    Add<uint64_t>(entry, file.size);
    Add<uint64_t>(entry, file.packed);
    Add<uint64_t>(entry, file.offset);
    RETURN_IF_ERROR(Put(entry));
  }
  const uint64_t end = written_;
  std::string tail;
  Add<uint32_t>(tail, 0x06064b50);
  Add<uint64_t>(tail, 44);
  Add<uint16_t>(tail, kVersion);
  Add<uint16_t>(tail, kVersion);
  Add<uint32_t>(tail, 0);
  Add<uint32_t>(tail, 0);
  Add<uint64_t>(tail, files_.size());
  Add<uint64_t>(tail, files_.size());
  Add<uint64_t>(tail, end - from);
  Add<uint64_t>(tail, from);
  Add<uint32_t>(tail, 0x07064b50);
  Add<uint32_t>(tail, 0);
  Add<uint64_t>(tail, end);
  Add<uint32_t>(tail, 1);
  Add<uint32_t>(tail, 0x06054b50);
  Add<uint16_t>(tail, 0);
  Add<uint16_t>(tail, 0);
  Add<uint16_t>(tail, static_cast<uint16_t>(std::min<size_t>(files_.size(), 0xffff)));
  Add<uint16_t>(tail, static_cast<uint16_t>(std::min<size_t>(files_.size(), 0xffff)));
  Add<uint32_t>(tail, kIn64);
  Add<uint32_t>(tail, kIn64);
  Add<uint16_t>(tail, 0);
  return Put(tail);
}

}  // namespace varsam::requests
