// The rows of one answer, read in binary form.
//
//   ASSIGN_OR_RETURN(pg::Rows rows, tx.Query(kLoadHold, params));
//   for (pg::Row row : rows) holds.push_back({HoldId(row.Uuid(0)), row.Time(1)});
//
// Columns count from zero. A column of another type than the getter's, or NULL where no optional
// was asked for, is a bug of the program (CHECK). Text and Bytes are views into the Rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/pg/types.h"

struct pg_result;

namespace varsam::pg {

// One value as it came: its type's OID and its bytes; data is null for NULL.
struct RawField {
  uint32_t oid = 0;
  const char* data = nullptr;
  size_t length = 0;
};

class Row {
 public:
  Row(const pg_result* result, int index) : result_(result), index_(index) {}
  explicit Row(std::span<const RawField> fields) : fields_(fields) {}

  bool IsNull(int column) const;
  bool Bool(int column) const;
  int32_t Int32(int column) const;
  int64_t Int64(int column) const;
  std::string_view Text(int column) const;   // text, varchar or name
  std::string_view Bytes(int column) const;  // bytea
  varsam::Uuid Uuid(int column) const;
  absl::Time Time(int column) const;  // timestamptz, infinite included
  absl::CivilDay Day(int column) const;

  std::optional<bool> OptionalBool(int column) const;
  std::optional<int32_t> OptionalInt32(int column) const;
  std::optional<int64_t> OptionalInt64(int column) const;
  std::optional<std::string_view> OptionalText(int column) const;
  std::optional<std::string_view> OptionalBytes(int column) const;
  std::optional<varsam::Uuid> OptionalUuid(int column) const;
  std::optional<absl::Time> OptionalTime(int column) const;
  std::optional<absl::CivilDay> OptionalDay(int column) const;

  // One-dimensional arrays without NULLs inside.
  std::vector<int32_t> Int32s(int column) const;
  std::vector<int64_t> Int64s(int column) const;
  std::vector<std::string> Texts(int column) const;
  std::vector<std::string> BytesList(int column) const;
  std::vector<varsam::Uuid> Uuids(int column) const;
  std::vector<absl::Time> Times(int column) const;

 private:
  RawField Field(int column) const;
  RawField Typed(int column, Type type) const;
  std::vector<std::string_view> Elements(int column, Type element) const;

  const pg_result* result_ = nullptr;
  int index_ = 0;
  std::span<const RawField> fields_;
};

class Rows {
 public:
  class Iterator {
   public:
    Iterator(const pg_result* result, int index) : result_(result), index_(index) {}
    Row operator*() const { return Row(result_, index_); }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    const pg_result* result_;
    int index_;
  };

  Rows() = default;
  explicit Rows(pg_result* owned);

  size_t size() const;
  bool empty() const { return size() == 0; }
  int columns() const;
  Row operator[](size_t i) const;  // CHECK: i < size()
  // The only row; CHECK when there is not exactly one.
  Row Only() const;
  Iterator begin() const { return {result_.get(), 0}; }
  Iterator end() const { return {result_.get(), static_cast<int>(size())}; }
  // Rows an INSERT, UPDATE or DELETE has touched.
  uint64_t affected() const;

 private:
  struct Clear {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Clear> result_;
};

}  // namespace varsam::pg
