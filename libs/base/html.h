// Text into HTML: element content and quoted attribute values. Pure.
#pragma once

#include <string>
#include <string_view>

namespace varsam {

// & < > " ' as character references; all else unchanged.
std::string EscapeHtml(std::string_view text);

}  // namespace varsam
