#include "services/retention/domain/apply_feed.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/calendar/stockholm.h"
#include "services/retention/domain/grant_erasure.h"

namespace varsam::retention {
namespace {

class Applier {
 public:
  Applier(const ApplyFeedFacts& facts, absl::Time now, const FreshIds& fresh,
          const SubjectHash& hash)
      : facts_(facts),
        now_(now),
        fresh_(fresh),
        hash_(hash),
        people_(facts.people.people),
        catalogue_(facts.people.catalogue),
        heard_(HeardLately(facts.heard, now)),
        policies_(facts.policies),
        runs_(facts.runs) {
    for (const DisposalItem& item : facts.items) items_[item.id] = item;
  }

  void Apply(const PolicyApplied& effect);
  void Apply(const SourcesChanged& effect);
  void Apply(const SubjectErased& effect) {
    Remember("erasure", effect.subject, "", effect.at);
    outcome_.forgotten.push_back(effect.subject);
  }
  void Apply(const SubjectsMerged& effect);
  void Apply(const ConsentChanged& effect);
  void Apply(const ObjectionChanged& effect);
  void Apply(const AddressSuppressed& effect);
  void Apply(const RestrictionChanged& effect);
  void Apply(const ContactEnded& effect);
  void Apply(const ErasureExecuted& effect);
  void Apply(const DisposalFinished& effect);

  void Finish(ApplyFeedOutcome& outcome);

 private:
  PersonRecords& Touch(const SubjectId& subject) {
    PersonRecords& records = PersonIn(people_, subject);
    touched_.insert(records.person.id);
    return records;
  }
  void Remember(std::string kind, const SubjectId& subject, std::string purpose, absl::Time at) {
    outcome_.replay.push_back({Fresh(), std::move(kind), hash_(subject), std::move(purpose), at});
  }
  Uuid Fresh() { return fresh_(next_fresh_++); }
  void Dispose(const ExecutedErasure& executed, PersonRecords& records);
  void BlockHeldFields(const ErasureExecuted& effect, const PersonRecords& records);
  void FinishItem(const DisposalResult& result);
  void CertifyPeopleOf(const std::set<std::pair<RunId, SubjectId>>& finished);
  DisposalRun* FindRun(const RunId& id);
  Certificate NewCertificate(const SubjectId& subject, std::string operator_name);

  const ApplyFeedFacts& facts_;
  const absl::Time now_;
  const FreshIds& fresh_;
  const SubjectHash& hash_;
  uint32_t next_fresh_ = 0;
  People people_;
  std::shared_ptr<const Catalogue> catalogue_;
  const HeardSystems heard_;
  std::vector<PolicyVersion> policies_;
  std::vector<DisposalRun> runs_;
  std::map<ItemId, DisposalItem> items_;
  std::set<SubjectId> touched_;
  std::set<RunId> touched_runs_;
  ApplyFeedOutcome outcome_;
};

void Applier::Apply(const PolicyApplied& effect) {
  PolicyVersion version = effect.policy;
  version.seq = policies_.empty() ? 1 : policies_.back().seq + 1;
  policies_.push_back(version);
  catalogue_ = std::make_shared<const Catalogue>(CompileCatalogue(policies_));
  outcome_.policies.emplace_back(std::move(version), effect.model_bytes);
}

void Applier::Apply(const SourcesChanged& effect) {
  Touch(effect.subject).person.sources = effect.sources;
}

void Applier::Apply(const SubjectsMerged& effect) {
  PersonRecords merged = PersonIn(people_, effect.merged);
  PersonRecords& survivor = Touch(effect.survivor);
  if (merged.person.id == survivor.person.id) return;
  for (const Field& field : merged.fields) {
    Signal signal{survivor.person.id,
                  field.key.system,
                  field.key.record_key,
                  {field.key.category},
                  field.subject_categories,
                  field.flags,
                  field.purposes,
                  field.collected_at,
                  field.events,
                  field.claims_need_recorded,
                  field.observed_at};
    if (field.disposed_at) continue;
    MergeSignal(signal, now_, survivor);
    for (Field& one : survivor.fields) {
      const bool same = one.key.system == field.key.system &&
                        one.key.record_key == field.key.record_key &&
                        one.key.category == field.key.category;
      if (same && field.item) one.item = field.item;
    }
  }
  const auto append = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  append(survivor.person.choices, merged.person.choices);
  append(survivor.person.objections, merged.person.objections);
  append(survivor.person.erasures, merged.person.erasures);
  append(survivor.person.restrictions, merged.person.restrictions);
  append(survivor.person.sources, merged.person.sources);
  PersonRecords& emptied = people_[merged.person.id];
  emptied = PersonRecords{};
  emptied.person.id = merged.person.id;
  emptied.person.merged_into = survivor.person.id;
  touched_.erase(merged.person.id);
  outcome_.emptied.push_back(merged.person.id);
}

void Applier::Apply(const ConsentChanged& effect) {
  Person& person = Touch(effect.subject).person;
  auto known =
      std::find_if(person.choices.begin(), person.choices.end(),
                   [&](const ConsentChoice& one) { return one.purpose == effect.choice.purpose; });
  if (known == person.choices.end()) {
    person.choices.push_back(effect.choice);
  } else if (known->at <= effect.choice.at) {
    *known = effect.choice;
  }
  if (!effect.choice.given) {
    Remember("withdrawal", effect.subject, effect.choice.purpose, effect.choice.at);
  }
}

void Applier::Apply(const ObjectionChanged& effect) {
  if (effect.upheld) {
    Touch(effect.subject).person.objections.push_back({effect.purposes, effect.at});
  }
  for (const std::string& purpose : effect.purposes) {
    Remember("objection", effect.subject, purpose, effect.at);
  }
}

void Applier::Apply(const AddressSuppressed& effect) {
  outcome_.replay.push_back({Fresh(), "suppression", effect.address_hash, "", effect.at});
}

void Applier::Apply(const RestrictionChanged& effect) {
  std::vector<PersonRestriction>& all = Touch(effect.subject).person.restrictions;
  auto known = std::find_if(all.begin(), all.end(), [&](const PersonRestriction& one) {
    return one.case_id == effect.case_id && one.restriction.ground == effect.restriction.ground;
  });
  if (known == all.end()) {
    all.push_back({effect.case_id, effect.restriction});
  } else {
    known->restriction = effect.restriction;
  }
  if (!effect.restriction.to) {
    Remember("restriction", effect.subject, "", effect.restriction.from);
  }
}

void Applier::Apply(const ContactEnded& effect) {
  for (Field& field : Touch(effect.subject).fields) {
    if (field.disposed_at || field.collected_at > effect.at) continue;
    const SeenEvent ended{"contact_end_requested", effect.at, now_};
    const bool known = std::any_of(
        field.events.begin(), field.events.end(),
        [&](const SeenEvent& one) { return one.type == ended.type && one.at == ended.at; });
    if (!known) field.events.push_back(ended);
  }
}

void Applier::Dispose(const ExecutedErasure& executed, PersonRecords& records) {
  if (executed.method == "keep") return;
  for (Field& field : records.fields) {
    // "5#name" is the part of record 5 that has clocks of its own.
    const bool of_record = executed.record_key.empty() ||
                           executed.record_key == field.key.record_key ||
                           absl::StartsWith(field.key.record_key, executed.record_key + "#");
    const bool meant =
        of_record && field.key.system == executed.system && field.key.category == executed.category;
    if (!meant || field.disposed_at) continue;
    // What a case says of a whole system does not reach what the law keeps there.
    const bool kept_by_law =
        field.standing.must_until && *field.standing.must_until >= calendar::LocalDayOf(now_);
    if (executed.record_key.empty() && kept_by_law) continue;
    field.disposed_at = executed.executed_at;
    field.item.reset();
  }
}

Certificate Applier::NewCertificate(const SubjectId& subject, std::string operator_name) {
  Certificate certificate;
  certificate.id = CertificateId(Fresh());
  certificate.subject = subject;
  certificate.subject_hash = hash_(subject);
  certificate.issued_at = now_;
  certificate.policy_version = catalogue_ == nullptr ? "" : catalogue_->version;
  certificate.operator_name = std::move(operator_name);
  return certificate;
}

std::vector<ErasureResidue> KeptOf(const std::vector<ErasureDecision>& decisions) {
  std::vector<ErasureResidue> residue;
  for (const ErasureDecision& one : decisions) {
    const ErasurePlanItem& plan = one.planned;
    if (plan.outcome != ErasureOutcome::kKeep) continue;
    residue.push_back({one.key.system, one.key.category, std::string(NameOf(plan.reason)), plan.law,
                       plan.keep_until ? plan.keep_until->ToString() : ""});
  }
  return residue;
}

void Applier::Apply(const ErasureExecuted& effect) {
  PersonRecords& records = Touch(effect.subject);
  for (const ExecutedErasure& executed : effect.executed) Dispose(executed, records);
  absl::Time granted_at = now_;
  for (ErasureGrant& grant : records.person.erasures) {
    if (grant.case_id != effect.case_id) continue;
    grant.open = false;
    granted_at = grant.at;
  }
  Remember("erasure", effect.subject, "", now_);
  Certificate certificate = NewCertificate(records.person.id, "case " + effect.case_id);
  certificate.case_id = effect.case_id;
  certificate.executed = effect.executed;
  certificate.residue = effect.residue;
  certificate.recipients_told = effect.recipients_told;
  if (catalogue_ != nullptr) {
    if (certificate.residue.empty()) {
      certificate.residue = KeptOf(PlanFor(*catalogue_, records, facts_.holds, granted_at));
    }
    certificate.backup_clear_by = BackupClearBy(*catalogue_, effect.executed, now_);
    BlockHeldFields(effect, records);
  }
  outcome_.certificates.push_back(std::move(certificate));
}

// What only a hold keeps back is written down as blocked, so that its end resumes the erasure.
void Applier::BlockHeldFields(const ErasureExecuted& effect, const PersonRecords& records) {
  const DisposalPlan plan =
      PlanDisposals(*catalogue_, {records}, facts_.holds, now_ + absl::Hours(24), {});
  DisposalRun run;
  for (DisposalItem item : plan.items) {
    if (item.state != DisposalState::kBlocked) continue;
    if (run.items_total++ == 0) run.id = RunId(Fresh());
    item.id = ItemId(Fresh());
    item.run = run.id;
    outcome_.new_items.push_back(std::move(item));
  }
  if (run.items_total == 0) return;
  run.as_of = run.started_at = now_;
  run.items_blocked = run.items_total;
  run.operator_name = "case " + effect.case_id;
  outcome_.new_runs.push_back(std::move(run));
}

DisposalRun* Applier::FindRun(const RunId& id) {
  for (DisposalRun& run : runs_) {
    if (run.id == id) return &run;
  }
  return nullptr;
}

void Applier::FinishItem(const DisposalResult& result) {
  auto found = items_.find(result.item);
  if (found == items_.end() || found->second.state != DisposalState::kIssued) return;
  DisposalItem& item = found->second;
  DisposalRun* run = FindRun(item.run);
  PersonRecords& records = Touch(item.subject);
  item.state = result.done ? DisposalState::kDone : DisposalState::kFailed;
  item.failure = result.failure;
  if (result.done) {
    item.executed_at = std::min(result.executed.executed_at, now_);
    item.executed_count = result.executed.count;
    item.verification = result.executed.verification;
  }
  for (Field& field : records.fields) {
    if (field.item != item.id) continue;
    field.item.reset();
    if (result.done) field.disposed_at = item.executed_at;
  }
  if (run != nullptr) {
    ++(result.done ? run->items_done : run->items_failed);
    touched_runs_.insert(run->id);
    if (run->items_done + run->items_failed + run->items_blocked >= run->items_total) {
      run->finished_at = now_;
    }
  }
  outcome_.finished.push_back(item);
}

void Applier::CertifyPeopleOf(const std::set<std::pair<RunId, SubjectId>>& finished) {
  if (catalogue_ == nullptr) return;
  for (const auto& [run_id, subject] : finished) {
    const DisposalRun* run = FindRun(run_id);
    if (run == nullptr) continue;
    bool open = false;
    std::vector<DisposalItem> items;
    for (const auto& [id, item] : items_) {
      if (item.run != run_id || item.subject != subject) continue;
      open |= item.state == DisposalState::kIssued || item.state == DisposalState::kDue;
      items.push_back(item);
    }
    if (open) continue;
    Certificate certificate = CertificateOfRun(*catalogue_, *run, subject, items, now_);
    if (certificate.executed.empty()) continue;
    certificate.id = CertificateId(Fresh());
    certificate.subject_hash = hash_(subject);
    const PersonRecords& records = PersonIn(people_, subject);
    certificate.residue = ResidueOf(*catalogue_, records, facts_.holds, heard_, now_);
    certificate.nothing_left = NothingLeft(*catalogue_, records, facts_.holds, heard_, now_);
    if (!certificate.nothing_left && !HasLivingField(records)) {
      outcome_.waiting.push_back({subject, run_id});
    }
    Remember("erasure", subject, "", now_);
    outcome_.certificates.push_back(std::move(certificate));
  }
}

void Applier::Apply(const DisposalFinished& effect) {
  const size_t before = outcome_.finished.size();
  for (const DisposalResult& result : effect.results) FinishItem(result);
  std::set<std::pair<RunId, SubjectId>> finished;
  for (size_t i = before; i < outcome_.finished.size(); ++i) {
    finished.emplace(outcome_.finished[i].run, outcome_.finished[i].subject);
  }
  CertifyPeopleOf(finished);
}

void Applier::Finish(ApplyFeedOutcome& outcome) {
  for (const SubjectId& subject : touched_) {
    PersonRecords& records = people_[subject];
    if (catalogue_ != nullptr && Recompute(*catalogue_, now_, records)) {
      outcome_.limits.push_back({subject, LimitsOf(records.fields)});
    }
    outcome_.changed.push_back(records);
  }
  for (const SubjectId& subject : outcome_.emptied) {
    outcome_.limits.push_back({subject, {}});
    outcome_.changed.push_back(people_[subject]);
  }
  for (const DisposalRun& run : runs_) {
    if (touched_runs_.contains(run.id)) outcome_.runs.push_back(run);
  }
  outcome = std::move(outcome_);
}

}  // namespace

std::vector<SubjectId> SubjectsOf(const ApplyFeed& ask) {
  std::vector<SubjectId> subjects;
  for (const FeedEffect& effect : ask.effects) {
    std::visit(
        [&](const auto& one) {
          if constexpr (requires { one.subject; }) subjects.push_back(one.subject);
          if constexpr (requires { one.survivor; }) {
            subjects.push_back(one.survivor);
            subjects.push_back(one.merged);
          }
        },
        effect);
  }
  return subjects;
}

std::vector<ItemId> ItemsOf(const ApplyFeed& ask) {
  std::vector<ItemId> items;
  for (const FeedEffect& effect : ask.effects) {
    const auto* finished = std::get_if<DisposalFinished>(&effect);
    if (finished == nullptr) continue;
    for (const DisposalResult& result : finished->results) items.push_back(result.item);
  }
  return items;
}

absl::StatusOr<ApplyFeedOutcome> Decide(const ApplyFeed& ask, const ApplyFeedFacts& facts,
                                        absl::Time now, const FreshIds& fresh,
                                        const SubjectHash& hash) {
  ApplyFeedOutcome outcome;
  if (ask.next_index <= facts.cursor) {
    outcome.stale = true;
  } else {
    Applier applier(facts, now, fresh, hash);
    for (const FeedEffect& effect : ask.effects) {
      std::visit([&](const auto& one) { applier.Apply(one); }, effect);
    }
    applier.Finish(outcome);
  }
  outcome.feed = ask.feed;
  outcome.next_index = ask.next_index;
  return outcome;
}

}  // namespace varsam::retention
