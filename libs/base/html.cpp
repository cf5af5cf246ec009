#include "libs/base/html.h"

#include "absl/strings/str_replace.h"
#include "libs/base/strings.h"

namespace varsam {

std::string EscapeHtml(std::string_view text) {
  return absl::StrReplaceAll(
      ToAbsl(text),
      {{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&quot;"}, {"'", "&#39;"}});
}

}  // namespace varsam
