#include "services/consent/domain/decide.h"

namespace varsam::consent {
namespace {

struct Passed {
  std::string_view sv, en;
};

// What it means that a step was passed, in the order of the steps.
constexpr Passed kPassed[12] = {
    {"Ändamålet finns och gäller.", "The purpose exists and is in force."},
    {"Ändamålet omfattar uppgifterna.", "The purpose covers the data."},
    {"Personen är inte raderad, eller ändamålet består efter radering.",
     "The person is not erased, or the purpose survives erasure."},
    {"Ingen begränsning hindrar ändamålet.", "No restriction stands against the purpose."},
    {"Lagringstiden löper.", "The retention period is running."},
    {"Ingen invändning mot marknadsföring och inget ämnesval hindrar.",
     "No objection to marketing and no choice of topic stands against it."},
    {"Ingen invändning enligt artikel 21.1 hindrar.",
     "No objection under Article 21(1) stands against it."},
    {"Personen är informerad, eller tiden för information löper.",
     "The person has been informed, or there is still time to do so."},
    {"Samtycke krävs inte, eller finns.", "Consent is not required, or is there."},
    {"Marknadsföringslagen hindrar inte.", "The Marketing Act does not stand against it."},
    {"Den rättsliga grunden håller.", "The legal basis holds."},
    {"Mottagaren får ta del av uppgifterna.", "The recipient may receive the data."},
};

}  // namespace

std::vector<DecisionStep> Explain(const Decision& decision) {
  std::vector<DecisionStep> steps;
  const int passed = decision.allowed() ? 12 : decision.step - 1;
  for (int step = 1; step <= passed; ++step) {
    const Passed& text = kPassed[step - 1];
    steps.push_back({step, true, std::string(text.sv), std::string(text.en)});
  }
  const ReasonText& text = TextOf(decision.reason);
  DecisionStep last{decision.step, decision.allowed(), std::string(text.sv), std::string(text.en)};
  if (decision.missing) {
    const std::string name(NameOf(*decision.missing));
    last.sv += " (" + name + ")";
    last.en += " (" + name + ")";
  }
  steps.push_back(std::move(last));
  return steps;
}

}  // namespace varsam::consent
