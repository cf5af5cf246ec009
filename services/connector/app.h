// The connector's process: which adapters it has and what runs on them.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "services/connector/config.h"

namespace varsam::connector {

// Judges every mapping against its live schema and signs in to the mailboxes. The status of the
// first system that fails; every fault goes to standard error.
absl::Status Check(const Config& config);

// Leases and works until SIGTERM. The exit code.
int Run(const Config& config);

// Tells the platform that a system was restored from a backup of that time: what was finished since
// then is ordered again.
absl::Status AnnounceRestore(const Config& config, const std::string& system, absl::Time taken_at);

// One inventory of every system; the figures go to the log.
absl::Status SyncOnce(const Config& config);

}  // namespace varsam::connector
