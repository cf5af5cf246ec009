// SHA-256, for digests of mappings, results and expected values.
#pragma once

#include <string>
#include <string_view>

namespace varsam::connector {

std::string Sha256(std::string_view bytes);  // 32 bytes

}  // namespace varsam::connector
