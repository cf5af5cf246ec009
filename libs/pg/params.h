// The parameters of one statement, in PostgreSQL's binary form with explicit types; also one row of
// a binary COPY.
//
//   Params().Uuid(subject.value()).Text(purpose).Time(now)
//   Params().Uuids(asks, [](const RecordConsent* ask) { return ask->subject.value(); })
//           .Texts(asks, [](const RecordConsent* ask) { return ask->purpose.value(); })
//
// The first $1, the second $2, and so on. Values are copied. A Params may be cleared and filled
// again without a new allocation. Text must be clean UTF-8 (base/strings.h); Bytes may be anything.
// absl::InfiniteFuture() and InfinitePast() are 'infinity' and '-infinity'.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/pg/types.h"

namespace varsam::pg {

class Params {
 public:
  Params() = default;

  Params& Null(Type type);
  Params& Bool(bool value);
  Params& Int32(int32_t value);
  Params& Int64(int64_t value);
  Params& Text(std::string_view value);
  Params& Bytes(std::string_view value);
  Params& Uuid(const varsam::Uuid& value);
  Params& Time(absl::Time value);
  Params& Day(absl::CivilDay value);

  Params& BoolOrNull(std::optional<bool> value);
  Params& Int32OrNull(std::optional<int32_t> value);
  Params& Int64OrNull(std::optional<int64_t> value);
  Params& TextOrNull(std::optional<std::string_view> value);
  Params& BytesOrNull(std::optional<std::string_view> value);
  Params& UuidOrNull(const std::optional<varsam::Uuid>& value);
  Params& TimeOrNull(std::optional<absl::Time> value);
  Params& DayOrNull(std::optional<absl::CivilDay> value);

  // Arrays (for unnest and = ANY). `values` is any range; `get` takes an element and returns the
  // value, or a std::optional of it (nullopt is NULL inside the array).
  template <typename Range, typename Get = std::identity>
  Params& Bools(const Range& values, Get get = {}) {
    return Array(Type::kBool, values, get);
  }
  template <typename Range, typename Get = std::identity>
  Params& Int32s(const Range& values, Get get = {}) {
    return Array(Type::kInt32, values, get);
  }
  template <typename Range, typename Get = std::identity>
  Params& Int64s(const Range& values, Get get = {}) {
    return Array(Type::kInt64, values, get);
  }
  template <typename Range, typename Get = std::identity>
  Params& Texts(const Range& values, Get get = {}) {
    return Array(Type::kText, values, get);
  }
  template <typename Range, typename Get = std::identity>
  Params& BytesList(const Range& values, Get get = {}) {
    return Array(Type::kBytes, values, get);
  }
  template <typename Range, typename Get = std::identity>
  Params& Uuids(const Range& values, Get get = {}) {
    return Array(Type::kUuid, values, get);
  }
  template <typename Range, typename Get = std::identity>
  Params& Times(const Range& values, Get get = {}) {
    return Array(Type::kTime, values, get);
  }
  template <typename Range, typename Get = std::identity>
  Params& Days(const Range& values, Get get = {}) {
    return Array(Type::kDay, values, get);
  }

  void Clear();
  size_t size() const { return fields_.size(); }
  size_t byte_count() const { return buffer_.size(); }

  // For Connection and CopyIn: the pieces as libpq wants them.
  uint32_t oid(size_t i) const { return fields_[i].oid; }
  bool is_null(size_t i) const { return fields_[i].length < 0; }
  std::string_view bytes(size_t i) const;

 private:
  struct Field {
    uint32_t oid;
    size_t offset;
    int32_t length;  // -1: NULL
  };

  template <typename T>
  struct IsOptional : std::false_type {};
  template <typename T>
  struct IsOptional<std::optional<T>> : std::true_type {};

  template <typename Range, typename Get>
  Params& Array(Type type, const Range& values, Get& get) {
    const size_t start = BeginArray(type);
    int32_t count = 0;
    bool has_null = false;
    for (auto&& element : values) {
      decltype(auto) value = std::invoke(get, element);
      if constexpr (IsOptional<std::remove_cvref_t<decltype(value)>>::value) {
        if (value.has_value()) {
          AppendElement(type, *value);
        } else {
          AppendNullElement();
          has_null = true;
        }
      } else {
        AppendElement(type, value);
      }
      ++count;
    }
    return EndArray(type, start, count, has_null);
  }

  template <typename T>
  void AppendElement(Type type, const T& value) {
    const size_t at = BeginElement();
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::vector<bool>::reference>) {
      CheckElement(type, Type::kBool);
      AppendBool(static_cast<bool>(value));
    } else if constexpr (std::is_integral_v<T>) {
      type == Type::kInt32 ? AppendInt32(CheckInt32(type, value)) : AppendInt64Element(type, value);
    } else if constexpr (std::is_same_v<T, varsam::Uuid>) {
      CheckElement(type, Type::kUuid);
      AppendBytes(value.AsBytes());
    } else if constexpr (std::is_same_v<T, absl::Time>) {
      CheckElement(type, Type::kTime);
      AppendTime(value);
    } else if constexpr (std::is_same_v<T, absl::CivilDay>) {
      CheckElement(type, Type::kDay);
      AppendDay(value);
    } else {
      CheckTextual(type);
      AppendBytes(std::string_view(value));
    }
    EndElement(at);
  }

  static void CheckElement(Type type, Type given);
  static void CheckTextual(Type type);
  static int32_t CheckInt32(Type type, int64_t value);
  void AppendInt64Element(Type type, int64_t value);

  Params& Scalar(Type type, size_t start);
  size_t BeginArray(Type type);
  Params& EndArray(Type type, size_t start, int32_t count, bool has_null);
  size_t BeginElement();
  void EndElement(size_t at);
  void AppendNullElement();
  void AppendBool(bool value);
  void AppendInt32(int32_t value);
  void AppendInt64(int64_t value);
  void AppendTime(absl::Time value);
  void AppendDay(absl::CivilDay value);
  void AppendBytes(std::string_view value);

  std::string buffer_;
  std::vector<Field> fields_;
};

}  // namespace varsam::pg
