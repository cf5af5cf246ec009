#include "tests/support/lexium_model.h"

#include <fstream>
#include <sstream>

#include "libs/base/check.h"
#include "services/subject_registry/model/parse_policy.h"

namespace varsam::testing {

std::string LexiumYaml() {
  const std::string path = VARSAM_TEST_SOURCE_DIR "/deploy/policy/lexium.yaml";
  std::ifstream file(path);
  VARSAM_CHECK(file.good()) << "cannot read " << path;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string LexiumYamlWith(const std::string& from, const std::string& to) {
  std::string text = LexiumYaml();
  const size_t at = text.find(from);
  VARSAM_CHECK(at != std::string::npos) << "the model has no " << from;
  return text.replace(at, from.size(), to);
}

const registry::PolicyModel& Lexium() {
  static const registry::PolicyModel* const model = [] {
    auto parsed = registry::ParsePolicy(LexiumYaml());
    VARSAM_CHECK(parsed.ok()) << parsed.status().ToString();
    return new registry::PolicyModel(*std::move(parsed));
  }();
  return *model;
}

}  // namespace varsam::testing
