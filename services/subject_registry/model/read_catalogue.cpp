#include "services/subject_registry/model/read_catalogue.h"

namespace varsam::registry {
namespace {

std::optional<Basis> ReadBasis(YamlMap& map, std::string_view key) {
  return OptionalEnum<Basis>(map, key,
                             {{"consent", Basis::kConsent},
                              {"contract", Basis::kContract},
                              {"legal_obligation", Basis::kLegalObligation},
                              {"legitimate_interest", Basis::kLegitimateInterest},
                              {"strictly_necessary", Basis::kStrictlyNecessary}});
}

void WantLabel(YamlMap& map, const Entry& entry) {
  if (entry.sv.empty()) map.errors().Add(map.node(), "key sv is missing");
}

Purpose ReadPurpose(const std::string& id, const YamlNode& node, YamlErrors& errors) {
  Purpose purpose;
  YamlMap map(node, errors);
  ReadEntry(map, purpose);
  WantLabel(map, purpose);
  purpose.id = PurposeId(id);
  purpose.basis = ReadBasis(map, "basis");
  purpose.basis_if_party = ReadBasis(map, "basis_if_party");
  purpose.policy_basis = map.OptionalText("policy_basis");
  purpose.ep = OptionalEnum<EPrivacy>(map, "ep", {{"terminal", EPrivacy::kTerminal},
                                                  {"mfl_email", EPrivacy::kMflEmail},
                                                  {"mfl_other", EPrivacy::kMflOther}})
                   .value_or(EPrivacy::kNone);
  purpose.direct_marketing = map.OptionalBool("dm", false);
  purpose.residual = map.OptionalBool("residual", false);
  purpose.per_recipient = map.OptionalBool("per_recipient", false);
  purpose.dpia_required =
      OptionalEnum<bool>(map, "dpia", {{"required", true}}).value_or(false);
  purpose.output_anonymous =
      OptionalEnum<bool>(map, "output", {{"anonymous", true}}).value_or(false);
  purpose.renew_on_two_way_contact =
      OptionalEnum<bool>(map, "renew_on", {{"last_two_way_contact", true}}).value_or(false);
  purpose.lia = OptionalId<LiaId>(map, "lia");
  purpose.valid = OptionalPeriod(map, "valid");
  purpose.topics = map.OptionalTexts("topics");
  purpose.data = RequiredIds<DataCategoryId>(map, "data");
  map.Done();
  return purpose;
}

}  // namespace

void ReadSubjectCategories(YamlMap& root, PolicyModel& model) {
  ForEachEntry(root, "subject_categories", [&](const std::string& id, const YamlNode& node) {
    SubjectCategory category;
    YamlMap map(node, root.errors());
    ReadEntry(map, category);
    WantLabel(map, category);
    map.Done();
    category.id = SubjectCategoryId(id);
    model.subject_categories.push_back(std::move(category));
  });
}

void ReadDataCategories(YamlMap& root, PolicyModel& model) {
  ForEachEntry(root, "data_categories", [&](const std::string& id, const YamlNode& node) {
    DataCategory category;
    YamlMap map(node, root.errors());
    ReadEntry(map, category);
    WantLabel(map, category);
    category.id = DataCategoryId(id);
    category.sensitivity = Enum<Sensitivity>(map, "s", Sensitivity::kHigh,
                                             {{"normal", Sensitivity::kNormal},
                                              {"high", Sensitivity::kHigh},
                                              {"national_id", Sensitivity::kNationalId},
                                              {"location", Sensitivity::kLocation},
                                              {"special_risk", Sensitivity::kSpecialRisk}});
    category.special_ground = map.OptionalText("special_ground");
    map.Done();
    model.data_categories.push_back(std::move(category));
  });
}

void ReadContexts(YamlMap& root, PolicyModel& model) {
  ForEachEntry(root, "contexts", [&](const std::string& id, const YamlNode& node) {
    Context context;
    YamlMap map(node, root.errors());
    ReadEntry(map, context);
    WantLabel(map, context);
    context.id = ContextId(id);
    context.subjects = RequiredIds<SubjectCategoryId>(map, "subjects");
    context.sources = RequiredIds<SourceId>(map, "sources");
    context.systems = RequiredIds<SystemId>(map, "systems");
    map.Done();
    model.contexts.push_back(std::move(context));
  });
}

void ReadPurposes(YamlMap& root, PolicyModel& model) {
  ForEachEntry(root, "purposes", [&](const std::string& id, const YamlNode& node) {
    model.purposes.push_back(ReadPurpose(id, node, root.errors()));
  });
}

void ReadLias(YamlMap& root, PolicyModel& model) {
  ForEachEntry(root, "lias", [&](const std::string& id, const YamlNode& node) {
    Lia lia;
    lia.id = LiaId(id);
    lia.line = node.line;
    if (node.kind == YamlNode::Kind::kScalar) {
      if (node.scalar != "missing") root.errors().Add(node, "want missing, or a map");
    } else {
      YamlMap map(node, root.errors());
      lia.approved = Enum<bool>(map, "status", false, {{"missing", false}, {"approved", true}});
      lia.approved_at = OptionalInstant(map, "approved_at");
      lia.review_by = OptionalDay(map, "review_by");
      if (lia.approved && (!lia.approved_at || !lia.review_by)) {
        root.errors().Add(node, "an approved test needs approved_at and review_by");
      }
      map.Done();
    }
    model.lias.push_back(std::move(lia));
  });
}

void ReadDpias(YamlMap& root, PolicyModel& model) {
  ForEachEntry(root, "dpias", [&](const std::string& id, const YamlNode& node) {
    Dpia dpia;
    YamlMap map(node, root.errors());
    dpia.id = DpiaId(id);
    dpia.line = node.line;
    dpia.purposes = RequiredIds<PurposeId>(map, "purposes");
    dpia.status = Enum<DpiaStatus>(map, "status", DpiaStatus::kMissing,
                                   {{"missing", DpiaStatus::kMissing},
                                    {"to_screen", DpiaStatus::kToScreen},
                                    {"not_needed", DpiaStatus::kNotNeeded},
                                    {"approved", DpiaStatus::kApproved}});
    dpia.approved_at = OptionalInstant(map, "approved_at");
    if (dpia.status == DpiaStatus::kApproved && !dpia.approved_at) {
      root.errors().Add(node, "an approved assessment needs approved_at");
    }
    map.Done();
    model.dpias.push_back(std::move(dpia));
  });
}

void ReadSources(YamlMap& root, PolicyModel& model) {
  ForEachEntry(root, "sources", [&](const std::string& id, const YamlNode& node) {
    Source source;
    YamlMap map(node, root.errors());
    ReadEntry(map, source);
    WantLabel(map, source);
    source.id = SourceId(id);
    source.notice = Enum<NoticeDuty>(map, "notice", NoticeDuty::kArt14,
                                     {{"art13", NoticeDuty::kArt13},
                                      {"art14", NoticeDuty::kArt14}});
    source.require = map.OptionalTexts("require");
    map.Done();
    model.sources.push_back(std::move(source));
  });
}

}  // namespace varsam::registry
