// varsam_vectors DIR: runs whichever vector files stand in DIR and closes with a line per file,
// "decide: N passed, N failed". Exit code 0 if all passed, 1 if any failed, 2 if there was no case
// to run or a file could not be read.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <vector>

#include "tests/unit/vectors/vectors.h"

namespace {

using varsam::vectors::Tally;

struct Suite {
  const char* name;
  Tally (*run)(const nlohmann::json& cases, std::ostream& out);
};

constexpr Suite kSuites[] = {
    {"decide", varsam::vectors::RunDecide},
    {"deadline", varsam::vectors::RunDeadline},
    {"retention", varsam::vectors::RunRetention},
    {"breach", varsam::vectors::RunBreach},
};

struct Line {
  const char* name;
  Tally tally;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: varsam_vectors DIR\n";
    return 2;
  }
  std::vector<Line> lines;
  bool unreadable = false;
  Tally total;
  for (const Suite& suite : kSuites) {
    const std::filesystem::path path =
        std::filesystem::path(argv[1]) / (std::string(suite.name) + ".json");
    if (!std::filesystem::is_regular_file(path)) continue;
    std::ifstream file(path);
    const nlohmann::json cases = nlohmann::json::parse(file, nullptr, /*allow_exceptions=*/false);
    if (cases.is_discarded()) {
      std::cerr << path.string() << ": not JSON\n";
      unreadable = true;
      continue;
    }
    std::cout << suite.name << "\n";
    lines.push_back({suite.name, suite.run(cases, std::cout)});
    total.passed += lines.back().tally.passed;
    total.failed += lines.back().tally.failed;
  }
  for (const Line& line : lines) {
    std::cout << line.name << ": " << line.tally.passed << " passed, " << line.tally.failed
              << " failed\n";
  }
  if (total.passed + total.failed == 0) std::cerr << argv[1] << ": no case to run here\n";
  if (unreadable || total.passed + total.failed == 0) return 2;
  return total.failed > 0 ? 1 : 0;
}
