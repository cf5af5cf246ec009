#include "services/subject_registry/domain/diff_policy.h"

#include <catch2/catch.hpp>

#include "services/subject_registry/model/parse_policy.h"
#include "tests/support/lexium_model.h"

namespace varsam::registry {
namespace {

using ::varsam::testing::Lexium;
using ::varsam::testing::LexiumYamlWith;

std::vector<PolicyChange> ChangesWith(const std::string& from, const std::string& to) {
  const auto parsed = ParsePolicy(LexiumYamlWith(from, to));
  REQUIRE(parsed.ok());
  return DiffPolicy(Lexium(), *parsed);
}

}  // namespace

TEST_CASE("a policy does not differ from itself") {
  CHECK(DiffPolicy(Lexium(), Lexium()).empty());
}

TEST_CASE("an editorial change keeps consent") {
  const auto changes =
      ChangesWith("sv: Sidvisningar och klick", "sv: Sidvisningar och klick på webben");
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].path == "data_categories.site_interaction.sv");
  CHECK_FALSE(HasMaterialChange(changes));
}

TEST_CASE("new purposes, wider data, recipients, longer periods and controllers are material") {
  const auto widened = ChangesWith("data: [online_identifier, device, site_interaction]",
                                   "data: [online_identifier, device, site_interaction, email]");
  REQUIRE(widened.size() == 1);
  CHECK(widened[0] == PolicyChange{ChangeKind::kWidened, "purposes.web_statistics.data",
                                   "online_identifier, device, site_interaction",
                                   "online_identifier, device, site_interaction, email", true,
                                   {PurposeId("web_statistics")}});

  const auto added = ChangesWith("  ops_statistics:\n    sv: Statistik",
                                 "  new_one:\n    sv: Ny\n    basis: contract\n    data: [name]\n\n"
                                 "  ops_statistics:\n    sv: Statistik");
  REQUIRE(added.size() == 1);
  CHECK(added[0].kind == ChangeKind::kAdded);
  CHECK(added[0].material);

  const auto recipient = ChangesWith("processor: v_hr", "processor: v_crm");
  REQUIRE(recipient.size() == 1);
  CHECK(recipient[0].path == "purposes.hr_administration.recipients");
  CHECK(recipient[0].material);

  const auto country = ChangesWith("    transfer: check\n", "    region: third_country\n");
  CHECK(HasMaterialChange(country));

  const auto longer = ChangesWith("    clock: survey_answered\n    keep: P24M",
                                  "    clock: survey_answered\n    keep: P3Y");
  REQUIRE(longer.size() == 1);
  CHECK(longer[0].material);
  CHECK(longer[0].purposes.size() == 10);

  CHECK(HasMaterialChange(ChangesWith("  name: Lexium\n", "  name: Lexium Holding\n")));
}

TEST_CASE("narrower data and shorter periods are not material") {
  const auto narrowed = ChangesWith("data: [online_identifier, device, site_interaction]",
                                    "data: [online_identifier, device]");
  REQUIRE(narrowed.size() == 1);
  CHECK(narrowed[0].kind == ChangeKind::kNarrowed);
  CHECK_FALSE(narrowed[0].material);
  const auto shorter = ChangesWith("    clock: survey_answered\n    keep: P24M",
                                   "    clock: survey_answered\n    keep: P3M");
  REQUIRE(shorter.size() == 1);
  CHECK(shorter[0].path == "retention_rules.satisfaction.keep");
  CHECK_FALSE(shorter[0].material);
}

TEST_CASE("the same length in other words is no longer period") {
  CHECK_FALSE(HasMaterialChange(ChangesWith("    clock: survey_answered\n    keep: P24M",
                                            "    clock: survey_answered\n    keep: P2Y")));
}

}  // namespace varsam::registry
