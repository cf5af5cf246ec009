#include "absl/strings/str_cat.h"
#include "services/subject_registry/domain/diff_parts.h"

namespace varsam::registry {
namespace {

bool Processes(const System& system, const PurposeId& purpose) {
  return std::find(system.purposes.begin(), system.purposes.end(), purpose) !=
         system.purposes.end();
}

// Processors and their sub-processors of every system that serves the purpose; a third country is a
// recipient of its own.
std::vector<std::string> RecipientsOf(const PolicyModel& model, const PurposeId& purpose) {
  std::vector<std::string> recipients;
  const auto add = [&](std::string name) {
    if (std::find(recipients.begin(), recipients.end(), name) == recipients.end()) {
      recipients.push_back(std::move(name));
    }
  };
  for (const System& system : model.systems) {
    if (!system.processor || !Processes(system, purpose)) continue;
    const Processor* processor = FindById(model.processors, *system.processor);
    if (processor == nullptr) continue;
    add(processor->id.value());
    for (const std::string& sub : processor->subprocessors) {
      add(absl::StrCat(processor->id.value(), "/", sub));
    }
    if (processor->region == Region::kThirdCountry) {
      add(absl::StrCat(processor->id.value(), "/third_country"));
    }
  }
  return recipients;
}

}  // namespace

void DiffRecipients(const PolicyModel& before, const PolicyModel& after, PolicyChanges& changes) {
  for (const Purpose& purpose : after.purposes) {
    if (FindById(before.purposes, purpose.id) == nullptr) continue;
    const auto was = RecipientsOf(before, purpose.id);
    const auto is = RecipientsOf(after, purpose.id);
    const auto gained = Missing(is, was);
    if (gained.empty() && Missing(was, is).empty()) continue;
    PolicyChange change;
    change.kind = gained.empty() ? ChangeKind::kNarrowed : ChangeKind::kWidened;
    change.path = absl::StrCat("purposes.", purpose.id.value(), ".recipients");
    change.before = absl::StrJoin(was, ", ");
    change.after = absl::StrJoin(is, ", ");
    change.material = !gained.empty();
    if (change.material) change.purposes = {purpose.id};
    changes.push_back(std::move(change));
  }
}

}  // namespace varsam::registry
