// What retention appends to its ledger, in bounded entries.
#pragma once

#include <string>
#include <vector>

#include "libs/ledger/entry.h"
#include "services/retention/rpc/convert.h"

namespace varsam::retention {

inline constexpr size_t kEntryItemsMax = 200;   // disposal items
inline constexpr size_t kEntryPeopleMax = 500;  // people whose limits have changed

void AddLimits(const std::vector<PersonLimits>& limits, std::vector<ledger::Entry>& entries);
std::vector<ledger::Entry> EntriesOf(const RecordSignalsOutcome& outcome);
std::vector<ledger::Entry> EntriesOf(const RunDisposalOutcome& outcome);
std::vector<ledger::Entry> EntriesOf(const std::vector<ResumedItem>& items);
// The certificates come first, bound to their documents.
std::vector<ledger::Entry> EntriesOf(const std::vector<Certificate>& certificates);
std::vector<ledger::Entry> EntriesOf(const ApplyFeedOutcome& outcome);
ledger::Entry HoldEntry(const Hold& hold);
ledger::Entry BackupEntry(const Backup& backup);

// The certificates as they are kept; the first stands at `first_index`.
std::vector<StoredCertificate> ToStored(const std::vector<Certificate>& certificates,
                                        uint64_t first_index);

// SHA-256 of a plan, lower-case hexadecimal.
std::string PlanDigest(const std::string& plan_text);

}  // namespace varsam::retention
