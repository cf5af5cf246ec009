// Text of strangers made fit to be kept and shown. Pure.
#pragma once

#include <string>
#include <string_view>

namespace varsam::requests {

// Well-formed UTF-8 without control characters (line ends and tabs stay), cut at `bytes_max`
// between characters; what is malformed becomes '?'.
std::string CleanText(std::string_view text, size_t bytes_max);

// What a reader of the page sees, roughly: no tags, no scripts, no styles, the common entities.
std::string TextOfHtml(std::string_view html);

}  // namespace varsam::requests
