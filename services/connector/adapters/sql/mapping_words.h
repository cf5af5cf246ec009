// The words a mapping file may use where the platform gives them a meaning: identifier types,
// signal events, flags, relationships and capacities. A word outside these is refused with the list
// of those allowed. Pure; the sets live as long as the process.
#pragma once

#include <map>
#include <set>
#include <string>

#include "services/connector/adapters/adapter.h"

namespace varsam::connector::sql {

const std::map<std::string, IdentifierType, std::less<>>& IdentifierWords();
// What retention's clocks listen to (DOMAIN §5).
const std::set<std::string>& EventWords();
const std::set<std::string>& FlagWords();
const std::set<std::string>& RelationshipWords();
const std::set<std::string>& CapacityWords();

}  // namespace varsam::connector::sql
