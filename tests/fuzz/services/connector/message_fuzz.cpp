// A message of a mailbox that is searched: what goes into a person's package is UTF-8.
#include <cstdint>
#include <string_view>

#include "libs/base/check.h"
#include "libs/base/strings.h"
#include "services/connector/adapters/imap/read_message.h"

namespace varsam::connector::imap {
namespace {

void Try(std::string_view text) {
  const ReadMessage message = Read(text);
  for (const auto* shown :
       {&message.from, &message.to, &message.cc, &message.date, &message.subject, &message.text}) {
    VARSAM_CHECK(IsCleanUtf8(*shown)) << "not clean";
  }
  for (const auto& name : message.attachments) VARSAM_CHECK(IsCleanUtf8(name)) << "not clean";
  for (const auto& address : message.addresses) VARSAM_CHECK(IsCleanUtf8(address)) << "not clean";
}

}  // namespace
}  // namespace varsam::connector::imap

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  varsam::connector::imap::Try({reinterpret_cast<const char*>(data), size});
  return 0;
}
