#include "libs/obs/admin.h"

#include <exception>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "prometheus/exposer.h"

namespace varsam::obs {
namespace {

// GET /livez: a scrape of nothing answers 200.
class Alive final : public prometheus::Collectable {
 public:
  std::vector<prometheus::MetricFamily> Collect() const override { return {}; }
};

}  // namespace

struct Admin::Parts {
  std::shared_ptr<Metrics> metrics;
  std::shared_ptr<Alive> alive = std::make_shared<Alive>();
  std::unique_ptr<prometheus::Exposer> exposer;
};

absl::StatusOr<std::unique_ptr<Admin>> Admin::Start(const std::string& bind, uint16_t port,
                                                    std::shared_ptr<Metrics> metrics) {
  auto parts = std::make_unique<Parts>();
  parts->metrics = std::move(metrics);
  const bool v6 = bind.find(':') != std::string::npos;
  const std::string host = v6 ? absl::StrCat("[", bind, "]") : bind;
  try {
    parts->exposer = std::make_unique<prometheus::Exposer>(std::vector<std::string>{
        "listening_ports", absl::StrCat(host, ":", port), "num_threads", "2",
        "request_timeout_ms", "5000", "keep_alive_timeout_ms", "5000"});
    parts->exposer->RegisterCollectable(parts->metrics, "/metrics");
    parts->exposer->RegisterCollectable(parts->alive, "/livez");
  } catch (const std::exception&) {  // the library's way to say that the port is taken
    return absl::UnavailableError(absl::StrCat("admin port ", bind, ":", port, " cannot be taken"));
  }
  return std::unique_ptr<Admin>(new Admin(std::move(parts)));
}

Admin::Admin(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Admin::~Admin() = default;

uint16_t Admin::port() const {
  const std::vector<int> ports = parts_->exposer->GetListeningPorts();
  return ports.empty() ? 0 : static_cast<uint16_t>(ports.front());
}

}  // namespace varsam::obs
