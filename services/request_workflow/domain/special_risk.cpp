#include "services/request_workflow/domain/special_risk.h"

#include <algorithm>
#include <array>
#include <string>

namespace varsam::requests {
namespace {

// Lower case. A word matches at its start: "sjuk" also finds "sjukskriven".
constexpr std::array<std::string_view, 58> kWords = {
    "sjuk",        "diagnos",     "läkar",      "läkemedel",    "medicin",  "behandling av",
    "vårdcentral", "sjukhus",     "operation",  "cancer",       "diabetes", "depression",
    "ångest",      "utbränd",     "utmattning", "psyki",        "psykolog", "terapi",
    "allergi",     "astma",       "handikapp",  "funktionsned", "gravid",   "missbruk",
    "alkoholis",   "hiv",         "covid",      "adhd",         "autis",    "hälsotillstånd",
    "fackligt",    "fackförbund", "fackmedlem", "partimedlem",  "politisk", "religi",
    "muslim",      "kristen",     "judisk",     "etnisk",       "homosexu", "bisexu",
    "transperson", "sexuell",     "biometri",   "gendata",      "disab",    "illness",
    "disease",     "diagnosis",   "pregnan",    "hospital",     "medical",  "mental health",
    "trade union", "ethnic",      "religio",    "sexual"};

bool InWord(unsigned char c) { return c >= 0x80 || (c >= 'a' && c <= 'z'); }

// ASCII and the Swedish capitals.
std::string Lower(std::string_view text) {
  std::string out(text);
  for (size_t i = 0; i < out.size(); ++i) {
    const auto c = static_cast<unsigned char>(out[i]);
    if (c >= 'A' && c <= 'Z') out[i] = static_cast<char>(c + 32);
    const bool capital = i > 0 && static_cast<unsigned char>(out[i - 1]) == 0xC3 &&
                         (c == 0x85 || c == 0x84 || c == 0x96 || c == 0x89);
    if (capital) out[i] = static_cast<char>(c + 32);
  }
  return out;
}

}  // namespace

bool SeemsSpecial(std::string_view text) {
  const std::string lower = Lower(text);
  return std::any_of(kWords.begin(), kWords.end(), [&](std::string_view word) {
    for (size_t at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1)) {
      if (at == 0 || !InWord(static_cast<unsigned char>(lower[at - 1]))) return true;
    }
    return false;
  });
}

}  // namespace varsam::requests
