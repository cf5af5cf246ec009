// retention.json: the composition over the shipped policy model, and the backup clock.
#include <map>
#include <stdexcept>

#include "services/retention/domain/backup_clear.h"
#include "services/retention/domain/retain_until.h"
#include "tests/support/lexium_model.h"
#include "tests/support/retention_catalogue.h"
#include "tests/unit/vectors/vectors.h"

namespace varsam::vectors {
namespace {

using nlohmann::json;

const retention::RetentionModel& Model() {
  static const auto* const model =
      new retention::RetentionModel(testing::RetentionModelOf(testing::Lexium()));
  return *model;
}

retention::Flags FlagsOf(const json& from) {
  retention::Flags flags;
  if (from.contains("origin")) flags.origin = from.at("origin").get<std::string>();
  if (from.contains("customer")) flags.customer = from.at("customer").get<bool>();
  if (from.contains("contacted")) flags.contacted = from.at("contacted").get<bool>();
  if (from.contains("source")) flags.source = from.at("source").get<std::string>();
  return flags;
}

retention::RecordEvent EventOf(const json& value) {
  auto event = retention::EventNamed(value.at("type").get<std::string>());
  if (!event) throw std::runtime_error("unknown event " + value.at("type").dump());
  event->at = TimeOf(value.at("at"));
  if (event->type == retention::EventType::kConsentWithdrawn) {
    event->purpose = value.at("purpose").get<std::string>();
  }
  if (event->type == retention::EventType::kHoldSet ||
      event->type == retention::EventType::kHoldReleased) {
    event->matter = value.at("matter").get<std::string>();
  }
  return *event;
}

retention::RecordRestriction RestrictionOf(const json& value) {
  using Ground = retention::RestrictionGround;
  static const std::map<std::string, Ground> kGrounds = {
      {"accuracy", Ground::kAccuracy},
      {"unlawful", Ground::kUnlawful},
      {"claims", Ground::kClaims},
      {"objection_pending", Ground::kObjectionPending}};
  return {kGrounds.at(value.at("ground").get<std::string>()), TimeOf(value.at("from")),
          OrNull(value.at("to"), TimeOf)};
}

retention::RuleChange ChangeOf(const json& value) {
  const auto keep = calendar::ParsePeriod(value.at("keep").get<std::string>());
  if (!keep.ok()) throw std::runtime_error("not a duration: " + value.at("keep").dump());
  return {value.at("rule").get<std::string>(), TimeOf(value.at("effective_at")), *keep};
}

retention::RecordSource SourceOf(const json& value) {
  return {testing::IsIndirectSource(testing::Lexium(), value.at("code").get<std::string>()),
          TimeOf(value.at("collected_at")), OrNull(value.at("notice_at"), TimeOf)};
}

retention::RecordFacts FactsOf(const json& from) {
  retention::RecordFacts facts;
  facts.subject_categories = from.at("subject_categories").get<std::vector<std::string>>();
  facts.flags = FlagsOf(from.at("flags"));
  for (const json& held : from.at("purposes")) {
    facts.purposes.push_back(
        {held.at("purpose").get<std::string>(), OrNull(held.at("ended_at"), TimeOf)});
  }
  facts.collected_at = TimeOf(from.at("collected_at"));
  for (const json& event : from.at("events")) facts.events.push_back(EventOf(event));
  facts.claims_need_recorded = from.at("claims_need_recorded").get<bool>();
  for (const json& one : from.at("restrictions")) {
    facts.restrictions.push_back(RestrictionOf(one));
  }
  for (const json& one : from.at("rule_changes")) facts.rule_changes.push_back(ChangeOf(one));
  facts.source = OrNull(from.at("source"), SourceOf);
  return facts;
}

json ReadersOf(const retention::Readers& readers) {
  json names = json::array();  // sorted alphabetically
  if (readers.claims) names.push_back("claims");
  if (readers.legal) names.push_back("legal");
  if (readers.ordinary) names.push_back("ordinary");
  return names;
}

json AnswerRecord(const json& from, const json& ask) {
  const retention::RetentionAnswer got = retention::ComputeRetainUntil(
      Model(), FactsOf(from),
      {ask.at("system").get<std::string>(), ask.at("field").get<std::string>(),
       TimeOf(ask.at("as_of"))});
  json answer = {{"status", std::string(retention::NameOf(got.status))},
                 {"may_until", OrNull(got.may_until)},
                 {"must_until", OrNull(got.must_until)},
                 {"retain_until", OrNull(got.retain_until)},
                 {"use_denied_from", OrNull(got.use_denied_from)},
                 {"erase_by", OrNull(got.erase_by)},
                 {"erasure_blocked", got.erasure_blocked},
                 {"readable_by", ReadersOf(got.readers)},
                 {"codes", got.codes.Names()},
                 {"restricted_from", OrNull(got.restricted_from)}};
  if (!got.decided_by.empty()) answer["decided_by"] = got.decided_by;
  if (got.rule != nullptr) answer["action"] = got.rule->action;
  if (got.notify_on) answer["notify_on"] = ToJson(*got.notify_on);
  if (got.review_on) answer["review_on"] = ToJson(*got.review_on);
  if (got.disposition == retention::Disposition::kEraseNow) answer["disposition"] = "erase_now";
  if (got.disposition == retention::Disposition::kQuarantine) answer["disposition"] = "quarantine";
  return answer;
}

json AnswerBackup(const json& from) {
  const retention::Rule* rule = Model().FindRule(retention::kBackupRule);
  if (rule == nullptr || !rule->keep) throw std::runtime_error("the model keeps no backups");
  const absl::Time executed_at = TimeOf(from.at("executed_at"));
  return {{"backup_clear_by", ToJson(retention::BackupClearBy(executed_at, *rule->keep))},
          {"replay_removes_subject",
           retention::ReplayRemovesSubject(executed_at, TimeOf(from.at("backup_taken_at")))}};
}

json Answer(const json& facts, const json& ask) {
  const std::string kind = facts.at("kind").get<std::string>();
  if (kind == "backup") return AnswerBackup(facts);
  if (kind != "record") throw std::runtime_error("unknown kind " + kind);
  return AnswerRecord(facts, ask);
}

}  // namespace

Tally RunRetention(const json& cases, std::ostream& out) { return RunCases(cases, Answer, out); }

}  // namespace varsam::vectors
