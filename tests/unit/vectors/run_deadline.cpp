// deadline.json: due dates of requests and of Art. 14 notices.
#include <map>
#include <stdexcept>

#include "services/request_workflow/domain/art14_notice_due.h"
#include "services/request_workflow/domain/due_date.h"
#include "tests/unit/vectors/vectors.h"

namespace varsam::vectors {
namespace {

using nlohmann::json;

template <typename T>
T EnumOf(const std::map<std::string, T>& names, const json& value) {
  const auto found = names.find(value.get<std::string>());
  if (found == names.end()) throw std::runtime_error("unknown value " + value.dump());
  return found->second;
}

requests::Question QuestionOf(const json& value) {
  using requests::QuestionKind;
  static const std::map<std::string, QuestionKind> kKinds = {{"identity", QuestionKind::kIdentity},
                                                             {"scope", QuestionKind::kScope},
                                                             {"fee", QuestionKind::kFee},
                                                             {"other", QuestionKind::kOther}};
  return {EnumOf(kKinds, value.at("kind")), TimeOf(value.at("asked_at")),
          TimeOf(value.at("answered_at"))};
}

requests::Extension ExtensionOf(const json& value) {
  using requests::ExtensionGround;
  static const std::map<std::string, ExtensionGround> kGrounds = {
      {"none", ExtensionGround::kNone},
      {"complex", ExtensionGround::kComplex},
      {"many_requests", ExtensionGround::kManyRequests}};
  return {TimeOf(value.at("notice_at")), EnumOf(kGrounds, value.at("ground")),
          value.at("reasons_given").get<bool>()};
}

requests::DueDateFacts FactsOf(const json& facts) {
  requests::DueDateFacts result;
  const auto right = requests::RightOf(facts.at("right").get<std::string>());
  if (!right) throw std::runtime_error("unknown right " + facts.at("right").dump());
  result.right = *right;
  for (const json& arrival : facts.at("arrivals")) {
    result.arrivals.push_back({TimeOf(arrival.at("at")), arrival.at("official").get<bool>()});
  }
  result.large_volume = facts.at("large_volume").get<bool>();
  for (const json& question : facts.at("questions")) {
    result.questions.push_back(QuestionOf(question));
  }
  result.extension = OrNull(facts.at("extension"), ExtensionOf);
  return result;
}

void AddFlags(const requests::AnswerTerm& term, absl::Time as_of, json& answer) {
  const requests::Urgency urgency = requests::UrgencyAt(term.due_date, as_of);
  json flags = json::array();  // sorted alphabetically
  if (urgency.due_soon) flags.push_back("DUE_SOON");
  if (term.extended) flags.push_back("EXTENDED");
  if (term.extension_late) flags.push_back("EXTENSION_LATE");
  if (urgency.overdue) flags.push_back("OVERDUE");
  answer["flags"] = flags;
  answer["due_soon"] = urgency.due_soon ? json(*urgency.due_soon) : json();
}

json AnswerRightsRequest(const json& facts, std::optional<absl::Time> as_of) {
  // Every question in the vectors is answered, so the moment of asking moves no date.
  const auto due = requests::ComputeDueDate(FactsOf(facts), as_of.value_or(absl::UnixEpoch()));
  if (!due.ok()) throw std::runtime_error(due.status().ToString());
  json answer = {{"receipt_date", ToJson(due->receipt_date)}};
  if (due->in_force_at) {
    answer["in_force_at"] = ToJson(*due->in_force_at);
    answer["due_date"] = json();
    if (due->self_closing) answer["self_closing"] = true;
    return answer;
  }
  const requests::AnswerTerm& term = due->term.value();
  answer["ack_by"] = ToJson(term.ack_by);
  answer["paused_days"] = term.paused_days;
  answer["extension_notice_by"] = ToJson(term.extension_notice_by);
  answer["raw_due"] = ToJson(term.raw_due);
  answer["due_date"] = ToJson(term.due_date);
  answer["overdue_from"] = ToJson(term.overdue_from);
  if (as_of) AddFlags(term, *as_of, answer);
  return answer;
}

json AnswerArt14Notice(const json& facts) {
  const requests::Art14NoticeDue due = requests::ComputeArt14NoticeDue(
      {TimeOf(facts.at("collected_at")), OrNull(facts.at("first_contact_at"), TimeOf),
       OrNull(facts.at("first_disclosure_at"), TimeOf)});
  return {{"notice_by", ToJson(due.notice_by)}};
}

json Answer(const json& facts, const json& ask) {
  const std::string kind = facts.at("kind").get<std::string>();
  if (kind == "art14_notice") return AnswerArt14Notice(facts);
  if (kind != "rights_request") throw std::runtime_error("unknown kind " + kind);
  return AnswerRightsRequest(facts, OrNull(ask.at("as_of"), TimeOf));
}

}  // namespace

Tally RunDeadline(const json& cases, std::ostream& out) { return RunCases(cases, Answer, out); }

}  // namespace varsam::vectors
