#include "services/consent/store/packed_rows.h"

#include <malloc.h>

#include <array>
#include <cstdlib>
#include <cstring>

#include "libs/base/check.h"

namespace varsam::consent {
namespace {

// How a time or day is written: not at all, as the distance from `recorded`, or as it is.
enum class As : uint8_t { kNothing, kDistance, kPlain };

// The fields of each kind beside `recorded`; a name and an id are told by the header.
struct Fields {
  As at = As::kNothing, until = As::kNothing;
  bool bits = false, key = false;
};

constexpr Fields kFields[] = {
    {As::kDistance, As::kPlain, true, true},       // kConsent; until is the mechanism
    {As::kDistance, As::kNothing, true, false},    // kObjection
    {As::kDistance, As::kNothing, true, false},    // kGlobalStop
    {As::kDistance, As::kNothing, true, false},    // kTopic
    {As::kDistance, As::kNothing, false, true},    // kLiObjection
    {As::kDistance, As::kNothing, true, false},    // kLiDecision
    {As::kDistance, As::kDistance, false, false},  // kRestriction
    {As::kNothing, As::kNothing, true, false},     // kClassification
    {As::kNothing, As::kNothing, false, false},    // kCategory
    {As::kDistance, As::kDistance, false, false},  // kSource
    {As::kPlain, As::kPlain, true, true},          // kRelationship
    {As::kNothing, As::kNothing, false, false},    // kLimits
    {As::kPlain, As::kPlain, false, true},         // kLimit
    {As::kDistance, As::kNothing, false, false},   // kErased
};
static_assert(std::size(kFields) == static_cast<size_t>(RowKind::kErased) + 1);

// The header: kind, then what else there is.
constexpr uint8_t kKindMask = 0x0F;
constexpr uint8_t kFullId = 0x10;
constexpr uint8_t kTimedId = 0x20;  // UUID v7 of the moment of recording: its time is left out
constexpr uint8_t kName = 0x40;
constexpr uint8_t kSameTime = 0x80;  // recorded with the row before
constexpr size_t kIdTimeBytes = 6;
constexpr size_t kRowBytesMax = 64;  // header, three times of 10, bits, key 3, name 5, id 16: 56

// Differences wrap round, so that any two 64-bit values have one.
uint64_t Minus(int64_t a, int64_t b) { return static_cast<uint64_t>(a) - static_cast<uint64_t>(b); }
int64_t Plus(int64_t a, uint64_t difference) {
  return static_cast<int64_t>(static_cast<uint64_t>(a) + difference);
}

std::array<uint8_t, kIdTimeBytes> IdTime(int64_t recorded) {
  const int64_t millis = recorded / 1000;
  std::array<uint8_t, kIdTimeBytes> bytes;
  for (size_t i = 0; i < kIdTimeBytes; ++i) {
    bytes[i] = static_cast<uint8_t>(millis >> (8 * (kIdTimeBytes - 1 - i)));
  }
  return bytes;
}

// Small numbers of either sign become small ones without.
uint64_t Fold(uint64_t number) { return number << 1 ^ (number >> 63 != 0 ? ~uint64_t{0} : 0); }
uint64_t Unfold(uint64_t number) { return number >> 1 ^ (number & 1 ? ~uint64_t{0} : 0); }

class Writer {
 public:
  explicit Writer(uint8_t* to) : at_(to) {}
  const uint8_t* at() const { return at_; }
  void Byte(uint8_t byte) { *at_++ = byte; }
  void Bytes(const uint8_t* bytes, size_t size) {
    std::memcpy(at_, bytes, size);
    at_ += size;
  }
  void Number(uint64_t number) {
    for (; number >= 0x80; number >>= 7) Byte(static_cast<uint8_t>(number | 0x80));
    Byte(static_cast<uint8_t>(number));
  }
  // 0 is never.
  void Moment(As as, int64_t value, int64_t recorded) {
    if (as == As::kNothing) return;
    if (value == kNever) return Byte(0);
    Number(Fold(Minus(value, as == As::kDistance ? recorded : 0)) + 1);
  }

 private:
  uint8_t* at_;
};

uint64_t ReadNumber(const uint8_t*& at) {
  uint64_t number = 0;
  for (int shift = 0;; shift += 7) {
    const uint8_t byte = *at++;
    number |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return number;
  }
}

int64_t ReadMoment(const uint8_t*& at, As as, int64_t recorded) {
  const uint64_t number = ReadNumber(at);
  if (number == 0) return kNever;
  return Plus(as == As::kDistance ? recorded : 0, Unfold(number - 1));
}

// The bytes of a row that follows one recorded at `before`.
size_t Pack(const Row& row, int64_t before, uint8_t* to) {
  const Fields& fields = kFields[static_cast<size_t>(row.kind)];
  VARSAM_CHECK((fields.at != As::kNothing || row.at == 0) &&
               (fields.until != As::kNothing || row.until == kNever) &&
               (fields.bits || row.bits == 0) && (fields.key || row.key == 0))
      << "a row has a field that its kind has not";
  const auto time = IdTime(row.recorded);
  const bool timed = std::memcmp(time.data(), row.id.bytes.data(), time.size()) == 0;
  uint8_t header = static_cast<uint8_t>(row.kind);
  if (!row.id.IsNil()) header |= timed ? kTimedId : kFullId;
  if (row.name != 0) header |= kName;
  if (row.recorded == before) header |= kSameTime;
  Writer writer(to);
  writer.Byte(header);
  if (row.recorded != before) writer.Number(Fold(Minus(row.recorded, before)));
  writer.Moment(fields.at, row.at, row.recorded);
  writer.Moment(fields.until, row.until, row.recorded);
  if (fields.bits) writer.Byte(row.bits);
  if (fields.key) writer.Number(row.key);
  if (row.name != 0) writer.Number(row.name);
  if (header & kTimedId) {
    writer.Bytes(row.id.bytes.data() + kIdTimeBytes, row.id.bytes.size() - kIdTimeBytes);
  } else if (header & kFullId) {
    writer.Bytes(row.id.bytes.data(), row.id.bytes.size());
  }
  return static_cast<size_t>(writer.at() - to);
}

const uint8_t* Unpack(const uint8_t* at, int64_t before, Row& row) {
  const uint8_t header = *at++;
  row = Row{.kind = static_cast<RowKind>(header & kKindMask)};
  const Fields& fields = kFields[header & kKindMask];
  row.recorded = before;
  if (!(header & kSameTime)) row.recorded = Plus(before, Unfold(ReadNumber(at)));
  if (fields.at != As::kNothing) row.at = ReadMoment(at, fields.at, row.recorded);
  if (fields.until != As::kNothing) row.until = ReadMoment(at, fields.until, row.recorded);
  if (fields.bits) row.bits = *at++;
  if (fields.key) row.key = static_cast<uint16_t>(ReadNumber(at));
  if (header & kName) row.name = static_cast<uint32_t>(ReadNumber(at));
  const size_t left_out = header & kTimedId ? kIdTimeBytes : 0;
  if (header & (kTimedId | kFullId)) {
    if (left_out > 0) std::memcpy(row.id.bytes.data(), IdTime(row.recorded).data(), left_out);
    std::memcpy(row.id.bytes.data() + left_out, at, row.id.bytes.size() - left_out);
    at += row.id.bytes.size() - left_out;
  }
  return at;
}

}  // namespace

// Followed by `size` bytes of rows.
struct PackedRows::Block {
  SubjectId subject;
  uint32_t size;

  uint8_t* rows() { return reinterpret_cast<uint8_t*>(this + 1); }
};

PackedRows::PackedRows(SubjectId subject) : block_(nullptr) {
  Grow(0);
  block_->subject = subject;
}

PackedRows::~PackedRows() { std::free(block_); }

const SubjectId& PackedRows::subject() const { return block_->subject; }
size_t PackedRows::bytes() const { return malloc_usable_size(block_) + sizeof(size_t); }

// Exactly as large as needed: most people get no further row for a long time.
void PackedRows::Grow(size_t size) const {
  block_ = static_cast<Block*>(std::realloc(block_, sizeof(Block) + size));
  VARSAM_CHECK(block_ != nullptr) << "no memory for a person";
  block_->size = static_cast<uint32_t>(size);
}

void PackedRows::Append(std::span<const Row> rows) const {
  int64_t before = 0;
  Row last;
  for (Reader reader(*this); reader.Next(last);) before = last.recorded;
  for (const Row& row : rows) {
    uint8_t packed[kRowBytesMax];
    const size_t size = Pack(row, before, packed);
    const size_t old_size = block_->size;
    Grow(old_size + size);
    std::memcpy(block_->rows() + old_size, packed, size);
    before = row.recorded;
  }
}

PackedRows::Reader::Reader(const PackedRows& rows)
    : at_(rows.block_->rows()), end_(at_ + rows.block_->size) {}

bool PackedRows::Reader::Next(Row& row) {
  if (at_ == end_) return false;
  at_ = Unpack(at_, recorded_, row);
  recorded_ = row.recorded;
  return true;
}

}  // namespace varsam::consent
