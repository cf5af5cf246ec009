#include "services/subject_registry/domain/lint_policy.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "services/subject_registry/domain/effective_fields.h"
#include "services/subject_registry/model/parse_policy.h"
#include "tests/support/lexium_model.h"

namespace varsam::registry {
namespace {

using ::varsam::testing::Lexium;
using ::varsam::testing::LexiumYamlWith;

using Names = std::vector<std::string>;

std::vector<LintIssue> IssuesWith(const std::string& from, const std::string& to) {
  const auto parsed = ParsePolicy(LexiumYamlWith(from, to));
  REQUIRE(parsed.ok());
  return LintPolicy(*parsed);
}

const LintIssue* Find(const std::vector<LintIssue>& issues, const std::string& code,
                      const std::string& where = "") {
  for (const LintIssue& issue : issues) {
    if (issue.code == code && (where.empty() || issue.where == where)) return &issue;
  }
  return nullptr;
}

bool Has(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

TEST_CASE("the shipped policy may be applied, and reports its findings") {
  const auto issues = LintPolicy(Lexium());
  for (const LintIssue& issue : issues) {
    INFO(issue.code << " " << issue.where << ": " << issue.en);
    CHECK(issue.severity == Severity::kFinding);
    CHECK_FALSE(issue.sv.empty());
    CHECK_FALSE(issue.en.empty());
  }
  CHECK_FALSE(HasErrors(issues));
  for (int gap = 1; gap <= 14; ++gap) CHECK(Find(issues, "G" + std::to_string(gap)) != nullptr);
  CHECK(Find(issues, "SPECIAL_GROUND_MISSING", "data_categories.personnummer") != nullptr);
  CHECK(Find(issues, "SPECIAL_GROUND_MISSING", "data_categories.cv") != nullptr);
  CHECK(Find(issues, "SPECIAL_GROUND_MISSING", "data_categories.name") == nullptr);
  CHECK(Find(issues, "LIA_MISSING", "lias.lia_prospecting")->names == Names{"prospecting_crm"});
  CHECK(Find(issues, "TRANSFER_UNANSWERED", "processors.v_microsoft") != nullptr);
  CHECK(Find(issues, "NOTICE_ITEM_MISSING")->names == Names{"org_no", "address"});
  CHECK(Find(issues, "POLICY_BASIS_DIFFERS", "purposes.email_correspondence") != nullptr);
}

TEST_CASE("the shipped policy counts what the policy apply command prints") {
  const PolicyCounts counts = CountPolicy(Lexium());
  CHECK(counts.subject_categories == 12);
  CHECK(counts.purposes == 28);
  CHECK(counts.systems == 8);
  CHECK(counts.retention_rules == 38);
  CHECK(counts.rights == 10);
  CHECK(Has(DefaultsToConfirm(Lexium()), "retention_rules.talent_pool"));
  CHECK_FALSE(Has(DefaultsToConfirm(Lexium()), "retention_rules.bookkeeping"));
}

TEST_CASE("P04 an activity without rule is refused and names retention") {
  const auto issues = IssuesWith("    sys: hr\n    clock", "    sys: platform\n    clock");
  const LintIssue* issue = Find(issues, "INCOMPLETE_ACTIVITY", "systems.hr.performance_review");
  REQUIRE(issue != nullptr);
  CHECK(issue->severity == Severity::kError);
  CHECK(issue->names == Names{"retention"});
  CHECK(issue->line > 0);
  // Vacation has a rule of its own.
  CHECK(Find(issues, "INCOMPLETE_ACTIVITY", "systems.hr.vacation") == nullptr);
}

TEST_CASE("P42 a purpose without basis is refused and names basis") {
  const auto issues = IssuesWith("    sv: Lön och skatt\n    basis: legal_obligation\n",
                                 "    sv: Lön och skatt\n");
  const LintIssue* issue = Find(issues, "INCOMPLETE_ACTIVITY", "purposes.payroll");
  REQUIRE(issue != nullptr);
  CHECK(issue->names == Names{"basis"});
  CHECK(HasErrors(issues));
}

TEST_CASE("P44 inherited fields know their origin") {
  const auto fields = EffectiveFields(Lexium(), SystemId("payroll"));
  REQUIRE(fields.size() == 10);
  CHECK(fields[0].data.value() == "salary");
  CHECK(fields[0].origin() == SystemId("payroll"));
  CHECK_FALSE(fields[0].inherited());
  CHECK(fields[8].data.value() == "name");
  CHECK(fields[8].origin() == SystemId("crm"));
  CHECK(fields[9].data.value() == "email");
  CHECK(fields[9].path == std::vector<SystemId>{SystemId("crm"), SystemId("payroll")});
  CHECK(EffectiveFields(Lexium(), SystemId("nowhere")).empty());
}

TEST_CASE("P45 taking over everything from payroll is refused and listed") {
  const auto issues = IssuesWith("    inherits: [crm]\n    inherit_only: [name, email, phone]\n"
                                 "    purposes: [recruitment,",
                                 "    inherits: [payroll]\n    purposes: [recruitment,");
  const LintIssue* issue = Find(issues, "INHERITANCE_EXCESS", "systems.recruiting.inherits");
  REQUIRE(issue != nullptr);
  CHECK(issue->severity == Severity::kError);
  for (const char* name : {"salary", "next_of_kin", "home_address", "personnummer"}) {
    CHECK(Has(issue->names, name));
  }
  CHECK_FALSE(Has(issue->names, "email"));
}

TEST_CASE("the literal reading adds fourteen categories without a purpose to recruiting") {
  const auto parsed = ParsePolicy(LexiumYamlWith(
      "    inherits: [crm]\n    inherit_only: [name, email, phone]\n    purposes: [recruitment,",
      "    inherits: [payroll]\n    purposes: [recruitment,"));
  REQUIRE(parsed.ok());
  const System& recruiting = *FindById(parsed->systems, SystemId("recruiting"));
  int without = 0;
  for (const auto& field : LiteralFields(*parsed, recruiting.id)) {
    if (field.inherited() && !HasPurpose(*parsed, recruiting, field.data)) ++without;
  }
  CHECK(without == 14);
}

TEST_CASE("ids that resolve nowhere are refused") {
  CHECK(Find(IssuesWith("processor: v_ops", "processor: v_opps"), "UNKNOWN_ID",
             "systems.ops.processor")->names == Names{"v_opps"});
  CHECK(Find(IssuesWith("    subj: supplier_worker\n", "    subj: worker\n"), "UNKNOWN_ID",
             "retention_rules.worker_assignment.subj") != nullptr);
  CHECK(Find(IssuesWith("lia: lia_email", "lia: lia_mail"), "UNKNOWN_ID",
             "purposes.email_correspondence.lia") != nullptr);
  CHECK(Find(IssuesWith("statistics: web_statistics", "statistics: web_stats"), "UNKNOWN_ID",
             "cookies.categories.statistics") != nullptr);
}

TEST_CASE("other rules of the house for a policy") {
  CHECK(Find(IssuesWith("    lia: lia_email\n", ""), "LIA_NOT_NAMED",
             "purposes.email_correspondence") != nullptr);
  CHECK(Find(IssuesWith("    inherits: []\n    purposes: [\n",
                        "    inherits: [hr]\n    purposes: [\n"),
             "INHERITANCE_CYCLE") != nullptr);
  CHECK(Find(IssuesWith("preticked: false", "preticked: true"), "COOKIE_BANNER_UNFAIR") != nullptr);
  CHECK(Find(IssuesWith("    keep: P7Y\n", "    keep: indefinite\n    review: P1Y\n"),
             "INDEFINITE_NOT_ALLOWED") != nullptr);
  const auto answered =
      IssuesWith("    sv: CV\n    s: special_risk\n",
                 "    sv: CV\n    s: special_risk\n    special_ground: Art. 9(2)(a)\n");
  CHECK(Find(answered, "SPECIAL_GROUND_MISSING", "data_categories.cv") == nullptr);
}

}  // namespace varsam::registry
