// The admin port of a process: GET /metrics (Prometheus text) and GET /livez (200 while the process
// runs; it asks nobody else). Plain HTTP, for the scraper only; it shows no personal data.
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/obs/metrics.h"

namespace varsam::obs {

class Admin {
 public:
  // Listens on bind:port (0 = any free one). UNAVAILABLE when the port cannot be taken. The metrics
  // are shared, so a scrape in progress never reads a dead object.
  static absl::StatusOr<std::unique_ptr<Admin>> Start(const std::string& bind, uint16_t port,
                                                      std::shared_ptr<Metrics> metrics);
  ~Admin();
  uint16_t port() const;

 private:
  struct Parts;
  explicit Admin(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace varsam::obs
