// C2SP tlog-tiles paths:  checkpoint | vkey | tile/<L>/<N>[.p/<W>] | tile/entries/<N>[.p/<W>]
// where N is written in groups of three digits, all but the last behind an x: x001/x234/067. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace varsam::gateway {

struct TilePath {
  bool entries = false;
  uint32_t level = 0;  // 0..7
  uint64_t index = 0;
  uint32_t width = 256;  // 1..255 for a partial tile
};

// What follows "tile/"; nullopt for anything that is not the one right spelling.
std::optional<TilePath> ParseTilePath(std::string_view path);

}  // namespace varsam::gateway
