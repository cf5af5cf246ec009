// The one door for YAML: bounded depth, every node knows its line, no key twice.
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "libs/base/check.h"
#include "libs/base/strict_yaml.h"

namespace varsam {
namespace {

void Walk(const YamlNode& node, int depth, int lines) {
  VARSAM_CHECK(depth <= kYamlDepthMax + 1) << "too deep";
  VARSAM_CHECK(node.line >= 0 && node.line <= lines) << "a line that is not there";
  for (const YamlNode& item : node.items) Walk(item, depth + 1, lines);
  std::set<std::string_view> keys;
  for (const auto& [key, field] : node.fields) {
    VARSAM_CHECK(keys.insert(key).second) << "a key twice";
    Walk(field, depth + 1, lines);
  }
}

void Try(std::string_view text) {
  const auto root = ParseYaml(text);
  if (!root.ok()) return;
  int lines = 2;  // the one behind the last line end, too
  for (const char c : text) lines += c == '\n' || c == '\r';
  Walk(*root, 0, lines);
}

}  // namespace
}  // namespace varsam

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  varsam::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
