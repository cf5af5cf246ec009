// The promises of the policy and how each is kept: deploy/policy/promises.yaml. A row without a
// scenario says so: it is unproven, whatever its rule is.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace varsam::gateway {

struct Promise {
  std::string id;       // P01 …
  std::string section;  // of the policy
  std::string promise;
  std::string rule;
  std::vector<std::string> services;  // who enforces it
  std::string scenario;               // test that shows it; empty = unproven
};

// What a service's ledger says just now.
struct LedgerEvidence {
  bool reachable = false;
  uint64_t entries = 0;
  std::string reason;  // of the failure
};

// INVALID_ARGUMENT naming line and fault: unknown keys, ids not P01, P02 … in order, unknown
// services.
absl::StatusOr<std::vector<Promise>> ParsePromises(std::string_view yaml);

// JSON of GET /v1/promises. Status per row: "shown" (a scenario shows it and every service that
// enforces it answers with its ledger now), "unavailable" (a scenario, but a service does not
// answer) or "unproven".
std::string PromisesJson(const std::vector<Promise>& promises,
                         const std::map<std::string, LedgerEvidence>& ledgers);

}  // namespace varsam::gateway
