#include <algorithm>
#include <set>
#include <utility>

#include "libs/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "services/request_workflow/answer/package.h"

namespace varsam::requests {
namespace {

using nlohmann::json;

std::string LabelOf(const PolicyView& policy, const std::string& category) {
  const auto it = policy.category_labels.find(category);
  return it == policy.category_labels.end() ? category : it->second;
}

json Purposes(const PolicyView& policy) {
  json list = json::array();
  for (const PolicySystem& system : policy.systems) {
    for (const std::string& id : system.purposes) {
      for (const PolicyPurpose& purpose : policy.purposes) {
        if (purpose.id != id) continue;
        list.push_back({{"system", system.id},
                        {"purpose", id},
                        {"label", purpose.label},
                        {"legal_basis", purpose.basis},
                        {"topics", purpose.topics}});
      }
    }
  }
  return list;
}

json Categories(const PackageContent& content, const PolicyView& policy) {
  json list = json::array();
  for (const PolicySystem& system : policy.systems) {
    for (const std::string& category : system.categories) {
      list.push_back(
          {{"system", system.id}, {"category", category}, {"label", LabelOf(policy, category)}});
    }
  }
  return list;
}

json Recipients(const PackageContent& content, const PolicyView& policy) {
  json actual = json::array();
  for (const ActualRecipient& one : content.recipients) {
    actual.push_back({{"recipient", one.recipient},
                      {"kind", one.kind},
                      {"purpose", one.purpose},
                      {"at", one.at}});
  }
  json processors = json::array();
  for (const PolicyRecipient& one : policy.recipients) {
    processors.push_back(
        {{"name", one.name}, {"purpose", one.purpose}, {"transfer", one.transfer}});
  }
  return {{"actual", actual}, {"processors", processors}};
}

json Retention(const PackageContent& content) {
  json list = json::array();
  for (const RetainedField& field : content.retained) {
    list.push_back({{"system", field.system},
                    {"category", field.data_category},
                    {"status", field.status},
                    {"retain_until", field.retain_until},
                    {"reference", field.reference}});
  }
  return list;
}

std::string Text(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

// As it is when it is JSON within kDocumentDepthMax, as the text it is when not.
std::string AsJson(std::string_view piece) {
  return IsShallowJson(piece) ? std::string(piece) : Text(json(piece));
}

absl::Status OneExport(const SystemExport& one, const Sink& sink) {
  std::string head = Text({{"system", one.system}, {"outcome", one.outcome}});
  if (one.document == nullptr) return sink(head);
  head.pop_back();
  RETURN_IF_ERROR(sink(head + ",\"data\":"));
  bool records = false;
  ASSIGN_OR_RETURN(const std::string rest,
                   one.document([&](size_t, std::string_view record) -> absl::Status {
                     const char* const before = records ? "," : "{\"documents\":[";
                     records = true;
                     RETURN_IF_ERROR(sink(before));
                     return sink(AsJson(record));
                   }));
  if (!records) return sink(AsJson(rest) + "}");
  std::string tail = "]";
  if (IsShallowJson(rest)) {
    const json around = json::parse(rest);
    for (const auto& [key, value] : around.items()) {
      if (key != "documents") tail += "," + Text(json(key)) + ":" + Text(value);
    }
  }
  return sink(tail + "}}");
}

absl::Status Exports(const PackageContent& content, const Sink& sink) {
  RETURN_IF_ERROR(sink("\"data\":["));
  bool first = true;
  for (const SystemExport& one : content.exports) {
    if (!std::exchange(first, false)) RETURN_IF_ERROR(sink(",\n"));
    RETURN_IF_ERROR(OneExport(one, sink));
  }
  return sink("]");
}

json Sources(const PackageContent& content, const PolicyView& policy) {
  json list = json::array();
  for (const HeldSource& source : content.sources) {
    const auto label = policy.source_labels.find(source.source);
    list.push_back({{"source", source.source},
                    {"label", label == policy.source_labels.end() ? source.source : label->second},
                    {"collected_at", source.collected_at}});
  }
  return list;
}

}  // namespace

absl::Status PackageJson(const PackageContent& content, const PolicyView& policy,
                         const Sink& sink) {
  json whole = {{"format", "varsam-package-1"},
                {"case", content.case_id},
                {"received_on", content.received_on},
                {"made_on", content.made_on},
                {"controller",
                 {{"name", policy.controller},
                  {"address", policy.controller_address},
                  {"contact", policy.contact},
                  {"data_protection_officer", policy.data_protection_officer}}},
                {"withheld", content.withheld}};
  if (!content.portability) {
    whole["article_15"] = {
        {"a_purposes", Purposes(policy)},
        {"b_categories", Categories(content, policy)},
        {"c_recipients", Recipients(content, policy)},
        {"d_retention", Retention(content)},
        {"e_rights", {"rectification", "erasure", "restriction", "objection", "portability"}},
        {"f_complaint", policy.authority},
        {"g_sources", Sources(content, policy)},
        {"h_profiling", "topics only; no decision is made by automated means alone"}};
  }
  // What the systems exported comes first and by pieces; the rest is small.
  RETURN_IF_ERROR(sink("{"));
  RETURN_IF_ERROR(Exports(content, sink));
  return sink("," + whole.dump(2, ' ', false, json::error_handler_t::replace).substr(1));
}

}  // namespace varsam::requests
