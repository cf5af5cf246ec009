#include "services/consent/domain/purpose.h"

#include "libs/base/check.h"

namespace varsam::consent {

void DataSet::Add(int index) {
  VARSAM_CHECK(index >= 0 && index < kDataCategoriesMax) << "data category index " << index;
  words_[index / 64] |= uint64_t{1} << (index % 64);
}

bool DataSet::Has(int index) const {
  VARSAM_CHECK(index >= 0 && index < kDataCategoriesMax) << "data category index " << index;
  return (words_[index / 64] >> (index % 64) & 1) != 0;
}

Channels DefaultObjectionChannels(std::string_view purpose) {
  struct Row {
    std::string_view purpose;
    Channels channels;
  };
  static constexpr Row kRows[] = {
      {"marketing_email", {.email = true, .phone = false}},
      {"email_engagement_tracking", {.email = true, .phone = false}},
      {"marketing_phone", {.email = false, .phone = true}},
      {"interest_profiling", {.email = true, .phone = true}},
      {"prospecting_crm", {.email = false, .phone = false}},
      {"cookie_marketing", {.email = false, .phone = false}},
  };
  for (const Row& row : kRows) {
    if (row.purpose == purpose) return row.channels;
  }
  return {.email = true, .phone = true};
}

}  // namespace varsam::consent
