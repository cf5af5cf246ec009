// Whatever is packed comes out again, in its order; what a kind does not have is refused.
#include "services/consent/store/packed_rows.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>
#include <vector>

namespace varsam::consent {
namespace {

bool Same(const Row& a, const Row& b) {
  return a.kind == b.kind && a.at == b.at && a.until == b.until && a.recorded == b.recorded &&
         a.id == b.id && a.bits == b.bits && a.key == b.key && a.name == b.name;
}

std::vector<Row> Unpacked(const PackedRows& packed) {
  std::vector<Row> rows;
  Row row;
  for (PackedRows::Reader reader(packed); reader.Next(row);) rows.push_back(row);
  return rows;
}

int64_t AnyTime() {
  return *rc::gen::oneOf(rc::gen::arbitrary<int64_t>(), rc::gen::inRange<int64_t>(0, 3),
                         rc::gen::inRange<int64_t>(1'700'000'000'000'000, 1'800'000'000'000'000));
}

Row AnyRow(int64_t before) {
  Row row;
  row.kind = static_cast<RowKind>(*rc::gen::inRange(0, static_cast<int>(RowKind::kErased) + 1));
  row.recorded = *rc::gen::element(before, before + 1, AnyTime());
  const int id = *rc::gen::inRange(0, 3);
  if (id == 1) row.id = NewUuidV4();
  if (id == 2) row.id = NewUuidV7(absl::FromUnixMicros(row.recorded));
  row.name = *rc::gen::element(0u, 1u, 127u, 128u, 0xFFFFFFFFu);
  using K = RowKind;
  const auto is = [&](std::initializer_list<K> kinds) {
    return std::find(kinds.begin(), kinds.end(), row.kind) != kinds.end();
  };
  if (!is({K::kClassification, K::kCategory, K::kLimits})) {
    row.at = *rc::gen::element(row.recorded, AnyTime(), kNever);
  }
  if (is({K::kConsent, K::kRestriction, K::kSource, K::kRelationship, K::kLimit})) {
    row.until = *rc::gen::element(kNever, AnyTime());
  }
  if (!is({K::kLiObjection, K::kRestriction, K::kCategory, K::kSource, K::kLimits, K::kLimit,
           K::kErased})) {
    row.bits = *rc::gen::arbitrary<uint8_t>();
  }
  if (is({K::kConsent, K::kLiObjection, K::kRelationship, K::kLimit})) {
    row.key = *rc::gen::element<uint16_t>(0, 1, 127, 128, 0xFFFF);
  }
  return row;
}

}  // namespace

TEST_CASE("rows of every kind come out as they went in, one by one or together") {
  rc::check("round trip", [] {
    const SubjectId subject(NewUuidV4());
    const PackedRows one_by_one(subject), together(subject);
    std::vector<Row> rows;
    const int count = *rc::gen::inRange(0, 12);
    for (int i = 0; i < count; ++i) {
      rows.push_back(AnyRow(rows.empty() ? 0 : rows.back().recorded));
      one_by_one.Append({&rows.back(), 1});
    }
    together.Append(rows);
    for (const PackedRows* packed : {&one_by_one, &together}) {
      const std::vector<Row> read = Unpacked(*packed);
      RC_ASSERT(read.size() == rows.size());
      RC_ASSERT(std::equal(rows.begin(), rows.end(), read.begin(), Same));
      RC_ASSERT(packed->subject() == subject);
    }
  });
}

TEST_CASE("a choice takes little more than its id") {
  const PackedRows packed{SubjectId(NewUuidV4())};
  const size_t empty = packed.bytes();
  std::vector<Row> rows;
  const int64_t day = 86'400'000'000;
  for (int i = 0; i < 100; ++i) {
    Row row{.at = 1'790'000'000'000'000 + i * day, .until = 1};
    row.recorded = row.at;
    row.id = NewUuidV7(absl::FromUnixMicros(row.recorded));
    row.key = 3;
    row.bits = 1;
    rows.push_back(row);
  }
  packed.Append(rows);
  CHECK((packed.bytes() - empty) / rows.size() <= 23);
}

}  // namespace varsam::consent
