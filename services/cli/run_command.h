// Makes the one call of a command and shows its answer.
#pragma once

#include <iosfwd>
#include <string>

#include "services/cli/api_client.h"
#include "services/cli/build_call.h"
#include "services/cli/command_table.h"
#include "services/cli/show.h"

namespace varsam::cli {

struct RunOptions {
  Format format = Format::kTable;
  std::string out_file;         // --out: where the command's document goes, as it is
  std::string idempotency_key;  // --key: makes a repeated command harmless
};

// The exit code (exit_code.h). The answer goes to `out`, what went wrong to `err`.
int RunCommand(ApiClient& client, const Command& command, const ArgumentValues& values,
               const RunOptions& options, std::ostream& out, std::ostream& err);

}  // namespace varsam::cli
