#include "tests/support/retention_catalogue.h"

#include "libs/base/check.h"
#include "services/subject_registry/domain/effective_fields.h"

namespace varsam::testing {
namespace {

template <typename Id>
std::optional<std::string> TextOf(const std::optional<Id>& id) {
  return id ? std::optional<std::string>(id->value()) : std::nullopt;
}

template <typename Id>
std::vector<std::string> TextsOf(const std::vector<Id>& ids) {
  std::vector<std::string> texts;
  for (const Id& id : ids) texts.push_back(id.value());
  return texts;
}

retention::Rule RuleOf(const registry::RetentionRule& from) {
  retention::Rule rule;
  rule.id = from.id.value();
  rule.system = from.system.value();
  rule.subject = TextOf(from.subject);
  rule.purpose = TextOf(from.purpose);
  rule.data = TextsOf(from.data);
  rule.when = {from.when.origin, from.when.customer, from.when.contacted,
               TextOf(from.when.source)};
  if (!from.clock.empty()) {
    rule.clock = retention::ClockOf(from.clock);
    VARSAM_CHECK(rule.clock.has_value()) << "unknown clock " << from.clock;
  }
  rule.keep = from.keep;
  rule.round_to_year_end = from.round == registry::Round::kCalendarYearEnd;
  rule.must = from.kind == registry::RuleKind::kMust;
  rule.claims = from.claims;
  rule.action = from.action;
  rule.notify_before = from.notify_before;
  rule.review = from.review;
  rule.law = from.ref;
  return rule;
}

}  // namespace

retention::RetentionModel RetentionModelOf(const registry::PolicyModel& model) {
  retention::RetentionModel result;
  for (const auto& rule : model.retention_rules) result.rules.push_back(RuleOf(rule));
  for (const auto& system : model.systems) {
    retention::SystemFields fields{system.id.value(), system.sv, {}, TextsOf(system.purposes)};
    for (const auto& field : registry::EffectiveFields(model, system.id)) {
      fields.fields.push_back(field.data.value());
    }
    result.systems.push_back(std::move(fields));
  }
  for (const auto& purpose : model.purposes) {
    result.purposes.push_back({purpose.id.value(), TextsOf(purpose.data),
                               purpose.basis == registry::Basis::kConsent});
  }
  for (const auto& context : model.contexts) {
    result.contexts.push_back({TextsOf(context.subjects), TextsOf(context.systems)});
  }
  for (const auto& source : model.sources) {
    if (source.notice == registry::NoticeDuty::kArt13) {
      result.direct_sources.push_back(source.id.value());
    }
  }
  return result;
}

bool IsIndirectSource(const registry::PolicyModel& model, const std::string& source) {
  const auto* found = registry::FindById(model.sources, registry::SourceId(source));
  return found == nullptr || found->notice == registry::NoticeDuty::kArt14;
}

}  // namespace varsam::testing
