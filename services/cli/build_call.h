// From a row of the command table and what stood on the command line to one REST call. Pure but for
// the files that kFile arguments name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "services/cli/command_table.h"

namespace varsam::cli {

// By the argument's name in the table ("--subject", "file"); a flag that was given holds "true".
using ArgumentValues = std::map<std::string, std::vector<std::string>>;

struct RestCall {
  std::string method;
  std::string path;     // with the query
  nlohmann::json body;  // null: none
};

// INVALID_ARGUMENT naming the argument: a required one is missing, JSON does not parse, a number or
// a pair is none. NOT_FOUND when a file cannot be read.
absl::StatusOr<RestCall> BuildCall(const Command& command, const ArgumentValues& values);

}  // namespace varsam::cli
