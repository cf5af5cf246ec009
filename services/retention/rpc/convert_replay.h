// The border between ledger payloads and what a restore puts back.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "libs/host/restore.h"
#include "services/retention/store/retention_store.h"

namespace varsam::retention {

// Kinds of entries of a ledger ("consent") that the replay list may have to hold.
std::vector<std::string> ProtectiveKinds(const std::string& ledger);
// Does this entry protect somebody? Of choices only those that end or refuse a use.
bool Protects(const std::string& kind, const std::string& payload);

// What an entry of the own ledger wrote; nothing for other entries.
using RestoredRow = std::variant<std::monostate, Hold, Backup>;
RestoredRow RestoredRowOf(const std::string& payload);

}  // namespace varsam::retention
