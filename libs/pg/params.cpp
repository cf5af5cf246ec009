#include "libs/pg/params.h"

#include <limits>

#include "libs/base/check.h"
#include "libs/pg/binary.h"

namespace varsam::pg {

Params& Params::Null(Type type) {
  fields_.push_back({static_cast<uint32_t>(type), buffer_.size(), -1});
  return *this;
}

Params& Params::Scalar(Type type, size_t start) {
  const size_t length = buffer_.size() - start;
  VARSAM_CHECK(length <= std::numeric_limits<int32_t>::max()) << "parameter over 2 GiB";
  fields_.push_back({static_cast<uint32_t>(type), start, static_cast<int32_t>(length)});
  return *this;
}

Params& Params::Bool(bool value) {
  const size_t start = buffer_.size();
  AppendBool(value);
  return Scalar(Type::kBool, start);
}

Params& Params::Int32(int32_t value) {
  const size_t start = buffer_.size();
  AppendInt32(value);
  return Scalar(Type::kInt32, start);
}

Params& Params::Int64(int64_t value) {
  const size_t start = buffer_.size();
  AppendInt64(value);
  return Scalar(Type::kInt64, start);
}

Params& Params::Text(std::string_view value) {
  const size_t start = buffer_.size();
  AppendBytes(value);
  return Scalar(Type::kText, start);
}

Params& Params::Bytes(std::string_view value) {
  const size_t start = buffer_.size();
  AppendBytes(value);
  return Scalar(Type::kBytes, start);
}

Params& Params::Uuid(const varsam::Uuid& value) {
  const size_t start = buffer_.size();
  AppendBytes(value.AsBytes());
  return Scalar(Type::kUuid, start);
}

Params& Params::Time(absl::Time value) {
  const size_t start = buffer_.size();
  AppendTime(value);
  return Scalar(Type::kTime, start);
}

Params& Params::Day(absl::CivilDay value) {
  const size_t start = buffer_.size();
  AppendDay(value);
  return Scalar(Type::kDay, start);
}

Params& Params::BoolOrNull(std::optional<bool> value) {
  return value ? Bool(*value) : Null(Type::kBool);
}
Params& Params::Int32OrNull(std::optional<int32_t> value) {
  return value ? Int32(*value) : Null(Type::kInt32);
}
Params& Params::Int64OrNull(std::optional<int64_t> value) {
  return value ? Int64(*value) : Null(Type::kInt64);
}
Params& Params::TextOrNull(std::optional<std::string_view> value) {
  return value ? Text(*value) : Null(Type::kText);
}
Params& Params::BytesOrNull(std::optional<std::string_view> value) {
  return value ? Bytes(*value) : Null(Type::kBytes);
}
Params& Params::UuidOrNull(const std::optional<varsam::Uuid>& value) {
  return value ? Uuid(*value) : Null(Type::kUuid);
}
Params& Params::TimeOrNull(std::optional<absl::Time> value) {
  return value ? Time(*value) : Null(Type::kTime);
}
Params& Params::DayOrNull(std::optional<absl::CivilDay> value) {
  return value ? Day(*value) : Null(Type::kDay);
}

void Params::Clear() {
  buffer_.clear();
  fields_.clear();
}

std::string_view Params::bytes(size_t i) const {
  const Field& field = fields_[i];
  if (field.length < 0) return {};
  return std::string_view(buffer_).substr(field.offset, static_cast<size_t>(field.length));
}

void Params::CheckElement(Type type, Type given) {
  VARSAM_CHECK(type == given) << "array element of another type than the array";
}

void Params::CheckTextual(Type type) {
  VARSAM_CHECK(type == Type::kText || type == Type::kBytes) << "text in an array of another type";
}

int32_t Params::CheckInt32(Type type, int64_t value) {
  VARSAM_CHECK(type == Type::kInt32 && value >= std::numeric_limits<int32_t>::min() &&
               value <= std::numeric_limits<int32_t>::max())
      << "value outside int32";
  return static_cast<int32_t>(value);
}

void Params::AppendInt64Element(Type type, int64_t value) {
  CheckElement(type, Type::kInt64);
  AppendInt64(value);
}

// Array layout: dimensions, has-null flag, element type, length, lower bound, then each element
// with its length in front (backend/utils/adt/arrayfuncs.c, array_recv). An empty array has no
// dimension.
size_t Params::BeginArray(Type type) {
  const size_t start = buffer_.size();
  AppendInt32(1);
  AppendInt32(0);
  AppendInt32(static_cast<int32_t>(type));
  AppendInt32(0);
  AppendInt32(1);
  return start;
}

Params& Params::EndArray(Type type, size_t start, int32_t count, bool has_null) {
  if (count == 0) {
    buffer_.resize(start + 12);
    PutInt32(&buffer_[start], 0);
  } else {
    PutInt32(&buffer_[start + 4], has_null ? 1 : 0);
    PutInt32(&buffer_[start + 12], count);
  }
  const size_t length = buffer_.size() - start;
  VARSAM_CHECK(length <= std::numeric_limits<int32_t>::max()) << "parameter over 2 GiB";
  fields_.push_back({ArrayOidOf(type), start, static_cast<int32_t>(length)});
  return *this;
}

size_t Params::BeginElement() {
  const size_t at = buffer_.size();
  AppendInt32(0);
  return at;
}

void Params::EndElement(size_t at) {
  PutInt32(&buffer_[at], static_cast<int32_t>(buffer_.size() - at - 4));
}

void Params::AppendNullElement() { AppendInt32(-1); }
void Params::AppendBool(bool value) { buffer_.push_back(value ? 1 : 0); }
void Params::AppendBytes(std::string_view value) { buffer_.append(value); }
void Params::AppendTime(absl::Time value) { AppendInt64(MicrosOfTime(value)); }
void Params::AppendDay(absl::CivilDay value) { AppendInt32(DaysOfDay(value)); }

void Params::AppendInt32(int32_t value) {
  char bytes[4];
  PutInt32(bytes, value);
  buffer_.append(bytes, sizeof(bytes));
}

void Params::AppendInt64(int64_t value) {
  char bytes[8];
  PutInt64(bytes, value);
  buffer_.append(bytes, sizeof(bytes));
}

}  // namespace varsam::pg
