#include "services/retention/domain/field_facts.h"

#include <algorithm>

namespace varsam::retention {
namespace {

bool Has(const std::vector<std::string>& list, std::string_view value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

const ConsentChoice* ChoiceFor(const Person& person, const std::string& purpose) {
  for (const ConsentChoice& choice : person.choices) {
    if (choice.purpose == purpose) return &choice;
  }
  return nullptr;
}

bool Names(const UpheldObjection& objection, const std::string& purpose) {
  return Has(objection.purposes, "all") || Has(objection.purposes, purpose);
}

void AddOwnActs(const Person& person, const Field& field, RecordFacts& facts) {
  const auto add = [&](EventType type, absl::Time at, std::string purpose) {
    if (at < field.collected_at) return;
    RecordEvent event;
    event.type = type;
    event.at = at;
    event.purpose = std::move(purpose);
    facts.events.push_back(std::move(event));
  };
  for (const ErasureGrant& grant : person.erasures) add(EventType::kErasureGranted, grant.at, "");
  for (const ConsentChoice& choice : person.choices) {
    if (!choice.given) add(EventType::kConsentWithdrawn, choice.at, choice.purpose);
  }
  // An objection ends the record when nothing else holds it.
  for (const UpheldObjection& objection : person.objections) {
    const bool all = std::all_of(
        facts.purposes.begin(), facts.purposes.end(),
        [&](const HeldPurpose& one) { return Names(objection, one.purpose) || one.ended_at; });
    if (all) add(EventType::kObjectionUpheld, objection.at, "");
  }
}

void AddSource(const Catalogue& catalogue, const Person& person, const Field& field,
               RecordFacts& facts) {
  const PersonSource* found = nullptr;
  for (const PersonSource& source : person.sources) {
    if (field.flags.source ? source.source == *field.flags.source : person.sources.size() == 1) {
      found = &source;
    }
  }
  if (found == nullptr) return;
  const bool direct = Has(catalogue.model.direct_sources, found->source);
  facts.source = RecordSource{!direct, found->collected_at, found->notice_at};
}

}  // namespace

std::vector<HeldPurpose> PurposesOf(const Catalogue& catalogue, const Person& person,
                                    const Field& field) {
  std::vector<HeldPurpose> purposes = field.purposes;
  if (purposes.empty()) {
    const SystemFields* system = catalogue.model.FindSystem(field.key.system);
    if (system == nullptr) return purposes;
    for (const std::string& id : system->purposes) {
      const PurposeData* purpose = catalogue.model.FindPurpose(id);
      if (purpose == nullptr) continue;
      if (!purpose->consent) {
        purposes.push_back({id, std::nullopt});
      } else if (const ConsentChoice* choice = ChoiceFor(person, id)) {
        purposes.push_back({id, choice->given ? std::nullopt : std::optional(choice->at)});
      }
    }
  }
  for (HeldPurpose& held : purposes) {
    for (const UpheldObjection& objection : person.objections) {
      if (objection.at < field.collected_at || !Names(objection, held.purpose)) continue;
      held.ended_at = std::min(held.ended_at.value_or(objection.at), objection.at);
    }
  }
  return purposes;
}

RecordFacts UnheldFactsOf(const Catalogue& catalogue, const Person& person, const Field& field) {
  RecordFacts facts;
  facts.subject_categories = field.subject_categories;
  facts.flags = field.flags;
  facts.purposes = PurposesOf(catalogue, person, field);
  facts.collected_at = field.collected_at;
  facts.claims_need_recorded = field.claims_need_recorded;
  facts.rule_changes = catalogue.changes;
  for (const SeenEvent& seen : field.events) {
    std::optional<RecordEvent> event = EventNamed(seen.type);
    if (!event) continue;  // of a later release
    event->at = seen.at;
    facts.events.push_back(*std::move(event));
  }
  AddOwnActs(person, field, facts);
  AddSource(catalogue, person, field, facts);
  return facts;
}

RecordFacts FactsOf(const Catalogue& catalogue, const Person& person, const Field& field,
                    const std::vector<Hold>& holds) {
  RecordFacts facts = UnheldFactsOf(catalogue, person, field);
  for (const PersonRestriction& one : person.restrictions) {
    facts.restrictions.push_back(one.restriction);
  }
  for (const Hold& hold : holds) {
    if (!Covers(hold.scope, field)) continue;
    RecordEvent event;
    event.type = EventType::kHoldSet;
    event.at = hold.set_at;
    event.matter = hold.id.ToString();
    facts.events.push_back(event);
    if (!hold.released_at) continue;
    event.type = EventType::kHoldReleased;
    event.at = *hold.released_at;
    facts.events.push_back(event);
  }
  return facts;
}

RetentionAnswer AnswerFor(const Catalogue& catalogue, const Field& field, const RecordFacts& facts,
                          absl::Time as_of, bool in_words) {
  return ComputeRetainUntil(catalogue.model, facts,
                            {field.key.system, field.key.category, as_of, in_words});
}

std::string MethodOf(const Catalogue& catalogue, const RetentionAnswer& answer) {
  if (answer.rule != nullptr) return answer.rule->action;
  for (const RetentionStep& step : answer.steps) {
    if (step.code != "MAXIMUM" && step.code != "CUT") continue;
    const Rule* rule = catalogue.model.FindRule(step.rule);
    if (rule != nullptr && rule->action != "none") return rule->action;
  }
  return "delete";
}

}  // namespace varsam::retention
