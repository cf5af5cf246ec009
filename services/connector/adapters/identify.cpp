#include "services/connector/adapters/identify.h"

#include "libs/vault/normalise.h"

namespace varsam::connector {
namespace {

// Only personnummer needs the year, and no adapter matches on it.
constexpr int kNoYear = 0;

}  // namespace

std::vector<std::string> NormalisedValues(const Identifiers& who, IdentifierType type) {
  std::vector<std::string> values;
  for (const Identifier& identifier : who) {
    if (identifier.type != type) continue;
    absl::StatusOr<std::string> normal = vault::Normalise(static_cast<vault::IdentifierType>(type),
                                                          identifier.value.Reveal(), kNoYear);
    if (!normal.ok()) continue;
    if (type == IdentifierType::kPhone && normal->starts_with("+")) normal->erase(0, 1);
    values.push_back(*std::move(normal));
  }
  return values;
}

}  // namespace varsam::connector
