// A document that varsam-verify judges. What it calls genuine is genuine for the key in it and for
// no other.
#include <cstdint>
#include <string_view>

#include "libs/base/check.h"
#include "services/verifier/document.h"

namespace varsam::verifier {
namespace {

void Try(std::string_view text) {
  const Verdict verdict = Judge(text, {});
  if (verdict.judgement != Judgement::kGenuine) {
    VARSAM_CHECK(!verdict.reason.empty() && !verdict.detail.empty()) << "refused without a word";
    return;
  }
  VARSAM_CHECK(verdict.index < verdict.log_size) << "behind the end of the log";
  VARSAM_CHECK(Judge(text, verdict.vkey).judgement == Judgement::kGenuine) << "its own key";
  VARSAM_CHECK(Judge(text, verdict.vkey + "x").judgement == Judgement::kOtherKey) << "another key";
}

}  // namespace
}  // namespace varsam::verifier

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  varsam::verifier::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
