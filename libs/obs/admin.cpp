#include "libs/obs/admin.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
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

// The HTTP library looks for its own end only every two seconds, or when somebody connects. While
// it is being stopped, somebody does.
class Knocker {
 public:
  Knocker(const std::string& host, uint16_t port) {
    const bool v6 = host.find(':') != std::string::npos;
    if (v6) {
      auto* const in6 = reinterpret_cast<sockaddr_in6*>(&address_);
      in6->sin6_family = AF_INET6;
      in6->sin6_port = htons(port);
      inet_pton(AF_INET6, host.c_str(), &in6->sin6_addr);
    } else {
      auto* const in4 = reinterpret_cast<sockaddr_in*>(&address_);
      in4->sin_family = AF_INET;
      in4->sin_port = htons(port);
      inet_pton(AF_INET, host.c_str(), &in4->sin_addr);
    }
    thread_ = std::thread([this] { Loop(); });
  }
  ~Knocker() {
    {
      std::lock_guard lock(mutex_);
      done_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  void Loop() {
    std::unique_lock lock(mutex_);
    while (!done_) {
      const int type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
      const int socket = ::socket(address_.ss_family, type, 0);
      if (socket >= 0) {
        (void)!connect(socket, reinterpret_cast<sockaddr*>(&address_), sizeof(address_));
        close(socket);
      }
      wake_.wait_for(lock, std::chrono::milliseconds(10), [this] { return done_; });
    }
  }

  sockaddr_storage address_{};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace

struct Admin::Parts {
  std::string bind;
  std::shared_ptr<Metrics> metrics;
  std::shared_ptr<Alive> alive = std::make_shared<Alive>();
  std::unique_ptr<prometheus::Exposer> exposer;
};

absl::StatusOr<std::unique_ptr<Admin>> Admin::Start(const std::string& bind, uint16_t port,
                                                    std::shared_ptr<Metrics> metrics) {
  auto parts = std::make_unique<Parts>();
  parts->bind = bind;
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

Admin::~Admin() {
  const Knocker knocker(parts_->bind, port());
  parts_->exposer.reset();
}

uint16_t Admin::port() const {
  const std::vector<int> ports = parts_->exposer->GetListeningPorts();
  return ports.empty() ? 0 : static_cast<uint16_t>(ports.front());
}

}  // namespace varsam::obs
