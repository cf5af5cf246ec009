// Strikes a person out of a text that belongs to others too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace varsam::connector {

inline constexpr std::string_view kStruckOut = "[borttaget]";
inline constexpr size_t kNeedleBytesMin = 2;  // a single letter would strike out half the text

// Every occurrence of a needle as a word of its own (a Swedish genitive s goes with it), in any
// case of letters, replaced by kStruckOut. Needles are tried in their order: longest first is the
// caller's.
std::string StrikeOut(std::string text, const std::vector<std::string>& needles);

}  // namespace varsam::connector
