// A mail that came in: what is kept of it is clean text within its bounds.
#include <cstdint>
#include <string>
#include <string_view>

#include "libs/base/check.h"
#include "libs/base/strings.h"
#include "services/request_workflow/mail/plain_text.h"
#include "services/request_workflow/mail/read_mail.h"

namespace varsam::requests {
namespace {

bool IsOneLine(std::string_view text) { return text.find_first_of("\r\n<>") == text.npos; }

void Try(std::string_view text) {
  VARSAM_CHECK(IsCleanUtf8(CleanText(text, 100)) && CleanText(text, 100).size() <= 100) << "text";
  (void)TextOfHtml(text);
  const auto mail = Read(text);
  if (!mail.ok()) return;
  for (const auto* kept : {&mail->from, &mail->subject, &mail->text}) {
    VARSAM_CHECK(IsCleanUtf8(kept->Reveal())) << "not clean";
  }
  VARSAM_CHECK(mail->text.Reveal().size() <= kMailTextBytesMax) << "too long";
  VARSAM_CHECK(mail->references.size() <= kMailReferencesMax) << "too many";
  VARSAM_CHECK(IsOneLine(mail->message_id)) << "an id with line ends or brackets";
  for (const std::string& reference : mail->references) {
    VARSAM_CHECK(IsOneLine(reference)) << "a reference with line ends or brackets";
  }
}

}  // namespace
}  // namespace varsam::requests

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  varsam::requests::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
