// The lists of a person and of a field as one text column each: read and written whole, never
// searched. No personal data.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "services/retention/domain/records.h"

namespace varsam::retention {

std::string DetailOf(const Field& field);
std::string DetailOf(const Person& person);
// DATA_LOSS DETAIL_UNREADABLE for a text that DetailOf has not written.
absl::Status ReadDetail(std::string_view text, Field& field);
absl::Status ReadDetail(std::string_view text, Person& person);

}  // namespace varsam::retention
