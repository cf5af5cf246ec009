#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "services/subject_registry/domain/lint_parts.h"

namespace varsam::registry {
namespace {

constexpr char kUnfilled[] = "TODO";

void LintAssessments(const PolicyModel& model, LintIssues& issues) {
  for (const Lia& lia : model.lias) {
    if (lia.approved) continue;
    std::vector<std::string> denied;
    for (const Purpose& purpose : model.purposes) {
      if (purpose.lia == lia.id) denied.push_back(purpose.id.value());
    }
    AddFinding(issues, "LIA_MISSING", absl::StrCat("lias.", lia.id.value()), lia.line, denied,
               "Intresseavvägningen är inte godkänd; ändamålen som vilar på den nekas.",
               "The balancing test is not approved; purposes that rest on it are denied.");
  }
  for (const Dpia& dpia : model.dpias) {
    if (dpia.status == DpiaStatus::kApproved || dpia.status == DpiaStatus::kNotNeeded) continue;
    const bool missing = dpia.status == DpiaStatus::kMissing;
    std::vector<std::string> purposes;
    for (const PurposeId& id : dpia.purposes) purposes.push_back(id.value());
    AddFinding(issues, missing ? "DPIA_MISSING" : "DPIA_TO_SCREEN",
               absl::StrCat("dpias.", dpia.id.value()), dpia.line, purposes,
               missing ? "Konsekvensbedömningen är inte gjord."
                       : "Behovet av en konsekvensbedömning är inte prövat.",
               missing ? "The impact assessment has not been made."
                       : "The need for an impact assessment has not been screened.");
  }
  for (const Purpose& purpose : model.purposes) {
    const bool covered =
        std::any_of(model.dpias.begin(), model.dpias.end(), [&](const Dpia& dpia) {
          return std::find(dpia.purposes.begin(), dpia.purposes.end(), purpose.id) !=
                 dpia.purposes.end();
        });
    if (purpose.dpia_required && !covered) {
      AddFinding(issues, "DPIA_MISSING", absl::StrCat("purposes.", purpose.id.value()),
                 purpose.line, {purpose.id.value()},
                 "Ingen konsekvensbedömning täcker ändamålet, som kräver en.",
                 "No impact assessment covers the purpose, which requires one.");
    }
  }
}

void LintProcessors(const PolicyModel& model, LintIssues& issues) {
  for (const Processor& processor : model.processors) {
    const std::string path = absl::StrCat("processors.", processor.id.value());
    if (!processor.dpa) {
      AddFinding(issues, "DPA_MISSING", path, processor.line, {processor.id.value()},
                 "Personuppgiftsbiträdesavtal saknas; delning med biträdet nekas.",
                 "There is no processing agreement; sharing with the processor is denied.");
    }
    if (processor.transfer_unanswered ||
        (processor.region == Region::kThirdCountry && !processor.transfer)) {
      AddFinding(issues, "TRANSFER_UNANSWERED", path, processor.line, {processor.id.value()},
                 "Frågan om överföring till tredje land är inte besvarad.",
                 "Whether data is transferred to a third country has not been answered.");
    }
  }
}

// Art. 13(1)(a)-(b), 14(1)(a)-(b): what a notice must state about the controller.
void LintController(const PolicyModel& model, LintIssues& issues) {
  const Controller& controller = model.controller;
  std::vector<std::string> missing;
  if (controller.org_no == kUnfilled || controller.org_no.empty()) missing.push_back("org_no");
  if (controller.address == kUnfilled || controller.address.empty()) missing.push_back("address");
  if (!missing.empty()) {
    AddFinding(issues, "NOTICE_ITEM_MISSING", "controller", 0, missing,
               "Uppgifter om den personuppgiftsansvarige saknas; texten kan inte publiceras.",
               "Facts about the controller are missing; the notice cannot be published.");
  }
}

void LintPeopleAndData(const PolicyModel& model, LintIssues& issues) {
  for (const DataCategory& data : model.data_categories) {
    const bool sensitive = data.sensitivity == Sensitivity::kSpecialRisk ||
                           data.sensitivity == Sensitivity::kNationalId;
    if (!sensitive || data.special_ground) continue;
    AddFinding(issues, "SPECIAL_GROUND_MISSING", absl::StrCat("data_categories.", data.id.value()),
               data.line, {data.id.value()},
               absl::StrCat(data.sv, ": ingen grund enligt artikel 9 eller 3 kap. 10 § "
                                     "dataskyddslagen är antecknad."),
               absl::StrCat(data.id.value(), ": no ground under Article 9 or Dataskyddslagen 3:10 "
                                             "is recorded."));
  }
  for (const SubjectCategory& category : model.subject_categories) {
    const bool used =
        std::any_of(model.contexts.begin(), model.contexts.end(), [&](const Context& context) {
          return std::find(context.subjects.begin(), context.subjects.end(), category.id) !=
                 context.subjects.end();
        });
    if (used) continue;
    AddFinding(issues, "SUBJECT_WITHOUT_CONTEXT",
               absl::StrCat("subject_categories.", category.id.value()), category.line,
               {category.id.value()},
               absl::StrCat("Inget sammanhang nämner ", category.sv, "."),
               absl::StrCat("No context names ", category.id.value(), "."));
  }
}

void LintPolicyText(const PolicyModel& model, LintIssues& issues) {
  for (const Purpose& purpose : model.purposes) {
    if (!purpose.policy_basis || !purpose.basis) continue;
    AddFinding(issues, "POLICY_BASIS_DIFFERS", absl::StrCat("purposes.", purpose.id.value()),
               purpose.line, {*purpose.policy_basis, NameOf(*purpose.basis)},
               absl::StrCat("Policyns text anger en annan grund för ", purpose.sv,
                            " än den som tillämpas."),
               absl::StrCat("The policy text claims another basis for ", purpose.id.value(),
                            " than the one applied."));
  }
  for (const Gap& gap : model.gaps) {
    AddFinding(issues, gap.id, absl::StrCat("gaps.", gap.id), gap.line, {},
               absl::StrCat("Brist i policyns text: ", gap.text), gap.text);
  }
}

}  // namespace

void LintOpenMatters(const PolicyModel& model, LintIssues& issues) {
  LintController(model, issues);
  LintPeopleAndData(model, issues);
  LintAssessments(model, issues);
  LintProcessors(model, issues);
  LintPolicyText(model, issues);
  if (model.cookies.preticked || !model.cookies.reject_first_layer) {
    AddError(issues, "COOKIE_BANNER_UNFAIR", "cookies", 0, {"preticked", "reject_first_layer"},
             "Kakbannern måste ha ett nekande i första lagret och inget förkryssat.",
             "The cookie banner must offer refusal in its first layer and tick nothing.");
  }
}

}  // namespace varsam::registry
