#include "services/request_workflow/mail/plain_text.h"

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_replace.h"
#include "libs/base/strings.h"

namespace varsam::requests {
namespace {

// Bytes of the UTF-8 character that starts with this one; 0 for none.
size_t LengthOf(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return 2;
  if (lead >= 0xE0 && lead < 0xF0) return 3;
  if (lead >= 0xF0 && lead < 0xF5) return 4;
  return 0;
}

bool IsControl(unsigned char byte) {
  return (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F;
}

// Where the element that begins here ends; scripts and styles end with their closing tag.
size_t EndOfTag(const std::string& lower, size_t open) {
  for (const std::string_view name : {"script", "style"}) {
    if (lower.compare(open + 1, name.size(), name.data(), name.size()) != 0) continue;
    const size_t close = lower.find("</" + std::string(name), open);
    if (close == std::string::npos) return lower.size();
    open = close;
  }
  const size_t end = lower.find('>', open);
  return end == std::string::npos ? lower.size() : end + 1;
}

}  // namespace

std::string CleanText(std::string_view text, size_t bytes_max) {
  std::string clean;
  for (size_t at = 0; at < text.size();) {
    const auto lead = static_cast<unsigned char>(text[at]);
    const size_t length = LengthOf(lead);
    const std::string_view one = text.substr(at, length == 0 ? 1 : length);
    at += one.size();
    if (lead == '\r' || IsControl(lead)) continue;
    const bool good = length == one.size() && IsCleanUtf8(one);
    if (clean.size() + (good ? one.size() : 1) > bytes_max) break;
    if (good) clean += one;
    if (!good) clean += '?';
    if (!good && length > 1) at -= one.size() - 1;
  }
  return clean;
}

std::string TextOfHtml(std::string_view html) {
  const std::string lower = absl::AsciiStrToLower(ToAbsl(html));
  std::string text;
  for (size_t at = 0; at < html.size();) {
    if (html[at] != '<') {
      text += html[at++];
      continue;
    }
    const std::string_view tag = std::string_view(lower).substr(at, 4);
    if (tag.starts_with("<br") || tag.starts_with("<p") || tag.starts_with("</p")) text += '\n';
    at = EndOfTag(lower, at);
  }
  return absl::StrReplaceAll(text, {{"&nbsp;", " "},
                                    {"&lt;", "<"},
                                    {"&gt;", ">"},
                                    {"&quot;", "\""},
                                    {"&aring;", "å"},
                                    {"&auml;", "ä"},
                                    {"&ouml;", "ö"},
                                    {"&Aring;", "Å"},
                                    {"&Auml;", "Ä"},
                                    {"&Ouml;", "Ö"},
                                    {"&amp;", "&"}});
}

}  // namespace varsam::requests
