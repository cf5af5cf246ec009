// Who may call what, and how much at once. Deny by default: a method without an entry in the access
// table answers PERMISSION_DENIED to everybody.
//
//   rpc::AccessTable access;
//   access.Allow<v1::ConsentService>("RecordConsent", {"gateway"})
//         .Allow<v1::ConsentService>("Decide", {"gateway", "system-*"},
//                                    {.in_flight_max = 2048, .caller = rpc::CallerRule::kIgnored});
//   rpc::Admission admission(access, {.service = "consent", .caller_verifier = &verifier},
//                            *metrics);
//   rpc::Method& decide = admission.For<v1::ConsentService>("Decide");
//
// Peer names are what stands after spiffe://varsam/ in the peer's certificate; a trailing * matches
// any ending ("connector-*").
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "libs/obs/metrics.h"
#include "libs/rpc/assertion.h"

namespace varsam::rpc {

// What a method does with the gateway's word for the end user.
enum class CallerRule {
  kIgnored,   // not read: the cheapest, for calls between systems
  kOptional,  // verified when sent; a false one is refused
  kRequired,  // without it: UNAUTHENTICATED, reason CALLER_REQUIRED
};

struct MethodRules {
  int in_flight_max = 256;  // more: RESOURCE_EXHAUSTED, reason IN_FLIGHT_LIMIT
  // Longer deadlines are cut to this for everything the call does; zero = the server's default.
  absl::Duration deadline_max = absl::ZeroDuration();
  CallerRule caller = CallerRule::kOptional;
};

class AccessTable {
 public:
  AccessTable& Allow(std::string_view service, std::string_view rpc,
                     std::vector<std::string> peers, MethodRules rules = {});
  template <typename Service>
  AccessTable& Allow(std::string_view rpc, std::vector<std::string> peers, MethodRules rules = {}) {
    return Allow(Service::service_full_name(), rpc, std::move(peers), rules);
  }
  struct Entry {
    std::vector<std::string> peers;
    MethodRules rules;
  };
  const std::map<std::string, Entry>& entries() const { return entries_; }  // by "service/rpc"

 private:
  std::map<std::string, Entry> entries_;
};

// One rpc of one service as the shells see it. Owned by Admission, shared by all threads.
class Method {
 public:
  const std::string& full_name() const { return full_name_; }  // "varsam.x.v1.Service/Rpc"

 private:
  friend class Admission;
  friend class Call;
  std::string full_name_;
  bool Allows(std::string_view peer) const;

  std::vector<std::string> exact_peers_;
  std::vector<std::string> peer_prefixes_;
  MethodRules rules_;
  const class Admission* admission_ = nullptr;
  obs::RpcMetrics* metrics_ = nullptr;
  std::atomic<int> in_flight_{0};
};

struct AdmissionConfig {
  std::string service;  // this service's name; audience of caller assertions
  absl::Duration deadline_max = absl::Seconds(30);
  // Must outlive Admission. Without one every assertion is refused.
  const CallerVerifier* caller_verifier = nullptr;
  // Real time; tests inject.
  const Clock* clock = &SystemClock();
};

class Admission {
 public:
  Admission(const AccessTable& access, AdmissionConfig config, obs::Metrics& metrics);
  ~Admission();

  // The method of a shell; call once per rpc at the start, keep the reference. A name that no
  // linked proto declares, in the table or here, is a CHECK: a typing error.
  Method& For(std::string_view service, std::string_view rpc);
  template <typename Service>
  Method& For(std::string_view rpc) {
    return For(Service::service_full_name(), rpc);
  }

  // For a server without TLS (measuring, tests): every peer is taken for this one.
  void TrustInsecurePeer(std::string name) { insecure_peer_ = std::move(name); }

  // Ends the long-lived streams: runs their OnDrain once; later ones are run at once.
  void Drain();
  bool draining() const { return draining_.load(std::memory_order_acquire); }

 private:
  friend class Call;
  // Registers a stream for Drain(); the returned token is given to Leave.
  uint64_t Join(std::function<void()> on_drain) const;
  void Leave(uint64_t token) const;

  AdmissionConfig config_;
  std::string insecure_peer_;
  std::map<std::string, std::unique_ptr<Method>> methods_;  // by "service/rpc"
  std::atomic<bool> draining_{false};
  mutable std::recursive_mutex streams_mutex_;
  mutable std::map<uint64_t, std::function<void()>> streams_;
  mutable uint64_t next_stream_ = 1;
  obs::Metrics& metrics_;
  AccessTable access_;
  std::mutex methods_mutex_;
};

}  // namespace varsam::rpc
