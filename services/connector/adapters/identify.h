// The one written form in which adapters compare identifiers.
#pragma once

#include <string>
#include <vector>

#include "services/connector/adapters/adapter.h"

namespace varsam::connector {

// The identifiers of one type; telephone numbers as digits with their country code. What is no
// value of its type is left out.
std::vector<std::string> NormalisedValues(const Identifiers& who, IdentifierType type);

}  // namespace varsam::connector
