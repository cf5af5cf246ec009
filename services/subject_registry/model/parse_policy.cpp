#include "services/subject_registry/model/parse_policy.h"

#include "libs/base/status_macros.h"
#include "services/subject_registry/model/read_catalogue.h"
#include "services/subject_registry/model/read_systems.h"
#include "services/subject_registry/model/read_values.h"

namespace varsam::registry {
namespace {

constexpr std::string_view kSchema = "privacy-policy-model/1";

void ReadHead(YamlMap& root, PolicyModel& model) {
  if (root.Text("schema") != kSchema) {
    root.errors().Add(root.node(), "schema: want privacy-policy-model/1");
  }
  if (const YamlNode* legend = root.OptionalChild("legend")) {
    YamlMap map(*legend, root.errors());
    for (const std::string_view key : {"P", "L", "D"}) map.OptionalText(key);
    map.Done();
  }
  if (const YamlNode* node = root.Child("policy")) {
    YamlMap map(*node, root.errors());
    model.policy.id = map.Text("id");
    model.policy.version = map.Text("version");
    model.policy.lang = map.Text("lang");
    model.policy.published_at = OptionalDay(map, "published_at");
    model.policy.effective_from = OptionalDay(map, "effective_from");
    model.policy.supersedes = map.OptionalText("supersedes");
    model.policy.source_sha256 = map.OptionalText("source_sha256");
    map.Done();
  }
}

void ReadController(YamlMap& root, PolicyModel& model) {
  const YamlNode* node = root.Child("controller");
  if (node == nullptr) return;
  YamlMap map(*node, root.errors());
  Controller& controller = model.controller;
  controller.name = map.Text("name");
  controller.org_no = map.Text("org_no");
  controller.address = map.Text("address");
  controller.dpo = map.Text("dpo");
  controller.contact = map.Text("contact");
  controller.supervisory_authority = map.Text("supervisory_authority");
  controller.eprivacy_authority = map.Text("eprivacy_authority");
  controller.tz = map.Text("tz");
  if (!controller.tz.empty() && controller.tz != "Europe/Stockholm") {
    root.errors().Add(*node, "tz: only Europe/Stockholm is supported");
  }
  map.Done();
}

void ReadRightsAndChannels(YamlMap& root, PolicyModel& model) {
  ForEachEntry(root, "rights", [&](const std::string& id, const YamlNode& node) {
    YamlMap map(node, root.errors());
    model.rights.push_back({id, map.Text("art"), map.Text("promise")});
    map.Done();
  });
  ForEachEntry(root, "channels", [&](const std::string& id, const YamlNode& node) {
    Channel channel;
    YamlMap map(node, root.errors());
    ReadEntry(map, channel);
    channel.id = id;
    channel.address = map.OptionalText("address").value_or("");
    channel.label = map.OptionalText("label").value_or("");
    map.Done();
    model.channels.push_back(std::move(channel));
  });
}

void ReadCookies(YamlMap& root, PolicyModel& model) {
  const YamlNode* node = root.Child("cookies");
  if (node == nullptr) return;
  YamlMap map(*node, root.errors());
  if (const YamlNode* categories = map.Child("categories")) {
    YamlMap inner(*categories, root.errors());
    for (const auto& [category, value] : categories->fields) {
      if (auto purpose = OptionalId<PurposeId>(inner, category)) {
        model.cookies.categories.emplace_back(category, *std::move(purpose));
      } else {
        root.errors().Add(value, "want a purpose");
      }
    }
  }
  model.cookies.consent_valid = RequiredPeriod(map, "consent_valid");
  model.cookies.re_ask_after_refusal = RequiredPeriod(map, "re_ask_after_refusal");
  model.cookies.reject_first_layer = RequiredBool(map, "reject_first_layer");
  model.cookies.preticked = RequiredBool(map, "preticked");
  model.cookies.origin = ReadOrigin(map);
  map.Done();
}

void ReadSecurity(YamlMap& root, PolicyModel& model) {
  const YamlNode* node = root.Child("security");
  if (node == nullptr) return;
  YamlMap map(*node, root.errors());
  Security& security = model.security;
  if (const YamlNode* backup = map.Child("backup")) {
    YamlMap inner(*backup, root.errors());
    security.backup_every = RequiredPeriod(inner, "every");
    security.backup_max_age = RequiredHours(inner, "max_age_alert");
    security.backup_retention = RequiredPeriod(inner, "retention");
    security.restore_test = RequiredPeriod(inner, "restore_test");
    inner.Done();
  }
  security.storage = map.Text("storage");
  security.access = map.Text("access");
  security.access_review = RequiredPeriod(map, "access_review");
  security.vendor_review = RequiredPeriod(map, "vendor_review");
  security.contact_review = RequiredPeriod(map, "contact_review");
  security.lia_review = RequiredPeriod(map, "lia_review");
  security.policy_review = RequiredPeriod(map, "policy_review");
  security.ref = map.OptionalText("ref").value_or("");
  security.origin = ReadOrigin(map);
  map.Done();
}

void ReadGaps(YamlMap& root, PolicyModel& model) {
  const YamlNode* node = root.OptionalChild("gaps");
  if (node == nullptr) return;
  YamlMap map(*node, root.errors());
  for (const auto& [id, value] : node->fields) {
    model.gaps.push_back({id, map.Text(id), value.line});
  }
}

}  // namespace

absl::StatusOr<PolicyModel> ParsePolicy(std::string_view yaml) {
  ASSIGN_OR_RETURN(const YamlNode document, ParseYaml(yaml));
  YamlErrors errors;
  YamlMap root(document, errors);
  PolicyModel model;
  ReadHead(root, model);
  ReadController(root, model);
  ReadSubjectCategories(root, model);
  ReadDataCategories(root, model);
  ReadContexts(root, model);
  ReadPurposes(root, model);
  ReadLias(root, model);
  ReadDpias(root, model);
  ReadSystems(root, model);
  ReadProcessors(root, model);
  ReadSources(root, model);
  ReadRetentionRules(root, model);
  ReadRightsAndChannels(root, model);
  ReadCookies(root, model);
  ReadSecurity(root, model);
  ReadGaps(root, model);
  root.Done();
  RETURN_IF_ERROR(errors.ToStatus());
  return model;
}

}  // namespace varsam::registry
