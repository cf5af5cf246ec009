#include "services/retention/domain/catalogue.h"

#include <algorithm>

#include "services/retention/domain/backup_clear.h"

namespace varsam::retention {

// More changes of periods than this in one policy's life would wrap the generation.
constexpr int64_t kChangesMax = 1'000'000;

int64_t Catalogue::GenerationAt(absl::Time now) const {
  const auto in_force = std::count_if(changes.begin(), changes.end(), [&](const RuleChange& one) {
    return one.effective_at <= now;
  });
  return seq * kChangesMax + in_force;
}

Catalogue CompileCatalogue(const std::vector<PolicyVersion>& versions) {
  Catalogue catalogue;
  const PolicyVersion& newest = versions.back();
  catalogue.version = newest.version;
  catalogue.seq = newest.seq;
  catalogue.model = *newest.model;
  for (Rule& rule : catalogue.model.rules) {
    if (!rule.keep) continue;
    std::optional<calendar::Period> first, last;
    for (const PolicyVersion& version : versions) {
      const Rule* then = version.model->FindRule(rule.id);
      if (then == nullptr || !then->keep) continue;
      if (!first) first = then->keep;
      if (last && *last != *then->keep) {
        catalogue.changes.push_back({rule.id, version.effective_at, *then->keep});
      }
      last = then->keep;
    }
    if (rule.id == kBackupRule) catalogue.backups_kept = rule.keep;
    rule.keep = first;
  }
  return catalogue;
}

}  // namespace varsam::retention
