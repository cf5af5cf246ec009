#include "services/gateway/rest/tile_path.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <vector>

namespace varsam::gateway {
namespace {

constexpr uint32_t kTileLevelMax = 7;
constexpr uint32_t kTileWidth = 256;
constexpr size_t kIndexGroupsMax = 6;

std::optional<uint32_t> Number(std::string_view text, uint32_t min, uint32_t max) {
  uint32_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool spelled = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size() &&
                       (text.size() == 1 || text[0] != '0');
  if (text.empty() || !spelled || value < min || value > max) return std::nullopt;
  return value;
}

std::optional<uint64_t> Index(const std::vector<std::string_view>& groups) {
  if (groups.empty() || groups.size() > kIndexGroupsMax) return std::nullopt;
  uint64_t index = 0;
  for (size_t i = 0; i < groups.size(); ++i) {
    std::string_view group = groups[i];
    if (i + 1 < groups.size()) {
      if (group.empty() || group[0] != 'x') return std::nullopt;
      group.remove_prefix(1);
    }
    const bool digits = group.size() == 3 && std::all_of(group.begin(), group.end(), [](char c) {
                          return c >= '0' && c <= '9';
                        });
    if (!digits || (i == 0 && groups.size() > 1 && group == "000")) return std::nullopt;
    index = index * 1000 + static_cast<uint64_t>((group[0] - '0') * 100 + (group[1] - '0') * 10 +
                                                 (group[2] - '0'));
  }
  return index;
}

}  // namespace

std::optional<TilePath> ParseTilePath(std::string_view path) {
  std::vector<std::string_view> parts;
  while (true) {
    const size_t slash = path.find('/');
    parts.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  TilePath tile;
  if (parts.size() < 2) return std::nullopt;
  if (parts[0] == "entries") {
    tile.entries = true;
  } else if (const auto level = Number(parts[0], 0, kTileLevelMax)) {
    tile.level = *level;
  } else {
    return std::nullopt;
  }
  parts.erase(parts.begin());
  constexpr std::string_view kPartial = ".p";
  if (parts.size() >= 2 && parts[parts.size() - 2].ends_with(kPartial)) {
    const auto width = Number(parts.back(), 1, kTileWidth - 1);
    if (!width) return std::nullopt;
    tile.width = *width;
    parts.pop_back();
    parts.back().remove_suffix(kPartial.size());
  }
  const auto index = Index(parts);
  if (!index) return std::nullopt;
  tile.index = *index;
  return tile;
}

}  // namespace varsam::gateway
