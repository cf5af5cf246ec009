// Anonymous counts: a cell of fewer than five people says nothing (P13). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace varsam::retention {

inline constexpr uint64_t kCellMin = 5;

struct StatisticsCell {
  std::string system, data_category;
  uint64_t people = 0;
  bool suppressed = false;
};

// Empties small cells. No totals are published beside them, so none can be computed back.
std::vector<StatisticsCell> Publishable(std::vector<StatisticsCell> cells);

}  // namespace varsam::retention
