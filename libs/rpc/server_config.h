// What a server needs to know, and how it is read from names and values. Only a service's config.*
// reads the environment: it hands its look-up in here.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/obs/log.h"

namespace varsam::rpc {

enum class Environment { kDevelopment, kProduction };

// PEM files, read again when they change (every 5 s).
struct TlsFiles {
  std::string ca;    // who may sign peers
  std::string cert;  // own chain; exactly one URI SAN spiffe://varsam/<service>
  std::string key;
  bool operator==(const TlsFiles&) const = default;
};

struct ServerConfig {
  std::string service;  // "consent", "subject-registry", "request-workflow", "retention" …
  Environment environment = Environment::kDevelopment;
  obs::Level log_level = obs::Level::kInfo;
  std::string bind = "127.0.0.1";
  uint16_t port = 0;         // mTLS gRPC; 0 = any free port (tests)
  uint16_t health_port = 0;  // plaintext grpc.health.v1 only
  uint16_t admin_port = 0;   // plaintext HTTP: /metrics, /livez
  // Without files the server speaks plaintext and takes every peer for `insecure_peer`: measuring
  // and tests in development only, refused in production.
  std::optional<TlsFiles> tls;
  std::string insecure_peer;
  std::string clock_file;        // VARSAM_CLOCK_FILE; development only; empty = real time
  std::string caller_keys_file;  // public PEM of the gateway's signing key; empty = none accepted
  absl::Duration deadline_max = absl::Seconds(30);
  absl::Duration drain_notice = absl::ZeroDuration();  // NOT_SERVING shown before the drain begins
  absl::Duration drain_max = absl::Seconds(10);
  int message_bytes_max = 4 * 1024 * 1024;
  int metadata_bytes_max = 8 * 1024;
  int concurrent_streams_max = 100;   // per connection
  absl::Duration connection_age_max = absl::Minutes(5);
};

using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

// Reads
//   VARSAM_ENVIRONMENT       development|production (no default: a missing one is an error)
//   VARSAM_BIND              an IP address, default 127.0.0.1
//   VARSAM_PORT_BASE         1024..65000, default 7400; port = base + offset, health +1, admin +2
//   VARSAM_TLS_CA, VARSAM_TLS_CERT, VARSAM_TLS_KEY   all three or (development) none
//   VARSAM_CALLER_KEYS       public PEM of the gateway's assertion key
//   VARSAM_CLOCK_FILE        development only
//   VARSAM_LOG_LEVEL         debug|info|warn|error, default info
//   VARSAM_DEADLINE_MS_MAX   1..600000, default 30000
//   VARSAM_DRAIN_MS_MAX      0..300000, default 10000
//   VARSAM_DRAIN_NOTICE_MS   0..60000, default 0
// INVALID_ARGUMENT naming every variable that is wrong, and its bound.
absl::StatusOr<ServerConfig> ServerConfigFromLookup(const Lookup& lookup, std::string service,
                                                    uint16_t port_offset);

}  // namespace varsam::rpc
