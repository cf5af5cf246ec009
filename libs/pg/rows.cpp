#include "libs/pg/rows.h"

#include <libpq-fe.h>

#include <cstdlib>

#include "libs/base/check.h"
#include "libs/pg/binary.h"

namespace varsam::pg {
namespace {

constexpr uint32_t kNameOid = 19;
constexpr uint32_t kVarcharOid = 1043;

bool IsOfType(uint32_t oid, Type type) {
  if (oid == static_cast<uint32_t>(type)) return true;
  return type == Type::kText && (oid == kNameOid || oid == kVarcharOid);
}

varsam::Uuid UuidOf(std::string_view bytes) {
  std::optional<varsam::Uuid> uuid = varsam::Uuid::FromBytes(bytes);
  VARSAM_CHECK(uuid.has_value()) << "uuid of another length";
  return *uuid;
}

}  // namespace

RawField Row::Field(int column) const {
  if (result_ == nullptr) {
    VARSAM_CHECK(column >= 0 && static_cast<size_t>(column) < fields_.size())
        << "column " << column;
    return fields_[static_cast<size_t>(column)];
  }
  VARSAM_CHECK(column >= 0 && column < PQnfields(result_)) << "column " << column;
  RawField field;
  field.oid = PQftype(result_, column);
  if (PQgetisnull(result_, index_, column)) return field;
  field.data = PQgetvalue(result_, index_, column);
  field.length = static_cast<size_t>(PQgetlength(result_, index_, column));
  return field;
}

RawField Row::Typed(int column, Type type) const {
  const RawField field = Field(column);
  VARSAM_CHECK(IsOfType(field.oid, type)) << "column " << column << " has type " << field.oid
                                          << ", read as " << static_cast<uint32_t>(type);
  VARSAM_CHECK(field.data != nullptr) << "column " << column << " is NULL";
  return field;
}

bool Row::IsNull(int column) const { return Field(column).data == nullptr; }
bool Row::Bool(int column) const { return Typed(column, Type::kBool).data[0] != 0; }
int32_t Row::Int32(int column) const { return GetInt32(Typed(column, Type::kInt32).data); }
int64_t Row::Int64(int column) const { return GetInt64(Typed(column, Type::kInt64).data); }

std::string_view Row::Text(int column) const {
  const RawField field = Typed(column, Type::kText);
  return {field.data, field.length};
}

std::string_view Row::Bytes(int column) const {
  const RawField field = Typed(column, Type::kBytes);
  return {field.data, field.length};
}

varsam::Uuid Row::Uuid(int column) const {
  const RawField field = Typed(column, Type::kUuid);
  return UuidOf({field.data, field.length});
}

absl::Time Row::Time(int column) const {
  return TimeOfMicros(GetInt64(Typed(column, Type::kTime).data));
}

absl::CivilDay Row::Day(int column) const {
  return DayOfDays(GetInt32(Typed(column, Type::kDay).data));
}

std::optional<bool> Row::OptionalBool(int column) const {
  return IsNull(column) ? std::nullopt : std::optional(Bool(column));
}
std::optional<int32_t> Row::OptionalInt32(int column) const {
  return IsNull(column) ? std::nullopt : std::optional(Int32(column));
}
std::optional<int64_t> Row::OptionalInt64(int column) const {
  return IsNull(column) ? std::nullopt : std::optional(Int64(column));
}
std::optional<std::string_view> Row::OptionalText(int column) const {
  return IsNull(column) ? std::nullopt : std::optional(Text(column));
}
std::optional<std::string_view> Row::OptionalBytes(int column) const {
  return IsNull(column) ? std::nullopt : std::optional(Bytes(column));
}
std::optional<varsam::Uuid> Row::OptionalUuid(int column) const {
  return IsNull(column) ? std::nullopt : std::optional(Uuid(column));
}
std::optional<absl::Time> Row::OptionalTime(int column) const {
  return IsNull(column) ? std::nullopt : std::optional(Time(column));
}
std::optional<absl::CivilDay> Row::OptionalDay(int column) const {
  return IsNull(column) ? std::nullopt : std::optional(Day(column));
}

std::vector<std::string_view> Row::Elements(int column, Type element) const {
  const RawField field = Field(column);
  VARSAM_CHECK(field.oid == ArrayOidOf(element))
      << "column " << column << " has type " << field.oid << ", read as an array of "
      << static_cast<uint32_t>(element);
  VARSAM_CHECK(field.data != nullptr) << "column " << column << " is NULL";
  VARSAM_CHECK(field.length >= 12) << "array header";
  std::vector<std::string_view> elements;
  const int32_t dimensions = GetInt32(field.data);
  if (dimensions == 0) return elements;
  VARSAM_CHECK(dimensions == 1 && field.length >= 20) << "array of " << dimensions << " dimensions";
  const int32_t count = GetInt32(field.data + 12);
  size_t at = 20;
  for (int32_t i = 0; i < count; ++i) {
    VARSAM_CHECK(at + 4 <= field.length) << "array ends early";
    const int32_t length = GetInt32(field.data + at);
    at += 4;
    VARSAM_CHECK(length >= 0) << "NULL inside an array";
    VARSAM_CHECK(at + static_cast<size_t>(length) <= field.length) << "array ends early";
    elements.emplace_back(field.data + at, static_cast<size_t>(length));
    at += static_cast<size_t>(length);
  }
  return elements;
}

std::vector<int32_t> Row::Int32s(int column) const {
  std::vector<int32_t> values;
  for (std::string_view e : Elements(column, Type::kInt32)) values.push_back(GetInt32(e.data()));
  return values;
}

std::vector<int64_t> Row::Int64s(int column) const {
  std::vector<int64_t> values;
  for (std::string_view e : Elements(column, Type::kInt64)) values.push_back(GetInt64(e.data()));
  return values;
}

std::vector<std::string> Row::Texts(int column) const {
  std::vector<std::string> values;
  for (std::string_view e : Elements(column, Type::kText)) values.emplace_back(e);
  return values;
}

std::vector<std::string> Row::BytesList(int column) const {
  std::vector<std::string> values;
  for (std::string_view e : Elements(column, Type::kBytes)) values.emplace_back(e);
  return values;
}

std::vector<varsam::Uuid> Row::Uuids(int column) const {
  std::vector<varsam::Uuid> values;
  for (std::string_view e : Elements(column, Type::kUuid)) values.push_back(UuidOf(e));
  return values;
}

std::vector<absl::Time> Row::Times(int column) const {
  std::vector<absl::Time> values;
  for (std::string_view e : Elements(column, Type::kTime)) {
    values.push_back(TimeOfMicros(GetInt64(e.data())));
  }
  return values;
}

Rows::Rows(pg_result* owned) : result_(owned) {}

void Rows::Clear::operator()(pg_result* result) const { PQclear(result); }

size_t Rows::size() const { return result_ ? static_cast<size_t>(PQntuples(result_.get())) : 0; }

Row Rows::operator[](size_t i) const {
  VARSAM_CHECK(i < size()) << "row " << i << " of " << size();
  return Row(result_.get(), static_cast<int>(i));
}

Row Rows::Only() const {
  VARSAM_CHECK(size() == 1) << size() << " rows, want exactly one";
  return Row(result_.get(), 0);
}

int Rows::columns() const { return result_ ? PQnfields(result_.get()) : 0; }

uint64_t Rows::affected() const {
  return result_ ? std::strtoull(PQcmdTuples(result_.get()), nullptr, 10) : 0;
}

}  // namespace varsam::pg
