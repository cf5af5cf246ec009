#include "services/request_workflow/worker/parse_mail.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <mutex>

#include "libs/base/error.h"
#include "libs/base/strings.h"

namespace varsam::requests {
namespace {

absl::Status Unreadable() {
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, "MAIL_UNREADABLE",
                         "this is no mail within the bounds");
}

template <typename T>
class Owned {
 public:
  explicit Owned(T* object) : object_(object) {}
  ~Owned() {
    if (object_ != nullptr) g_object_unref(object_);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  T* get() const { return object_; }

 private:
  T* object_;
};

std::string Text(const char* text) { return text == nullptr ? "" : text; }

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : static_cast<char>(c);
  });
  return text;
}

std::string Header(GMimeMessage* message, const char* name) {
  return Lower(Text(g_mime_object_get_header(GMIME_OBJECT(message), name)));
}

bool IsAutomatic(GMimeMessage* message) {
  const std::string submitted = Header(message, "Auto-Submitted");
  if (!submitted.empty() && submitted.rfind("no", 0) != 0) return true;
  const std::string precedence = Header(message, "Precedence");
  for (const char* word : {"bulk", "list", "junk", "auto_reply"}) {
    if (precedence == word) return true;
  }
  if (!Header(message, "List-Id").empty()) return true;
  if (!Header(message, "X-Auto-Response-Suppress").empty()) return true;
  return Header(message, "Return-Path") == "<>";
}

std::string WithoutTags(const std::string& html) {
  std::string text;
  bool inside = false;
  for (char c : html) {
    if (c == '<') inside = true;
    else if (c == '>') inside = false, text += ' ';
    else if (!inside) text += c;
  }
  return text;
}

// Depth first; counts parts, keeps the first plain and the first HTML text.
struct Walk {
  int parts = 0;
  bool broken = false;
  std::string plain;
  std::string html;

  void Visit(GMimeObject* object, int depth) {
    if (broken || object == nullptr) return;
    if (++parts > kMailPartsMax || depth > kMailDepthMax) {
      broken = true;
      return;
    }
    if (GMIME_IS_MULTIPART(object)) {
      GMimeMultipart* const multipart = GMIME_MULTIPART(object);
      const int count = g_mime_multipart_get_count(multipart);
      for (int i = 0; i < count; ++i) Visit(g_mime_multipart_get_part(multipart, i), depth + 1);
      return;
    }
    if (!GMIME_IS_TEXT_PART(object)) return;  // attachments are not opened
    GMimeContentType* const type = g_mime_object_get_content_type(object);
    std::string& target = g_mime_content_type_is_type(type, "text", "html") ? html : plain;
    if (!target.empty()) return;
    char* const text = g_mime_text_part_get_text(GMIME_TEXT_PART(object));
    target = Text(text).substr(0, kMailTextBytesMax);
    g_free(text);
  }
};

std::string CleanText(std::string text) {
  while (!text.empty() && !IsCleanUtf8(text)) {
    // Cut in the middle of a character, or no text at all.
    if (text.size() > kMailTextBytesMax - 4) text.pop_back();
    else return "";
  }
  return text;
}

std::string Sender(GMimeMessage* message) {
  InternetAddressList* const from = g_mime_message_get_from(message);
  if (from == nullptr || internet_address_list_length(from) != 1) return "";
  InternetAddress* const one = internet_address_list_get_address(from, 0);
  if (!INTERNET_ADDRESS_IS_MAILBOX(one)) return "";
  return Lower(Text(internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one))));
}

void AddReferences(GMimeMessage* message, const char* header, std::vector<std::string>& ids) {
  const char* const text = g_mime_object_get_header(GMIME_OBJECT(message), header);
  if (text == nullptr) return;
  GMimeReferences* const references = g_mime_references_parse(nullptr, text);
  const int count = std::min(g_mime_references_length(references), 50);
  for (int i = 0; i < count; ++i) {
    ids.push_back(Text(g_mime_references_get_message_id(references, i)));
  }
  g_mime_references_free(references);
}

}  // namespace

absl::StatusOr<ParsedMail> ParseMail(std::string_view raw) {
  static std::once_flag once;
  std::call_once(once, [] { g_mime_init(); });
  const Owned<GMimeStream> stream(g_mime_stream_mem_new_with_buffer(raw.data(), raw.size()));
  const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  const Owned<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
  if (message.get() == nullptr) return Unreadable();
  ParsedMail mail;
  mail.from = Sender(message.get());
  mail.message_id = Text(g_mime_message_get_message_id(message.get()));
  AddReferences(message.get(), "In-Reply-To", mail.references);
  AddReferences(message.get(), "References", mail.references);
  mail.subject = CleanText(Text(g_mime_message_get_subject(message.get())).substr(0, 500));
  mail.automatic = IsAutomatic(message.get()) || mail.from.empty();
  Walk walk;
  walk.Visit(g_mime_message_get_mime_part(message.get()), 0);
  if (walk.broken) return Unreadable();
  mail.text = CleanText(walk.plain.empty() ? WithoutTags(walk.html) : walk.plain);
  return mail;
}

}  // namespace varsam::requests
