#include "services/retention/domain/settle_people.h"

#include <algorithm>

namespace varsam::retention {

Certificate CertificateOfRun(const Catalogue& catalogue, const DisposalRun& run,
                             const SubjectId& subject, const std::vector<DisposalItem>& items,
                             absl::Time now) {
  Certificate certificate;
  certificate.subject = subject;
  certificate.run = run.id;
  certificate.operator_name = run.operator_name;
  certificate.policy_version = catalogue.version;
  certificate.issued_at = now;
  for (const DisposalItem& item : items) {
    const bool done = item.run == run.id && item.subject == subject &&
                      item.state == DisposalState::kDone && item.executed_at;
    if (!done) continue;
    for (const std::string& category : item.data_categories) {
      certificate.executed.push_back({item.system, item.record_key, category, item.method,
                                      item.executed_count, *item.executed_at, item.verification});
    }
  }
  certificate.backup_clear_by = BackupClearBy(catalogue, certificate.executed, now);
  return certificate;
}

SettlePeopleOutcome Settle(const SettlePeopleFacts& facts, absl::Time now, const FreshIds& fresh,
                           const SubjectHash& hash) {
  SettlePeopleOutcome outcome;
  if (facts.catalogue == nullptr) return outcome;
  const HeardSystems heard = HeardLately(facts.heard, now);
  for (const WaitingPerson& waiting : facts.waiting) {
    const auto records =
        std::find_if(facts.people.begin(), facts.people.end(),
                     [&](const PersonRecords& one) { return one.person.id == waiting.subject; });
    const auto run = std::find_if(facts.runs.begin(), facts.runs.end(),
                                  [&](const auto& one) { return one.id == waiting.run; });
    const bool gone = records == facts.people.end() || run == facts.runs.end();
    if (gone || records->person.merged_into || HasLivingField(*records)) {
      outcome.settled.push_back(waiting.subject);
      continue;
    }
    if (!NothingLeft(*facts.catalogue, *records, facts.holds, heard, now)) continue;
    Certificate certificate =
        CertificateOfRun(*facts.catalogue, *run, waiting.subject, facts.items, now);
    certificate.id = CertificateId(fresh(static_cast<uint32_t>(outcome.settled.size())));
    certificate.subject_hash = hash(waiting.subject);
    certificate.nothing_left = true;
    outcome.settled.push_back(waiting.subject);
    outcome.certificates.push_back(std::move(certificate));
  }
  return outcome;
}

}  // namespace varsam::retention
