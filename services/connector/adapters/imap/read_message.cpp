#include "services/connector/adapters/imap/read_message.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "libs/base/strings.h"

namespace varsam::connector::imap {
namespace {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref>;

// Mail says what charset it is in and need not keep to it: what is no UTF-8 becomes U+FFFD.
std::string Text(const char* text) {
  if (text == nullptr) return "";
  char* const valid = g_utf8_make_valid(text, -1);
  std::string copy(valid);
  g_free(valid);
  return copy;
}

std::string Taken(char* text) {
  std::string copy = Text(text);
  g_free(text);
  return copy;
}

std::string Written(InternetAddressList* list) {
  return list == nullptr ? "" : Taken(internet_address_list_to_string(list, nullptr, FALSE));
}

void Collect(InternetAddressList* list, std::vector<std::string>& addresses) {
  if (list == nullptr) return;
  for (int i = 0; i < internet_address_list_length(list); ++i) {
    InternetAddress* one = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_GROUP(one)) {
      Collect(internet_address_group_get_members(INTERNET_ADDRESS_GROUP(one)), addresses);
    } else if (INTERNET_ADDRESS_IS_MAILBOX(one)) {
      const char* address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one));
      addresses.push_back(absl::AsciiStrToLower(Text(address)));
    }
  }
}

// Text parts in their order; of alternatives the plain one, when there is one.
struct Parts {
  std::string plain, other;
  std::vector<std::string> attachments;
};

void VisitPart(GMimeObject*, GMimeObject* part, void* to) {
  auto& parts = *static_cast<Parts*>(to);
  if (GMIME_IS_PART(part) != 0 && g_mime_part_is_attachment(GMIME_PART(part)) != 0) {
    parts.attachments.push_back(Text(g_mime_part_get_filename(GMIME_PART(part))));
    return;
  }
  if (GMIME_IS_TEXT_PART(part) == 0) return;
  const std::string text = Taken(g_mime_text_part_get_text(GMIME_TEXT_PART(part)));
  const bool plain =
      g_mime_content_type_is_type(g_mime_object_get_content_type(part), "text", "plain") != 0;
  (plain ? parts.plain : parts.other) += text;
}

// The parser descends once for every multipart and every message in a message; of a message that
// would lead it too deep only the head is read.
std::string_view Readable(std::string_view rfc5322) {
  const std::string lower = absl::AsciiStrToLower(ToAbsl(rfc5322));
  int containers = 0;
  for (const std::string_view word : {"multipart/", "message/"}) {
    for (size_t at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1)) {
      if (++containers <= kMessagePartsMax) continue;
      return rfc5322.substr(0, std::min(rfc5322.find("\n\n"), rfc5322.find("\n\r\n")));
    }
  }
  return rfc5322;
}

}  // namespace

ReadMessage Read(std::string_view whole) {
  static const bool started = [] {
    g_mime_init();
    return true;
  }();
  (void)started;
  const std::string_view rfc5322 = Readable(whole);
  const Owned<GMimeStream> stream(
      g_mime_stream_mem_new_with_buffer(rfc5322.data(), rfc5322.size()));
  const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  const Owned<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
  ReadMessage read;
  if (message == nullptr) return read;
  read.from = Written(g_mime_message_get_from(message.get()));
  read.to = Written(g_mime_message_get_to(message.get()));
  read.cc = Written(g_mime_message_get_cc(message.get()));
  read.subject = Text(g_mime_message_get_subject(message.get()));
  read.date = Text(g_mime_object_get_header(GMIME_OBJECT(message.get()), "Date"));
  Collect(g_mime_message_get_from(message.get()), read.addresses);
  Collect(g_mime_message_get_to(message.get()), read.addresses);
  Collect(g_mime_message_get_cc(message.get()), read.addresses);
  Collect(g_mime_message_get_bcc(message.get()), read.addresses);
  Collect(g_mime_message_get_reply_to(message.get()), read.addresses);
  Parts parts;
  g_mime_message_foreach(message.get(), VisitPart, &parts);
  read.text = parts.plain.empty() ? parts.other : parts.plain;
  read.attachments = std::move(parts.attachments);
  return read;
}

}  // namespace varsam::connector::imap
