// The PostgreSQL types that this house exchanges, by their fixed OIDs (catalog/pg_type.dat). Values
// travel in binary form only.
#pragma once

#include <cstdint>

namespace varsam::pg {

enum class Type : uint32_t {
  kBool = 16,    // boolean
  kBytes = 17,   // bytea
  kInt64 = 20,   // bigint
  kInt32 = 23,   // integer
  kText = 25,    // text
  kDay = 1082,   // date
  kTime = 1184,  // timestamptz
  kUuid = 2950,  // uuid
};

// The OID of the array over an element type.
constexpr uint32_t ArrayOidOf(Type element) {
  switch (element) {
    case Type::kBool:
      return 1000;
    case Type::kBytes:
      return 1001;
    case Type::kInt64:
      return 1016;
    case Type::kInt32:
      return 1007;
    case Type::kText:
      return 1009;
    case Type::kDay:
      return 1182;
    case Type::kTime:
      return 1185;
    case Type::kUuid:
      return 2951;
  }
  return 0;
}

}  // namespace varsam::pg
