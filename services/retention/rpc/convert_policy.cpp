// The rules out of a policy model.
#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/retention/rpc/convert.h"

namespace varsam::retention {
namespace {

namespace policy = registry::v1;

absl::StatusOr<std::optional<calendar::Period>> PeriodFrom(const std::string& text,
                                                           const std::string& field) {
  if (text.empty() || text == "indefinite") return std::optional<calendar::Period>();
  absl::StatusOr<calendar::Period> period = calendar::ParsePeriod(text);
  if (!period.ok()) return InvalidField(field, "want P<n>D, P<n>M, P<n>Y or indefinite");
  return std::optional(*period);
}

const char* ActionOf(policy::DisposalMethod method) {
  switch (method) {
    case policy::DISPOSAL_METHOD_REDACT: return "redact";
    case policy::DISPOSAL_METHOD_ANONYMISE: return "anonymise";
    case policy::DISPOSAL_METHOD_AGGREGATE_THEN_DELETE: return "aggregate_then_delete";
    case policy::DISPOSAL_METHOD_CRYPTO_SHRED: return "crypto_shred";
    case policy::DISPOSAL_METHOD_SUPPRESS_HASH: return "suppress_hash";
    case policy::DISPOSAL_METHOD_EXPIRE: return "expire";
    case policy::DISPOSAL_METHOD_NONE: return "none";
    default: return "delete";
  }
}

absl::StatusOr<Flags> ConditionsFrom(const policy::RetentionRule& from, const std::string& field) {
  Flags when;
  for (const policy::RetentionCondition& one : from.conditions()) {
    if (one.key() == "origin") {
      when.origin = one.value();
    } else if (one.key() == "source") {
      when.source = one.value();
    } else if (one.key() == "customer") {
      when.customer = one.value() == "true";
    } else if (one.key() == "contacted") {
      when.contacted = one.value() == "true";
    } else {
      // A condition this release cannot see would widen the rule.
      return InvalidField(absl::StrCat(field, ".conditions"), "unknown key");
    }
  }
  return when;
}

absl::StatusOr<Rule> RuleFrom(const policy::RetentionRule& from) {
  const std::string field = absl::StrCat("retention_rules.", from.id());
  Rule rule;
  rule.id = from.id();
  rule.system = from.system();
  if (!from.subject_category().empty()) rule.subject = from.subject_category();
  if (!from.purpose().empty()) rule.purpose = from.purpose();
  rule.data.assign(from.data_categories().begin(), from.data_categories().end());
  ASSIGN_OR_RETURN(rule.when, ConditionsFrom(from, field));
  if (!from.clock().empty()) {
    rule.clock = ClockOf(from.clock());
    if (!rule.clock) return InvalidField(absl::StrCat(field, ".clock"), "unknown clock");
  }
  ASSIGN_OR_RETURN(rule.keep, PeriodFrom(from.keep(), absl::StrCat(field, ".keep")));
  rule.round_to_year_end = from.round() == "calendar_year_end";
  rule.must = from.kind() == policy::RETENTION_KIND_MUST;
  rule.claims = from.claims();
  rule.action = ActionOf(from.action());
  ASSIGN_OR_RETURN(rule.notify_before,
                   PeriodFrom(from.notify_before(), absl::StrCat(field, ".notify_before")));
  ASSIGN_OR_RETURN(rule.review, PeriodFrom(from.review(), absl::StrCat(field, ".review")));
  rule.law = from.reference();
  return rule;
}

// Own categories and those taken over from other systems: the listed ones, or all of them.
void Gather(const policy::PolicyModel& model, const policy::System& system,
            std::set<std::string>& seen, std::vector<std::string>& fields) {
  if (!seen.insert(system.id()).second) return;
  fields.insert(fields.end(), system.own_categories().begin(), system.own_categories().end());
  if (!system.inherited_categories().empty()) {
    fields.insert(fields.end(), system.inherited_categories().begin(),
                  system.inherited_categories().end());
    return;
  }
  for (const std::string& id : system.inherits()) {
    for (const policy::System& other : model.systems()) {
      if (other.id() == id) Gather(model, other, seen, fields);
    }
  }
}

}  // namespace

absl::StatusOr<RetentionModel> ModelFrom(const policy::PolicyModel& message) {
  RetentionModel model;
  for (const policy::RetentionRule& one : message.retention_rules()) {
    ASSIGN_OR_RETURN(Rule rule, RuleFrom(one));
    model.rules.push_back(std::move(rule));
  }
  for (const policy::System& one : message.systems()) {
    SystemFields system{one.id(), one.label(), {}, {one.purposes().begin(), one.purposes().end()}};
    std::set<std::string> seen;
    Gather(message, one, seen, system.fields);
    model.systems.push_back(std::move(system));
  }
  for (const policy::Purpose& one : message.purposes()) {
    model.purposes.push_back({one.id(),
                              {one.data_categories().begin(), one.data_categories().end()},
                              one.basis() == policy::LEGAL_BASIS_CONSENT});
  }
  for (const policy::ProcessingContext& one : message.contexts()) {
    model.contexts.push_back(
        {{one.subject_categories().begin(), one.subject_categories().end()},
         {one.systems().begin(), one.systems().end()}});
  }
  for (const policy::Source& one : message.sources()) {
    if (one.notice() == "art13") model.direct_sources.push_back(one.id());
  }
  return model;
}

absl::StatusOr<RetentionModel> ModelFromBytes(std::string_view bytes) {
  policy::PolicyModel message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, "POLICY_UNREADABLE",
                           "a stored policy does not parse");
  }
  return ModelFrom(message);
}

}  // namespace varsam::retention
