// What the owner of a system says about when it may be given tasks; the platform keeps to it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace varsam::connector {

struct SystemGate {
  std::vector<std::string> closed;  // "mon-fri 07:00-09:00", by Stockholm's clock
  uint32_t tasks_per_hour_max = 0;  // 0: no bound
};

}  // namespace varsam::connector
