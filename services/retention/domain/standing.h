// What a field's periods come to, and until when each kind of data of a person may be used. Pure.
#pragma once

#include <string>
#include <vector>

#include "services/retention/domain/catalogue.h"
#include "services/retention/domain/records.h"

namespace varsam::retention {

// Computed as of now. `due_on` is never later than the day on which a plan would find the field
// due, whatever happens to holds: what lies ahead (ends of purposes, rules that take effect later)
// is looked at too.
Standing ComputeStanding(const Catalogue& catalogue, const Person& person, const Field& field,
                         absl::Time now);

// Until when one data category of a person may and must be kept, over all living fields, without
// holds.
struct CategoryLimit {
  std::string category;
  std::optional<calendar::LocalDay> may_until, must_until;
};
// Only the law keeps it: no ordinary purpose may use it.
inline constexpr calendar::LocalDay kNoOrdinaryUse{};
std::vector<CategoryLimit> LimitsOf(const std::vector<Field>& fields);  // by category
// One line that changes when a limit does.
std::string LimitsText(const std::vector<CategoryLimit>& limits);

// What the ledger tells of a person whose limits have changed.
struct PersonLimits {
  SubjectId subject;
  std::vector<CategoryLimit> limits;
};

// Computes every living field anew; true when the limits of the person have changed, which are then
// remembered as told.
bool Recompute(const Catalogue& catalogue, absl::Time now, PersonRecords& records);

}  // namespace varsam::retention
