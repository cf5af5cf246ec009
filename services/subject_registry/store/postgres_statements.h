// Statements that more than one part of the registry's store runs.
#pragma once

#include "libs/pg/statement.h"

namespace varsam::registry {

inline constexpr pg::Statement kReadCurrentPolicy{
    "registry_read_current_policy",
    "SELECT version, yaml, text_sha256, effective_at FROM policy_version "
    "ORDER BY applied_seq DESC LIMIT 1"};

}  // namespace varsam::registry
