#include "services/subject_registry/domain/import_subjects.h"

#include <algorithm>

#include "libs/base/error.h"

namespace varsam::registry {
namespace {

// The code that holds the row, or empty.
std::string HeldBy(const ImportRow& row, const ImportFacts& facts) {
  const PolicyModel& policy = *facts.policy;
  if (row.categories.empty()) return "UNCLASSIFIED_SUBJECT";
  for (const std::string& category : row.categories) {
    if (FindById(policy.subject_categories, SubjectCategoryId(category)) == nullptr) {
      return "UNKNOWN_CATEGORY";
    }
  }
  if (!row.source) return "SOURCE_REQUIRED";
  const Source* source = FindById(policy.sources, SourceId(row.source->source));
  if (source == nullptr) return "SOURCE_REQUIRED";
  for (const SealedIdentifier& identifier : row.identifiers) {
    if (source->notice == NoticeDuty::kArt14 &&
        facts.suppressed.count({identifier.type, identifier.blind_index}) > 0) {
      return "REIMPORT_SUPPRESSED";
    }
  }
  for (const std::string& wanted : source->require) {
    // When it was collected is a field of its own.
    if (wanted != "collected_at" && row.source->evidence.count(wanted) == 0) {
      return "SOURCE_EVIDENCE_MISSING";
    }
  }
  return "";
}

template <typename T>
void AddMissing(std::vector<T>& to, const std::vector<T>& from) {
  for (const T& one : from) {
    if (std::find(to.begin(), to.end(), one) == to.end()) to.push_back(one);
  }
}

void MergeSource(Subject& subject, const SubjectSource& source) {
  for (SubjectSource& known : subject.sources) {
    if (known.source != source.source) continue;
    known.collected_at = std::min(known.collected_at, source.collected_at);
    if (!known.notice_at) known.notice_at = source.notice_at;
    known.evidence.insert(source.evidence.begin(), source.evidence.end());
    return;
  }
  subject.sources.push_back(source);
}

// The same kind from the same day is the same relationship told again, perhaps with its end.
void MergeRelationship(Subject& subject, const Relationship& told) {
  for (Relationship& known : subject.relationships) {
    if (known.kind != told.kind || known.from != told.from) continue;
    if (told.to) known.to = told.to;
    return;
  }
  subject.relationships.push_back(told);
}

void Apply(const ImportRow& row, absl::Time now, Subject& subject) {
  AddMissing(subject.categories, row.categories);
  if (row.capacity) subject.capacity = *row.capacity;
  if (row.soft_opt_in) subject.soft_opt_in = *row.soft_opt_in;
  if (row.language != 0) subject.language = row.language;
  if (!row.sealed_name.empty()) subject.sealed_name = row.sealed_name;
  MergeSource(subject, *row.source);
  for (const Relationship& one : row.relationships) MergeRelationship(subject, one);
  for (SealedIdentifier identifier : row.identifiers) {
    const bool known = std::any_of(
        subject.identifiers.begin(), subject.identifiers.end(), [&](const SealedIdentifier& other) {
          return other.type == identifier.type && other.blind_index == identifier.blind_index;
        });
    if (known) continue;
    identifier.on_file_since = now;
    subject.identifiers.push_back(std::move(identifier));
  }
}

Subject Fresh(const ImportRow& row, absl::Time now) {
  Subject subject;
  subject.id = row.sealed_for;
  subject.registered_at = now;
  return subject;
}

// Decides rows one after the other, each seeing what the earlier ones have made.
class Importer {
 public:
  Importer(const ImportFacts& facts, absl::Time now)
      : facts_(facts), now_(now), owners_(facts.owners) {}

  ImportedRow Row(const ImportRow& row) {
    if (std::string code = HeldBy(row, facts_); !code.empty()) {
      return {row.row_id, code, std::nullopt};
    }
    std::set<SubjectId> owners;
    for (const SealedIdentifier& identifier : row.identifiers) {
      auto owner = owners_.find({identifier.type, identifier.blind_index});
      if (owner != owners_.end()) owners.insert(owner->second);
    }
    if (owners.size() > 1) return {row.row_id, "IDENTIFIER_CONFLICT", std::nullopt};
    const SubjectId id = owners.empty() ? row.sealed_for : *owners.begin();
    // What was sealed for somebody else cannot be stored here.
    if (id != row.sealed_for) return {row.row_id, "IDENTITY_RACE", std::nullopt};
    Subject& subject = Touch(id, row);
    Apply(row, now_, subject);
    for (const SealedIdentifier& identifier : row.identifiers) {
      owners_[{identifier.type, identifier.blind_index}] = id;
    }
    return {row.row_id, owners.empty() ? "CREATED" : "MATCHED", id};
  }

  std::vector<Subject> Changed() && {
    std::vector<Subject> changed;
    changed.reserve(changed_.size());
    for (auto& [id, subject] : changed_) changed.push_back(std::move(subject));
    return changed;
  }

 private:
  Subject& Touch(const SubjectId& id, const ImportRow& row) {
    auto [at, fresh] = changed_.try_emplace(id);
    if (fresh) {
      auto known = facts_.subjects.find(id);
      at->second = known == facts_.subjects.end() ? Fresh(row, now_) : known->second;
      ++at->second.revision;
    }
    return at->second;
  }

  const ImportFacts& facts_;
  const absl::Time now_;
  std::map<std::pair<int, std::string>, SubjectId> owners_;
  std::map<SubjectId, Subject> changed_;
};

}  // namespace

absl::StatusOr<ImportOutcome> Decide(const ImportSubjects& ask, const ImportFacts& facts,
                                     absl::Time now) {
  if (facts.policy == nullptr) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "POLICY_MISSING",
                           "no policy is in force, so nobody can be classified");
  }
  Importer importer(facts, now);
  ImportOutcome outcome;
  outcome.at = now;
  outcome.rows.reserve(ask.rows.size());
  for (const ImportRow& row : ask.rows) outcome.rows.push_back(importer.Row(row));
  outcome.changed = std::move(importer).Changed();
  return outcome;
}

}  // namespace varsam::registry
