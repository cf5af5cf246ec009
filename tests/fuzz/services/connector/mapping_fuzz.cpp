// A mapping file: refused with its faults named, or whole.
#include <cstdint>
#include <string_view>

#include "libs/base/check.h"
#include "services/connector/adapters/sql/mapping.h"

namespace varsam::connector::sql {
namespace {

void Try(std::string_view text) {
  const auto mapping = ParseMapping(text, "fuzz.yaml");
  if (!mapping.ok()) {
    VARSAM_CHECK(!mapping.status().message().empty()) << "refused without a word";
    return;
  }
  VARSAM_CHECK(!mapping->system.empty() && !mapping->subjects.key.empty()) << "half a mapping";
  for (const Category& category : mapping->categories) {
    for (const Place& place : category.places) {
      VARSAM_CHECK(!mapping->TableOf(place.via).name.empty()) << "a place without a table";
    }
  }
}

}  // namespace
}  // namespace varsam::connector::sql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  varsam::connector::sql::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
