#include "services/retention/domain/records.h"

#include <algorithm>

namespace varsam::retention {
namespace {

template <typename T>
bool AnyOr(const std::vector<T>& list, const T& value) {
  return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
}

}  // namespace

bool Covers(const HoldScope& scope, const Field& field) {
  const bool category =
      scope.subject_categories.empty() || field.subject_categories.empty() ||
      std::any_of(field.subject_categories.begin(), field.subject_categories.end(),
                  [&](const std::string& one) { return AnyOr(scope.subject_categories, one); });
  return category && AnyOr(scope.subjects, field.key.subject) &&
         AnyOr(scope.systems, field.key.system) &&
         AnyOr(scope.data_categories, field.key.category);
}

}  // namespace varsam::retention
