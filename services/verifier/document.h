// Judges one receipt or certificate. Offline; the format stands in libs/ledger/README.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace varsam::verifier {

inline constexpr size_t kDocumentBytesMax = 4 << 20;
inline constexpr int kDepthMax = 40;

enum class Judgement {
  kGenuine,
  kNotGenuine,  // something in the document was changed, or never was right
  kOtherKey,    // consistent in itself, but not signed by the key that was asked for
};

struct Verdict {
  Judgement judgement = Judgement::kNotGenuine;
  std::string reason;  // stable CAPITAL code, empty when genuine
  std::string detail;  // one English sentence
  // Only when the document is consistent in itself:
  bool key_pinned = false;
  std::string type, origin, kind, vkey, text_sv, text_en;
  uint64_t index = 0;
  uint64_t log_size = 0;
  int64_t at_micros = 0;
};

// `pinned_vkey`: the key of the service as known from elsewhere. Without it the document is
// measured with the key it carries itself, which shows that it is whole, not who made it.
Verdict Judge(std::string_view file, const std::optional<std::string>& pinned_vkey);

}  // namespace varsam::verifier
