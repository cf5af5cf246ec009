#include "services/gateway/rest/promises.h"

#include <array>

#include "absl/strings/str_format.h"
#include "libs/base/status_macros.h"
#include "libs/base/strict_yaml.h"
#include "nlohmann/json.hpp"

namespace varsam::gateway {
namespace {

constexpr std::array<std::string_view, 5> kServices = {"consent", "registry", "requests",
                                                       "retention", "gateway"};

bool IsService(const std::string& name) {
  for (std::string_view one : kServices) {
    if (one == name) return true;
  }
  return false;
}

Promise ReadPromise(const YamlNode& node, YamlErrors& errors) {
  YamlMap map(node, errors);
  Promise promise;
  promise.id = map.Text("id");
  promise.section = map.Text("section");
  promise.promise = map.Text("promise");
  promise.rule = map.Text("rule");
  promise.services = map.Texts("services");
  promise.scenario = map.OptionalText("scenario").value_or("");
  map.Done();
  for (const std::string& service : promise.services) {
    if (!IsService(service)) errors.Add(node, "unknown service " + service);
  }
  return promise;
}

}  // namespace

absl::StatusOr<std::vector<Promise>> ParsePromises(std::string_view yaml) {
  ASSIGN_OR_RETURN(const YamlNode root, ParseYaml(yaml));
  YamlErrors errors;
  YamlMap map(root, errors);
  std::vector<Promise> promises;
  map.Ignore("schema");
  if (const YamlNode* list = map.Child("promises")) {
    for (const YamlNode& item : list->items) {
      promises.push_back(ReadPromise(item, errors));
      const std::string wanted = absl::StrFormat("P%02d", promises.size());
      if (promises.back().id != wanted) errors.Add(item, "id is not " + wanted);
    }
  }
  map.Done();
  RETURN_IF_ERROR(errors.ToStatus());
  return promises;
}

std::string PromisesJson(const std::vector<Promise>& promises,
                         const std::map<std::string, LedgerEvidence>& ledgers) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Promise& promise : promises) {
    nlohmann::ordered_json row = {{"id", promise.id},
                                  {"section", promise.section},
                                  {"promise", promise.promise},
                                  {"rule", promise.rule},
                                  {"services", promise.services}};
    nlohmann::ordered_json evidence = nlohmann::ordered_json::array();
    bool all = true;
    for (const std::string& service : promise.services) {
      const auto it = ledgers.find(service);
      if (it == ledgers.end()) continue;
      all = all && it->second.reachable;
      nlohmann::ordered_json one = {{"ledger", "varsam/" + service},
                                    {"reachable", it->second.reachable}};
      if (it->second.reachable) {
        one["entries"] = it->second.entries;
      } else {
        one["reason"] = it->second.reason;
      }
      evidence.push_back(std::move(one));
    }
    row["scenario"] = promise.scenario.empty() ? nlohmann::ordered_json(nullptr)
                                               : nlohmann::ordered_json(promise.scenario);
    row["status"] = promise.scenario.empty() ? "unproven" : all ? "shown" : "unavailable";
    row["evidence"] = std::move(evidence);
    rows.push_back(std::move(row));
  }
  return nlohmann::ordered_json{{"promises", std::move(rows)}}.dump();
}

}  // namespace varsam::gateway
