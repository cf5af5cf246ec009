// The audit path of RFC 6962 section 2.1.1, walked from the leaf to the root.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace varsam::verifier {

// Does this leaf stand at `index` of the tree with `size` leaves and `root`?
bool InTree(std::string_view leaf, uint64_t index, uint64_t size,
            const std::vector<std::string>& path, std::string_view root);

}  // namespace varsam::verifier
