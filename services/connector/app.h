// The connector's process: which adapters it has and what runs on them.
#pragma once

#include "absl/status/status.h"
#include "services/connector/config.h"

namespace varsam::connector {

// Judges every mapping against its live schema and signs in to the mailboxes. The status of the
// first system that fails; every fault goes to standard error.
absl::Status Check(const Config& config);

// Leases and works until SIGTERM. The exit code.
int Run(const Config& config);

// One inventory of every system; the figures go to the log.
absl::Status SyncOnce(const Config& config);

}  // namespace varsam::connector
