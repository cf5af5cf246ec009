#include "services/retention/domain/plan_erasure.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "libs/calendar/stockholm.h"

namespace varsam::retention {
namespace {

using calendar::LocalDay;

// The step of that code with the given date, to name rule and law; null when there is none.
const RetentionStep* StepWith(const RetentionAnswer& answer, std::string_view code,
                              std::optional<LocalDay> date) {
  for (const RetentionStep& step : answer.steps) {
    if (step.code == code && (!date || step.date == date)) return &step;
  }
  return nullptr;
}

void NameLaw(const RetentionStep* step, ErasurePlanItem& item) {
  if (step == nullptr) return;
  item.rule = step->rule;
  item.law = step->law;
}

void Keep(KeepReason reason, std::optional<LocalDay> until, const std::string& sv,
          const std::string& en, ErasurePlanItem& item) {
  item.outcome = ErasureOutcome::kKeep;
  item.reason = reason;
  item.keep_until = until;
  item.sv = sv;
  item.en = en;
  if (!until) return;
  absl::StrAppend(&item.sv, " Sparas till och med ", calendar::InSwedish(*until), ".");
  absl::StrAppend(&item.en, " Kept until ", calendar::InEnglish(*until), ".");
}

// The method of disposal: that of the rule that ends the field, else plain deletion.
std::string ActionOf(const RetentionModel& model, const RetentionAnswer& answer) {
  if (answer.rule != nullptr) return answer.rule->action;
  for (const RetentionStep& step : answer.steps) {
    const Rule* rule = model.FindRule(step.rule);
    if (rule != nullptr && step.code == "MAXIMUM") return rule->action;
  }
  return "delete";
}

void Erase(const RetentionModel& model, LocalDay granted, ErasurePlanItem& item) {
  item.outcome = ErasureOutcome::kErase;
  // The request itself ends a record that no period has ended: seven days from it.
  const LocalDay by_request = granted + kErasureDaysMax;
  item.erase_by = std::min(item.answer.erase_by.value_or(by_request), by_request);
  item.action = ActionOf(model, item.answer);
  item.sv = absl::StrCat("Raderas senast ", calendar::InSwedish(*item.erase_by), ".");
  item.en = absl::StrCat("Erased by ", calendar::InEnglish(*item.erase_by), ".");
}

void Judge(const RetentionModel& model, LocalDay granted, ErasurePlanItem& item) {
  const RetentionAnswer& answer = item.answer;
  if (answer.codes.unmapped_field) {
    item.outcome = ErasureOutcome::kQuarantine;
    item.sv = "Fältet saknas i modellen och sätts i karantän tills det är kartlagt.";
    item.en = "The model lacks the field; it is quarantined until it is mapped.";
  } else if (answer.status == RetentionStatus::kIndefinite) {
    Keep(KeepReason::kSuppression, std::nullopt,
         "En nycklad kontrollsumma sparas så att du inte kontaktas igen.",
         "A keyed hash is kept so that you are not contacted again.", item);
    NameLaw(StepWith(answer, "INDEFINITE", std::nullopt), item);
  } else if (answer.status == RetentionStatus::kHeld) {
    Keep(KeepReason::kLegalClaims, std::nullopt,
         "Behövs för ett rättsligt anspråk och sparas tills bevarandespärren hävs.",
         "Needed for a legal claim and kept until the legal hold is released.", item);
    item.law = "Art. 17(3)(e)";
  } else if (answer.erasure_blocked) {
    Keep(KeepReason::kRestriction, std::nullopt,
         "Du har begärt att uppgiften sparas men inte används.",
         "You asked for the data to be kept but not used.", item);
    item.law = "Art. 18(1)(b)-(c)";
  } else if (answer.codes.legal_obligation &&
             answer.must_until == answer.retain_until) {
    Keep(KeepReason::kLegalObligation, answer.must_until, "Lagen kräver att uppgiften sparas.",
         "The law requires the data to be kept.", item);
    NameLaw(StepWith(answer, "MINIMUM", answer.must_until), item);
  } else if (answer.codes.legal_claims && answer.retain_until > granted) {
    Keep(KeepReason::kLegalClaims, answer.retain_until, "Behövs för rättsliga anspråk.",
         "Needed for legal claims.", item);
    NameLaw(StepWith(answer, "MAXIMUM", answer.may_until), item);
  } else {
    Erase(model, granted, item);
  }
}

}  // namespace

std::string_view NameOf(KeepReason reason) {
  switch (reason) {
    case KeepReason::kNone: return "";
    case KeepReason::kLegalObligation: return "LEGAL_OBLIGATION";
    case KeepReason::kLegalClaims: return "LEGAL_CLAIMS";
    case KeepReason::kRestriction: return "RESTRICTED";
    case KeepReason::kSuppression: return "SUPPRESSION";
  }
  return "";
}

std::vector<ErasurePlanItem> Plan(const RetentionModel& model, const PlanErasure& ask) {
  std::vector<ErasurePlanItem> plan;
  const LocalDay granted = calendar::LocalDayOf(ask.granted_at);
  for (const ErasureItem& item : ask.items) {
    RecordFacts facts = item.facts;
    RecordEvent erasure;
    erasure.type = EventType::kErasureGranted;
    erasure.at = ask.granted_at;
    facts.events.push_back(erasure);
    ErasurePlanItem planned;
    planned.system = item.system;
    planned.field = item.field;
    planned.answer =
        ComputeRetainUntil(model, facts, {item.system, item.field, ask.granted_at});
    planned.readers = planned.answer.readers;
    Judge(model, granted, planned);
    plan.push_back(std::move(planned));
  }
  return plan;
}

}  // namespace varsam::retention
