#include "services/request_workflow/store/detail_json.h"

#include "libs/base/check.h"
#include "nlohmann/json.hpp"

namespace varsam::requests {
namespace {

using nlohmann::json;

json Parsed(std::string_view text) {
  json value = json::parse(text, nullptr, false);
  VARSAM_CHECK(value.is_object()) << "a stored detail does not parse";
  return value;
}

int64_t Micros(absl::Time at) { return absl::ToUnixMicros(at); }
absl::Time FromMicros(int64_t micros) { return absl::FromUnixMicros(micros); }

json ToJson(const Question& question) {
  json value = {{"kind", static_cast<int>(question.kind)}, {"asked", Micros(question.asked_at)}};
  if (question.answered_at) value["answered"] = Micros(*question.answered_at);
  return value;
}

Question QuestionFrom(const json& value) {
  Question question;
  question.kind = static_cast<QuestionKind>(value.value("kind", 3));
  question.asked_at = FromMicros(value.value("asked", int64_t{0}));
  if (value.contains("answered")) question.answered_at = FromMicros(value["answered"]);
  return question;
}

json ToJson(const PlannedErasure& plan) {
  return {{"id", plan.item_id},         {"system", plan.system},
          {"key", plan.record_key},     {"category", plan.data_category},
          {"erase", plan.erase},        {"method", plan.method},
          {"until", plan.keep_until},   {"code", plan.code},
          {"reference", plan.reference}};
}

PlannedErasure PlanFrom(const json& value) {
  return {value.value("id", ""),       value.value("system", ""),   value.value("key", ""),
          value.value("category", ""), value.value("erase", false), value.value("method", ""),
          value.value("until", ""),    value.value("code", ""),     value.value("reference", "")};
}

json ToJson(const ReviewItem& item) {
  return {{"id", item.id},        {"system", item.system},     {"path", item.path},
          {"kind", item.kind},    {"decision", item.decision}, {"code", item.code},
          {"by", item.decided_by}};
}
ReviewItem ReviewFrom(const json& value) {
  return {value.value("id", ""),   value.value("system", ""),   value.value("path", ""),
          value.value("kind", ""), value.value("decision", ""), value.value("code", ""),
          value.value("by", "")};
}
json ToJson(const EraseItem& item) {
  return {{"id", item.id},
          {"category", item.data_category},
          {"key", item.record_key},
          {"method", item.method}};
}
EraseItem ItemFrom(const json& value) {
  return {value.value("id", ""), value.value("category", ""), value.value("key", ""),
          value.value("method", "")};
}
json ToJson(const KeepItem& item) {
  return {{"category", item.data_category},
          {"key", item.record_key},
          {"reference", item.reference},
          {"until", item.keep_until}};
}
KeepItem KeepFrom(const json& value) {
  return {value.value("category", ""), value.value("key", ""), value.value("reference", ""),
          value.value("until", "")};
}
json ToJson(const CategoryResult& result) {
  return {{"category", result.data_category}, {"key", result.record_key},
          {"item", result.item_id},           {"found", result.found},
          {"exported", result.exported},      {"deleted", result.deleted},
          {"anonymised", result.anonymised},  {"kept", result.kept}};
}
CategoryResult ResultFrom(const json& value) {
  return {value.value("category", ""),   value.value("key", ""),      value.value("item", ""),
          value.value("found", 0u),      value.value("exported", 0u), value.value("deleted", 0u),
          value.value("anonymised", 0u), value.value("kept", 0u)};
}

template <typename T>
json ListToJson(const std::vector<T>& list) {
  json values = json::array();
  for (const T& value : list) values.push_back(ToJson(value));
  return values;
}

template <typename T, typename From>
std::vector<T> ListFrom(const json& value, const char* key, From from) {
  std::vector<T> list;
  if (!value.contains(key)) return list;
  for (const json& element : value[key]) list.push_back(from(element));
  return list;
}

std::vector<std::string> TextsFrom(const json& value, const char* key) {
  return ListFrom<std::string>(value, key,
                               [](const json& text) { return text.get<std::string>(); });
}

}  // namespace

std::string CaseDetailToJson(const Case& c) {
  json value = {{"channel", c.channel},
                {"language", static_cast<int>(c.language)},
                {"identity", static_cast<int>(c.identity)},
                {"large", c.large_volume},
                {"questions", ListToJson(c.questions)},
                {"flags", c.flags},
                {"withheld", c.withheld},
                {"found", c.found},
                {"plan", ListToJson(c.plan)},
                {"backup_clear_by", c.backup_clear_by},
                {"refusal_code", c.refusal_code},
                {"refusal_by", c.refusal_by},
                {"acknowledgement", static_cast<int>(c.acknowledgement)},
                {"recipients", c.recipients},
                {"published", c.published},
                {"restriction_ground", c.restriction_ground},
                {"lift_reason", c.lift_reason},
                {"special", c.special_risk},
                {"agent", c.agent},
                {"mandate", c.mandate},
                {"stop", c.stop_wanted},
                {"contact_end", c.contact_end},
                {"review", ListToJson(c.review)},
                {"scanned", c.scanned}};
  if (c.cooling_until) value["cooling"] = Micros(*c.cooling_until);
  if (c.restricted_at) value["restricted"] = Micros(*c.restricted_at);
  if (c.lift_at) value["lift"] = Micros(*c.lift_at);
  if (c.suggested) value["suggested"] = static_cast<int>(*c.suggested);
  if (c.granted_at) value["granted"] = Micros(*c.granted_at);
  if (c.extension) {
    value["extension"] = {{"at", Micros(c.extension->notice_at)},
                          {"ground", static_cast<int>(c.extension->ground)},
                          {"reasons", c.extension->reasons_given}};
  }
  return value.dump();
}

void CaseDetailFromJson(std::string_view text, Case& c) {
  const json value = Parsed(text);
  c.channel = value.value("channel", "");
  c.language = static_cast<Language>(value.value("language", 1));
  c.identity = static_cast<IdentityLevel>(value.value("identity", 1));
  c.large_volume = value.value("large", false);
  c.questions = ListFrom<Question>(value, "questions", QuestionFrom);
  c.flags = TextsFrom(value, "flags");
  c.withheld = TextsFrom(value, "withheld");
  c.found = TextsFrom(value, "found");
  c.plan = ListFrom<PlannedErasure>(value, "plan", PlanFrom);
  c.backup_clear_by = value.value("backup_clear_by", "");
  c.refusal_code = value.value("refusal_code", "");
  c.refusal_by = value.value("refusal_by", "");
  c.recipients = TextsFrom(value, "recipients");
  c.published = value.value("published", 0);
  c.restriction_ground = value.value("restriction_ground", "");
  c.lift_reason = value.value("lift_reason", "");
  if (value.contains("restricted")) c.restricted_at = FromMicros(value["restricted"]);
  c.special_risk = value.value("special", false);
  c.agent = value.value("agent", false);
  c.mandate = value.value("mandate", "");
  c.contact_end = value.value("contact_end", false);
  c.stop_wanted = value.value("stop", false);
  c.review = ListFrom<ReviewItem>(value, "review", ReviewFrom);
  c.scanned = value.value("scanned", false);
  if (value.contains("cooling")) c.cooling_until = FromMicros(value["cooling"]);
  if (value.contains("lift")) c.lift_at = FromMicros(value["lift"]);
  c.acknowledgement = static_cast<Acknowledgement>(value.value("acknowledgement", 0));
  if (value.contains("suggested")) c.suggested = static_cast<Right>(value["suggested"].get<int>());
  if (value.contains("granted")) c.granted_at = FromMicros(value["granted"]);
  if (value.contains("extension")) {
    const json& extension = value["extension"];
    c.extension = Extension{FromMicros(extension["at"]),
                            static_cast<ExtensionGround>(extension["ground"].get<int>()),
                            extension["reasons"].get<bool>()};
  }
}

std::string TaskDetailToJson(const Task& task) {
  json value = {{"categories", task.order.data_categories},
                {"items", ListToJson(task.order.items)},
                {"keep", ListToJson(task.order.keep)},
                {"ground", task.order.ground},
                {"recipient", task.order.recipient},
                {"results", ListToJson(task.results)},
                {"kept", ListToJson(task.kept)}};
  if (!task.proposed_by.empty() && task.proposed) {
    value["proposed_by"] = task.proposed_by;
    value["proposed"] = static_cast<int>(*task.proposed);
  }
  return value.dump();
}

void TaskDetailFromJson(std::string_view text, Task& task) {
  const json value = Parsed(text);
  task.order.data_categories = TextsFrom(value, "categories");
  task.order.items = ListFrom<EraseItem>(value, "items", ItemFrom);
  task.order.keep = ListFrom<KeepItem>(value, "keep", KeepFrom);
  task.order.ground = value.value("ground", "");
  task.order.recipient = value.value("recipient", "");
  task.results = ListFrom<CategoryResult>(value, "results", ResultFrom);
  task.kept = ListFrom<KeepItem>(value, "kept", KeepFrom);
  task.proposed_by = value.value("proposed_by", "");
  if (value.contains("proposed")) {
    task.proposed = static_cast<OutcomeKind>(value["proposed"].get<int>());
  }
}

}  // namespace varsam::requests
