// Does free text seem to reveal special categories of data (Art. 9; promise P24)? A word list, in
// Swedish and English; it only narrows who may read, so a false alarm does little harm. Pure.
#pragma once

#include <string_view>

namespace varsam::requests {

bool SeemsSpecial(std::string_view text);

}  // namespace varsam::requests
