// Decisions that this gateway gives again from memory (libs/client): the consent service's own
// answers, whole, until it tells of a change. What asks about the past, for a revision that has not
// been heard of, or to keep the answer itself goes to the service. So does everything after a
// write that passed through here, until the service has told of that write: whoever withdraws and
// asks again sees the withdrawal, with or without a revision. When the service has not been heard
// for three seconds nothing is answered from memory.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "google/protobuf/descriptor.h"
#include "grpcpp/channel.h"
#include "libs/base/clock.h"
#include "libs/client/decisions.h"
#include "libs/obs/metrics.h"

namespace varsam::gateway {

inline constexpr size_t kKeptDecisionsMax = 100'000;

// Thread-safe. Messages are wire bytes.
class KeptDecisions {
 public:
  // Watches from now on, to its end. The clock and the metrics outlive it.
  KeptDecisions(std::shared_ptr<grpc::Channel> consent, const Clock& clock, obs::Metrics& metrics);

  static bool Concerns(const google::protobuf::MethodDescriptor& method);

  struct Found {
    std::optional<std::string> answer;  // known here
    // The request was changed: it now asks for what is needed to keep the answer, and Keep wants
    // it.
    bool keep = false;
  };
  Found Find(std::string& request);
  // The service's answer to a request that Find has changed, as the caller is to get it.
  std::string Keep(const std::string& request, std::string response);
  // An answer of the consent service that passes through: what it wrote is seen from now on.
  void Heed(const google::protobuf::Descriptor& type, const std::string& response);

 private:
  obs::Counter& given_;
  client::Decisions decisions_;
};

}  // namespace varsam::gateway
