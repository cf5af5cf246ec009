#include "services/connector/adapters/sql/linkage.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace varsam::connector::sql {
namespace {

bool SetToNull(const Place& place, const std::string& column) {
  return std::ranges::any_of(place.set, [&](const auto& assignment) {
    return assignment.first == column && !assignment.second;
  });
}

}  // namespace

bool JoinsBy(const Join& join, const TableName& table, const std::string& column) {
  return std::ranges::any_of(join.keys, [&](const auto& key) {
    return (join.from == table && key.first == column) ||
           (join.to == table && key.second == column);
  });
}

std::vector<std::string> LinkageFaults(const Place& place,
                                       const std::map<std::string, Join>& joins) {
  std::vector<std::string> faults;
  if (place.action != PlaceAction::kAnonymise || place.set.empty() || !place.redact.empty()) {
    faults.push_back("quasi goes with action anonymise and set, without redact");
  }
  if (place.via.size() != 1) {
    faults.push_back("quasi wants a via of one join");
    return faults;
  }
  const Join& via = *place.via.back();
  for (const auto& [from, to] : via.keys) {
    if (SetToNull(place, to)) continue;
    faults.push_back(absl::StrCat("linkage: column ", to, " still joins the row to the person, ",
                                  "want it null in set"));
  }
  for (const std::string& column : place.quasi) {
    if (std::ranges::any_of(
            joins, [&](const auto& named) { return JoinsBy(named.second, via.to, column); })) {
      faults.push_back(absl::StrCat("linkage: column ", column, " joins to another table"));
    }
  }
  return faults;
}

}  // namespace varsam::connector::sql
