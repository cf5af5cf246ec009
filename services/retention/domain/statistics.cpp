#include "services/retention/domain/statistics.h"

namespace varsam::retention {

std::vector<StatisticsCell> Publishable(std::vector<StatisticsCell> cells) {
  for (StatisticsCell& cell : cells) {
    if (cell.people >= kCellMin) continue;
    cell.people = 0;
    cell.suppressed = true;
  }
  return cells;
}

}  // namespace varsam::retention
