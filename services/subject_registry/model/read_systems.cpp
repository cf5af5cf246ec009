#include "services/subject_registry/model/read_systems.h"

namespace varsam::registry {
namespace {

// `dpa: missing`, or a map of dates.
void ReadDpa(YamlMap& processor, Processor& into) {
  const YamlNode* node = processor.Child("dpa");
  if (node == nullptr) return;
  if (node->kind == YamlNode::Kind::kScalar) {
    if (node->scalar != "missing") processor.errors().Add(*node, "want missing, or a map");
    return;
  }
  YamlMap map(*node, processor.errors());
  Dpa dpa;
  dpa.signed_on = OptionalDay(map, "signed");
  dpa.expires_on = OptionalDay(map, "expires");
  dpa.review_on = OptionalDay(map, "review");
  if (!dpa.signed_on) processor.errors().Add(*node, "an agreement needs the day it was signed");
  map.Done();
  into.dpa = dpa;
}

// `transfer: check`, or a map.
void ReadTransfer(YamlMap& processor, Processor& into) {
  const YamlNode* node = processor.OptionalChild("transfer");
  if (node == nullptr) return;
  if (node->kind == YamlNode::Kind::kScalar) {
    if (node->scalar != "check") processor.errors().Add(*node, "want check, or a map");
    into.transfer_unanswered = true;
    return;
  }
  YamlMap map(*node, processor.errors());
  Transfer transfer;
  transfer.mechanism = Enum<TransferMechanism>(map, "mechanism", TransferMechanism::kScc,
                                               {{"adequacy", TransferMechanism::kAdequacy},
                                                {"scc", TransferMechanism::kScc},
                                                {"bcr", TransferMechanism::kBcr}});
  transfer.tia_on = OptionalDay(map, "tia");
  transfer.valid_to = OptionalDay(map, "valid_to");
  map.Done();
  into.transfer = transfer;
}

std::optional<bool> OptionalFlag(YamlMap& map, std::string_view key) {
  if (map.OptionalChild(key) == nullptr) return std::nullopt;
  return map.OptionalBool(key, false);
}

RuleCondition ReadCondition(YamlMap& rule) {
  RuleCondition when;
  const YamlNode* node = rule.OptionalChild("when");
  if (node == nullptr) return when;
  YamlMap map(*node, rule.errors());
  when.origin = map.OptionalText("origin");
  if (when.origin && *when.origin != "self_initiated" && *when.origin != "outbound") {
    rule.errors().Add(*node, "origin: want self_initiated or outbound");
  }
  when.customer = OptionalFlag(map, "customer");
  when.contacted = OptionalFlag(map, "contacted");
  when.source = OptionalId<SourceId>(map, "source");
  map.Done();
  return when;
}

// Nothing after the clock may be left open: an unknown clock would never start.
std::string ReadClock(YamlMap& map, bool needed) {
  static constexpr std::string_view kClocks[] = {
      "contact_end_requested", "last_two_way_contact", "last_interest_signal",
      "no_interest_declared", "list_imported", "role_ended", "contract_end", "assignment_end",
      "employment_end", "application_rejected", "application_withdrawn", "fiscal_year_end",
      "vacation_year_end", "work_performed", "position_recorded", "event_recorded", "last_message",
      "survey_answered", "incident_closed", "unsubscribed", "consent_ended", "case_closed",
      "backup_taken"};
  const auto clock = map.OptionalText("clock");
  if (!clock) {
    if (needed) map.errors().Add(map.node(), "key clock is missing");
    return {};
  }
  for (const std::string_view known : kClocks) {
    if (known == *clock) return *clock;
  }
  WantOneOf(map, "clock", {std::begin(kClocks), std::end(kClocks)});
  return {};
}

std::string ReadAction(YamlMap& map) {
  static constexpr std::string_view kActions[] = {
      "delete", "redact",       "anonymise", "aggregate_then_delete",
      "crypto_shred", "suppress_hash", "expire",    "none"};
  const std::string action = map.Text("action");
  for (const std::string_view known : kActions) {
    if (known == action) return action;
  }
  WantOneOf(map, "action", {std::begin(kActions), std::end(kActions)});
  return {};
}

RetentionRule ReadRule(const std::string& id, const YamlNode& node, YamlErrors& errors) {
  RetentionRule rule;
  YamlMap map(node, errors);
  ReadEntry(map, rule);
  rule.id = RuleId(id);
  Require(map, "sys");
  rule.system = OptionalId<SystemId>(map, "sys").value_or(SystemId());
  rule.subject = OptionalId<SubjectCategoryId>(map, "subj");
  rule.purpose = OptionalId<PurposeId>(map, "purpose");
  rule.data = OptionalIds<DataCategoryId>(map, "data");
  rule.when = ReadCondition(map);
  const bool indefinite = map.Text("keep") == "indefinite";
  if (!indefinite) rule.keep = OptionalPeriod(map, "keep");
  rule.clock = ReadClock(map, !indefinite);
  rule.round = OptionalEnum<Round>(map, "round", {{"calendar_year_end", Round::kCalendarYearEnd}})
                   .value_or(Round::kNone);
  rule.kind = Enum<RuleKind>(map, "kind", RuleKind::kMay,
                             {{"may", RuleKind::kMay}, {"must", RuleKind::kMust}});
  rule.claims = map.OptionalBool("claims", false);
  rule.action = ReadAction(map);
  rule.notify_before = OptionalPeriod(map, "notify_before");
  rule.review = OptionalPeriod(map, "review");
  if (indefinite && !rule.review) errors.Add(node, "keep indefinite needs a review");
  map.Done();
  return rule;
}

}  // namespace

void ReadSystems(YamlMap& root, PolicyModel& model) {
  ForEachEntry(root, "systems", [&](const std::string& id, const YamlNode& node) {
    System system;
    YamlMap map(node, root.errors());
    ReadEntry(map, system);
    system.id = SystemId(id);
    system.own = RequiredIds<DataCategoryId>(map, "own");
    system.inherits = OptionalIds<SystemId>(map, "inherits");
    if (map.OptionalChild("inherit_only") != nullptr) {
      system.inherit_only = OptionalIds<DataCategoryId>(map, "inherit_only");
    }
    system.purposes = RequiredIds<PurposeId>(map, "purposes");
    system.processor = OptionalId<ProcessorId>(map, "processor");
    system.roles = map.OptionalTexts("roles");
    map.Done();
    model.systems.push_back(std::move(system));
  });
}

void ReadProcessors(YamlMap& root, PolicyModel& model) {
  ForEachEntry(root, "processors", [&](const std::string& id, const YamlNode& node) {
    Processor processor;
    YamlMap map(node, root.errors());
    processor.id = ProcessorId(id);
    processor.line = node.line;
    processor.name = map.OptionalText("name").value_or("");
    processor.org_no = map.OptionalText("org_no").value_or("");
    processor.role = map.Text("role");
    processor.purpose = map.OptionalText("purpose").value_or("");
    ReadDpa(map, processor);
    processor.region = OptionalEnum<Region>(map, "region", {{"eea", Region::kEea},
                                                            {"third_country",
                                                             Region::kThirdCountry}})
                           .value_or(Region::kUnstated);
    ReadTransfer(map, processor);
    processor.subprocessors = map.OptionalTexts("subprocessors");
    map.Done();
    model.processors.push_back(std::move(processor));
  });
}

void ReadRetentionRules(YamlMap& root, PolicyModel& model) {
  ForEachEntry(root, "retention_rules", [&](const std::string& id, const YamlNode& node) {
    model.retention_rules.push_back(ReadRule(id, node, root.errors()));
  });
}

}  // namespace varsam::registry
