#include "services/retention/domain/statistics.h"

#include <catch2/catch.hpp>

namespace varsam::retention {

TEST_CASE("a cell of four is empty, one of five is told") {
  const auto cells = Publishable({{"crm", "email", 4}, {"crm", "name", 5}, {"hr", "name", 0}});
  REQUIRE(cells.size() == 3);
  CHECK(cells[0].suppressed);
  CHECK(cells[0].people == 0);
  CHECK_FALSE(cells[1].suppressed);
  CHECK(cells[1].people == 5);
  CHECK(cells[2].suppressed);
}

}  // namespace varsam::retention
