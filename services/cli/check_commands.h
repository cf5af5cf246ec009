// Commands that are more than one call: `ledger verify` and `doctor`.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "services/cli/api_client.h"

namespace varsam::cli {

// The four logs, as the paths of the API name them.
const std::vector<std::string>& LedgerNames();

// Walks the named logs (none: all four) and prints one line each; a damaged one names the first bad
// index. 0 when all are intact, 1 when one is damaged, else the exit code of the first failure.
int VerifyLedgers(ApiClient& client, const std::vector<std::string>& logs, std::ostream& out,
                  std::ostream& err);

// Is everything there that an operator needs? One line per check; 0 when all is well.
int Doctor(ApiClient& client, std::ostream& out);

}  // namespace varsam::cli
