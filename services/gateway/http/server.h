// A strict HTTP/1.1 server on Boost.Beast and one Asio pool. It knows nothing of REST: it hands
// each well-formed request to the handler and writes the answer.
//
// Refused before the handler: what head_guard.h names, chunk extensions and trailers, bodies over
// body_bytes_max, heads that are not whole in head_timeout, bodies slower than
// body_bytes_per_second_min (those are cut off without an answer: the peer is slow on purpose or
// gone). After a framing error the connection is closed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/gateway/http/head_guard.h"
#include "services/gateway/http/message.h"

namespace varsam::gateway {

struct HttpServerConfig {
  std::string bind = "127.0.0.1";
  uint16_t port = 0;  // 0 = any free one
  int threads = 2;
  // PEM files; both or neither. With them TLS 1.2 or 1.3 only.
  std::string tls_cert_file;
  std::string tls_key_file;
  HeadLimits limits;
  size_t connections_max = 12'000;
  size_t connections_per_address_max = 512;
  size_t stream_queue_bytes_max = 1 << 20;
  size_t body_bytes_per_second_min = 1024;
  absl::Duration handshake_timeout = absl::Seconds(5);
  absl::Duration head_timeout = absl::Seconds(10);
  absl::Duration body_grace = absl::Seconds(5);        // before the minimum rate counts
  absl::Duration request_timeout = absl::Seconds(30);  // head to last byte of the body
  absl::Duration idle_timeout = absl::Seconds(60);
  absl::Duration write_timeout = absl::Seconds(30);
};

// How the server words an error of its own: a problem+json from a status.
using ErrorPage = std::function<HttpResponse(const absl::Status&)>;

class HttpServer {
 public:
  // Listens and starts the pool. UNAVAILABLE (PORT_TAKEN) or INVALID_ARGUMENT (INVALID_TLS_FILES).
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const HttpServerConfig& config,
                                                           Handler handler, ErrorPage error_page);
  ~HttpServer();  // Drain(0) if not drained

  uint16_t port() const;
  size_t connections() const;

  // Takes no new connection, closes idle ones, tells streams to end, lets calls in flight finish
  // with `Connection: close`, and after `limit` closes what is left. Blocks until all are gone.
  void Drain(absl::Duration limit);

 private:
  struct Parts;
  explicit HttpServer(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace varsam::gateway
