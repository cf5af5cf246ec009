#include "services/retention/domain/backup_health.h"

#include <catch2/catch.hpp>

namespace varsam::retention {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'795'600'000);

Backup Taken(const char* id, const char* target, double hours_ago) {
  return {id, target, kNow - absl::Hours(1) * hours_ago, kNow, calendar::LocalDay{}};
}

}  // namespace

TEST_CASE("the newest set of each target decides, and 26 hours are the limit") {
  const auto health = HealthOf({Taken("a", "data", 80), Taken("b", "data", 26),
                                Taken("c", "keys", 3), Taken("d", "keys", 26.01)},
                               kNow);
  REQUIRE(health.size() == 2);
  CHECK(health[0].newest_id == "b");
  CHECK_FALSE(health[0].stale);
  CHECK(health[1].newest_id == "c");
  const auto later = HealthOf({Taken("b", "data", 26)}, kNow + absl::Seconds(1));
  CHECK(later[0].stale);
  CHECK(HealthOf({}, kNow).empty());
  CHECK(HealthOf({Taken("e", "data", -2)}, kNow)[0].age == absl::ZeroDuration());
}

}  // namespace varsam::retention
