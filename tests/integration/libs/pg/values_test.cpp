// Every type there and back, alone, NULL and in arrays.
#include <catch2/catch.hpp>

#include <limits>

#include "libs/pg/connection.h"
#include "tests/support/test_database.h"

namespace varsam::pg {
namespace {

constexpr Statement kScalars{"scalars", "SELECT $1, $2, $3, $4, $5, $6, $7, $8"};

const Uuid kUuid = *Uuid::Parse("0192f0a1-7c1e-7abc-8def-0123456789ab");
const std::string kRawBytes("\0\xff\n\\'\"", 6);
const std::string kText = "å\n'quoted'\\ \"x\" \t$1; --";

TEST_CASE("scalars come back as they were sent") {
  TestDatabase database;
  auto connection = database.Open();
  const absl::Time time = absl::FromUnixMicros(1790000000123456);
  auto rows = connection->Query(kScalars, Params()
                                              .Bool(true)
                                              .Int32(std::numeric_limits<int32_t>::min())
                                              .Int64(std::numeric_limits<int64_t>::max())
                                              .Text(kText)
                                              .Bytes(kRawBytes)
                                              .Uuid(kUuid)
                                              .Time(time)
                                              .Day(absl::CivilDay(2024, 2, 29)));
  REQUIRE(rows.ok());
  Row row = rows->Only();
  CHECK(row.Bool(0));
  CHECK(row.Int32(1) == std::numeric_limits<int32_t>::min());
  CHECK(row.Int64(2) == std::numeric_limits<int64_t>::max());
  CHECK(row.Text(3) == kText);
  CHECK(row.Bytes(4) == kRawBytes);
  CHECK(row.Uuid(5) == kUuid);
  CHECK(row.Time(6) == time);
  CHECK(row.Day(7) == absl::CivilDay(2024, 2, 29));
}

TEST_CASE("NULL of every type comes back as nothing") {
  TestDatabase database;
  auto connection = database.Open();
  auto rows = connection->Query(kScalars, Params()
                                              .Null(Type::kBool)
                                              .Int32OrNull(std::nullopt)
                                              .Int64OrNull(std::nullopt)
                                              .TextOrNull(std::nullopt)
                                              .BytesOrNull(std::nullopt)
                                              .UuidOrNull(std::nullopt)
                                              .TimeOrNull(std::nullopt)
                                              .DayOrNull(std::nullopt));
  REQUIRE(rows.ok());
  Row row = rows->Only();
  CHECK_FALSE(row.OptionalBool(0));
  CHECK_FALSE(row.OptionalInt32(1));
  CHECK_FALSE(row.OptionalInt64(2));
  CHECK_FALSE(row.OptionalText(3));
  CHECK_FALSE(row.OptionalBytes(4));
  CHECK_FALSE(row.OptionalUuid(5));
  CHECK_FALSE(row.OptionalTime(6));
  CHECK_FALSE(row.OptionalDay(7));
}

TEST_CASE("times agree with the server's own reading, infinite ones too") {
  TestDatabase database;
  auto connection = database.Open();
  constexpr Statement kCompare{
      "compare_times",
      "SELECT $1 = 'infinity', $2 = '-infinity', $3 = '1969-12-31 23:59:59.999999+00', "
      "$4 = '1999-12-31'::date, $1, $2, $3"};
  auto rows = connection->Query(kCompare, Params()
                                              .Time(absl::InfiniteFuture())
                                              .Time(absl::InfinitePast())
                                              .Time(absl::FromUnixMicros(-1))
                                              .Day(absl::CivilDay(1999, 12, 31)));
  REQUIRE(rows.ok());
  Row row = rows->Only();
  for (int i = 0; i < 4; ++i) CHECK(row.Bool(i));
  CHECK(row.Time(4) == absl::InfiniteFuture());
  CHECK(row.Time(5) == absl::InfinitePast());
  CHECK(row.Time(6) == absl::FromUnixMicros(-1));
}

TEST_CASE("an empty text and empty bytes are not NULL") {
  TestDatabase database;
  auto connection = database.Open();
  constexpr Statement kEmpty{"empty", "SELECT $1, $2"};
  auto rows = connection->Query(kEmpty, Params().Text("").Bytes(""));
  REQUIRE(rows.ok());
  CHECK(rows->Only().OptionalText(0) == std::optional<std::string_view>(""));
  CHECK(rows->Only().OptionalBytes(1) == std::optional<std::string_view>(""));
}

TEST_CASE("arrays come back as they were sent, and the empty one is empty") {
  TestDatabase database;
  auto connection = database.Open();
  constexpr Statement kArrays{"arrays", "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9"};
  const std::vector<int64_t> numbers = {-1, 0, std::numeric_limits<int64_t>::max()};
  const std::vector<std::string> texts = {kText, "", "NULL", "{a,b}"};
  const std::vector<Uuid> uuids = {kUuid, Uuid{}};
  const std::vector<absl::Time> times = {absl::UnixEpoch(), absl::InfiniteFuture()};
  auto rows = connection->Query(kArrays,
                                Params()
                                    .Int64s(numbers)
                                    .Int32s(std::vector<int32_t>{7, -7})
                                    .Texts(texts)
                                    .BytesList(std::vector<std::string>{kRawBytes})
                                    .Uuids(uuids)
                                    .Times(times)
                                    .Texts(std::vector<std::string>{})
                                    .Bools(std::vector<bool>{true, false})
                                    .Days(std::vector<absl::CivilDay>{absl::CivilDay(2000, 1, 1)}));
  REQUIRE(rows.ok());
  Row row = rows->Only();
  CHECK(row.Int64s(0) == numbers);
  CHECK(row.Int32s(1) == std::vector<int32_t>{7, -7});
  CHECK(row.Texts(2) == texts);
  CHECK(row.BytesList(3) == std::vector<std::string>{kRawBytes});
  CHECK(row.Uuids(4) == uuids);
  CHECK(row.Times(5) == times);
  CHECK(row.Texts(6).empty());
}

TEST_CASE("unnest turns arrays with gaps into rows with NULLs") {
  TestDatabase database;
  auto connection = database.Open();
  struct Item {
    std::string name;
    std::optional<int64_t> size;
  };
  const std::vector<Item> items = {{"a", 1}, {"b", std::nullopt}, {"c", 3}};
  constexpr Statement kUnnest{
      "unnest_gaps", "SELECT n, s FROM unnest($1, $2) WITH ORDINALITY AS t(n, s, o) ORDER BY o"};
  auto rows = connection->Query(
      kUnnest,
      Params().Texts(items, &Item::name).Int64s(items, [](const Item& i) { return i.size; }));
  REQUIRE(rows.ok());
  REQUIRE(rows->size() == 3);
  for (size_t i = 0; i < 3; ++i) {
    CHECK((*rows)[i].Text(0) == items[i].name);
    CHECK((*rows)[i].OptionalInt64(1) == items[i].size);
  }
}

TEST_CASE("COPY stores and reads rows in binary form") {
  TestDatabase database;
  auto connection = database.Open();
  REQUIRE(connection->Execute("CREATE TABLE bulk (id bigint, name text, raw bytea)").ok());
  auto copy = connection->StartCopyIn("COPY bulk (id, name, raw) FROM STDIN (FORMAT binary)");
  REQUIRE(copy.ok());
  Params row;
  const int64_t rows_stored = 20000;
  for (int64_t i = 0; i < rows_stored; ++i) {
    row.Clear();
    row.Int64(i).TextOrNull(i % 3 == 0 ? std::nullopt : std::optional<std::string_view>(kText));
    REQUIRE((*copy)->Add(row.Bytes(kRawBytes)).ok());
  }
  auto stored = (*copy)->Finish();
  REQUIRE(stored.ok());
  CHECK(*stored == rows_stored);

  const Type types[] = {Type::kInt64, Type::kText, Type::kBytes};
  int64_t next = 0;
  bool equal = true;
  REQUIRE(
      connection
          ->CopyOut("COPY (SELECT id, name, raw FROM bulk ORDER BY id) TO STDOUT (FORMAT binary)",
                    types,
                    [&](const Row& read) {
                      equal = equal && read.Int64(0) == next && read.Bytes(2) == kRawBytes &&
                              read.IsNull(1) == (next % 3 == 0);
                      ++next;
                      return absl::OkStatus();
                    })
          .ok());
  CHECK(equal);
  CHECK(next == rows_stored);
}

TEST_CASE("a COPY given up or refused stores nothing and leaves the connection usable") {
  TestDatabase database;
  auto connection = database.Open();
  REQUIRE(connection->Execute("CREATE TABLE bulk (id bigint PRIMARY KEY)").ok());
  constexpr Statement kCount{"count_bulk", "SELECT count(*) FROM bulk"};
  const std::string sql = "COPY bulk (id) FROM STDIN (FORMAT binary)";
  {
    auto copy = connection->StartCopyIn(sql);
    REQUIRE(copy.ok());
    REQUIRE((*copy)->Add(Params().Int64(1)).ok());
  }
  CHECK(connection->Query(kCount, {})->Only().Int64(0) == 0);
  auto copy = connection->StartCopyIn(sql);
  REQUIRE(copy.ok());
  REQUIRE((*copy)->Add(Params().Int64(1)).ok());
  REQUIRE((*copy)->Add(Params().Int64(1)).ok());
  CHECK((*copy)->Finish().status().code() == absl::StatusCode::kAlreadyExists);
  copy->reset();
  CHECK(connection->Query(kCount, {})->Only().Int64(0) == 0);
  CHECK(connection->StartCopyIn("COPY missing (id) FROM STDIN (FORMAT binary)").status().code() ==
        absl::StatusCode::kInternal);
  CHECK(connection->Query(kCount, {}).ok());
}

}  // namespace
}  // namespace varsam::pg
