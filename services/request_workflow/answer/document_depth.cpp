#include "nlohmann/json.hpp"
#include "services/request_workflow/answer/package.h"

namespace varsam::requests {

// The depth is counted before anything is parsed: what comes after may then call itself.
bool IsShallowJson(std::string_view document) {
  int depth = 0;
  bool in_text = false;
  for (size_t i = 0; i < document.size(); ++i) {
    const char c = document[i];
    if (in_text) {
      if (c == '\\') ++i;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kDocumentDepthMax) return false;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return nlohmann::json::accept(document);
}

}  // namespace varsam::requests
