// What a person still leaves behind after a disposal run, and whether anything at all is left: then
// who the person is need not be known any longer. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "services/retention/domain/certificate.h"
#include "services/retention/domain/heard.h"

namespace varsam::retention {

// The systems in which the policy keeps people of these categories and that are not heard of
// now; of a person of no known category: any system of the policy. Sorted.
std::vector<std::string> UnknownSystems(const Catalogue& catalogue, const PersonRecords& records,
                                        const HeardSystems& heard);

// What stays of the person, why, under which law and until when, as of now. Codes: LEGAL_CLAIMS,
// LEGAL_OBLIGATION, RESTRICTED, SUPPRESSION, RETENTION_PERIOD (its period runs), PURPOSE_RUNNING
// (its period has not begun), NOT_ERASED (it should have gone), SYSTEM_UNKNOWN (a system that
// was never read, or not lately, may hold something).
std::vector<ErasureResidue> ResidueOf(const Catalogue& catalogue, const PersonRecords& records,
                                      const std::vector<Hold>& holds, const HeardSystems& heard,
                                      absl::Time now);

// No field is left, no system is unknown, and neither a hold, a restriction nor an erasure case
// (which erases the person itself) stands.
bool NothingLeft(const Catalogue& catalogue, const PersonRecords& records,
                 const std::vector<Hold>& holds, const HeardSystems& heard, absl::Time now);

// A field has not been disposed of.
bool HasLivingField(const PersonRecords& records);

}  // namespace varsam::retention
