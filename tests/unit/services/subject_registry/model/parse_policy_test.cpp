#include "services/subject_registry/model/parse_policy.h"

#include <catch2/catch.hpp>

#include "libs/base/error.h"
#include "tests/support/lexium_model.h"

namespace varsam::registry {
namespace {

using ::varsam::testing::Lexium;
using ::varsam::testing::LexiumYaml;
using ::varsam::testing::LexiumYamlWith;

// The violations of the shipped model after one replacement, as "field: description" lines.
std::string FaultsWith(const std::string& from, const std::string& to) {
  const auto parsed = ParsePolicy(LexiumYamlWith(from, to));
  if (parsed.ok()) return "";
  std::string faults;
  for (const auto& violation : FieldViolationsOf(parsed.status())) {
    faults += violation.field + ": " + violation.description + "\n";
  }
  return faults.empty() ? std::string(parsed.status().message()) : faults;
}

}  // namespace

TEST_CASE("the shipped policy parses, typed") {
  const PolicyModel& model = Lexium();
  CHECK(model.policy.id == "lexium-integritetspolicy");
  CHECK(model.policy.version == "1.0.0");
  CHECK_FALSE(model.policy.effective_from);

  const Purpose* talent = FindById(model.purposes, PurposeId("talent_pool"));
  REQUIRE(talent != nullptr);
  CHECK(talent->basis == Basis::kConsent);
  CHECK(talent->valid == calendar::Months(24));
  CHECK(talent->renew_on_two_way_contact);
  CHECK(talent->line > 0);

  const Purpose* mail = FindById(model.purposes, PurposeId("marketing_email"));
  REQUIRE(mail != nullptr);
  CHECK(mail->ep == EPrivacy::kMflEmail);
  CHECK(mail->direct_marketing);
  CHECK(mail->lia == LiaId("lia_b2b_marketing"));
  CHECK(mail->topics.size() == 4);
  CHECK(FindById(model.purposes, PurposeId("work_logging"))->dpia_required);
  CHECK(FindById(model.purposes, PurposeId("bookkeeping"))->residual);
  CHECK(FindById(model.purposes, PurposeId("incident_management"))->sv ==
        "Fel, tillbud och olyckor");

  const RetentionRule* books = FindById(model.retention_rules, RuleId("bookkeeping"));
  REQUIRE(books != nullptr);
  CHECK(books->kind == RuleKind::kMust);
  CHECK(books->round == Round::kCalendarYearEnd);
  CHECK(books->origin == Origin::kLaw);
  CHECK(FindById(model.retention_rules, RuleId("ops_contract"))->IsTerminator());
  CHECK_FALSE(FindById(model.retention_rules, RuleId("suppression_entry"))->keep);
  CHECK(FindById(model.retention_rules, RuleId("purchased_uncontacted"))->when.contacted == false);

  CHECK(model.security.backup_max_age == absl::Hours(26));
  CHECK(model.cookies.re_ask_after_refusal == calendar::Months(6));
  CHECK(FindById(model.processors, ProcessorId("v_microsoft"))->transfer_unanswered);
  CHECK(model.gaps.size() == 14);
}

TEST_CASE("every fault is refused with path and line") {
  CHECK(FaultsWith("    keep: P24M\n", "    keep: 24 months\n").find(
            "want a period") != std::string::npos);
  CHECK(FaultsWith("    basis: consent\n", "    basis: consnt\n").find("want one of consent") !=
        std::string::npos);
  CHECK(FaultsWith("    dm: true\n", "    dm: yes\n").find("want true or false") !=
        std::string::npos);
  CHECK(FaultsWith("    residual: true\n", "    residuel: true\n").find(
            "unknown key residuel") != std::string::npos);
  CHECK(FaultsWith("    clock: contract_end\n", "    clock: contrakt_end\n").find(
            "retention_rules.customer_contact.clock: line ") != std::string::npos);
  CHECK(FaultsWith("    kind: must\n", "    kind:\n").find("want a value") != std::string::npos);
  CHECK(FaultsWith("max_age_alert: PT26H", "max_age_alert: P1D").find("want PT<n>H") !=
        std::string::npos);
  CHECK(FaultsWith("    dpa: missing\n", "    dpa: unsigned\n").find("want missing") !=
        std::string::npos);
  CHECK(FaultsWith("    own: [cv, ", "    own: [cv, cv, ").find("stands twice") !=
        std::string::npos);
  CHECK(FaultsWith("privacy-policy-model/1", "privacy-policy-model/2").find("schema") !=
        std::string::npos);
  CHECK(FaultsWith("  prospecting:\n", "  Prospecting!:\n").find("identifier") !=
        std::string::npos);
}

TEST_CASE("assessments and agreements may be answered in the document") {
  const auto parsed = ParsePolicy(LexiumYamlWith(
      "  lia_service: missing\n",
      "  lia_service: {status: approved, approved_at: \"2026-01-02T10:00:00+01:00\", "
      "review_by: 2027-01-01}\n"));
  REQUIRE(parsed.ok());
  const Lia* lia = FindById(parsed->lias, LiaId("lia_service"));
  REQUIRE(lia != nullptr);
  CHECK(lia->approved);
  CHECK(lia->review_by == calendar::LocalDay::Of(2027, 1, 1));
  CHECK(FaultsWith("  lia_service: missing\n", "  lia_service: {status: approved}\n")
            .find("needs approved_at") != std::string::npos);
}

TEST_CASE("no mutilated document crashes the parser") {
  const std::string text = LexiumYaml();
  for (size_t length = 0; length < text.find("\nsecurity:"); length += 61) {
    CHECK_FALSE(ParsePolicy(text.substr(0, length)).ok());
  }
  for (const char* odd : {"", "[]", "a", "null", "schema: [1]", "{}", "purposes: {a: null}",
                          "purposes: {a: [1]}", "systems: 7", "gaps: []", "cookies: []"}) {
    CHECK_FALSE(ParsePolicy(odd).ok());
  }
  // Every line in turn loses its value.
  size_t start = 0;
  for (int line = 0; start < text.size(); ++line) {
    const size_t end = text.find('\n', start);
    const size_t colon = text.find(':', start);
    if (line % 7 == 0 && colon < end) {
      (void)ParsePolicy(text.substr(0, colon + 1) + text.substr(end));
    }
    start = end + 1;
  }
}

}  // namespace varsam::registry
