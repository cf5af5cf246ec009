#include "services/request_workflow/mail/read_mail.h"

#include <gmime/gmime.h>

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/request_workflow/mail/plain_text.h"

namespace varsam::requests {
namespace {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref>;

std::string Taken(char* text) {
  std::string copy(text == nullptr ? "" : text);
  g_free(text);
  return copy;
}

absl::Status TooMuch(std::string_view reason) {
  return ErrorWithReason(absl::StatusCode::kResourceExhausted, reason, "the mail exceeds a bound");
}

// The parser descends once for every multipart and every message in a message. Their number bounds
// its depth, so it is counted in the raw text before the parser sees any of it.
absl::Status CheckRaw(std::string_view raw) {
  if (raw.size() > kMailBytesMax) return TooMuch("MAIL_TOO_LARGE");
  const std::string lower = absl::AsciiStrToLower(ToAbsl(raw));
  int containers = 0;
  for (const std::string_view word : {"multipart/", "message/"}) {
    for (size_t at = lower.find(word); at != std::string::npos; at = lower.find(word, at + 1)) {
      if (++containers > kMailPartsMax) return TooMuch("MAIL_TOO_MANY_PARTS");
    }
  }
  return absl::OkStatus();
}

struct Parts {
  int count = 0;
  int attachments = 0;
  std::string plain, html;
};

void TakeText(GMimeObject* part, Parts& parts) {
  const bool plain =
      g_mime_content_type_is_type(g_mime_object_get_content_type(part), "text", "plain") != 0;
  std::string& into = plain ? parts.plain : parts.html;
  if (into.size() < kMailTextBytesMax)
    into += Taken(g_mime_text_part_get_text(GMIME_TEXT_PART(part)));
}

// A forwarded message stays an attachment: what somebody else once wrote is no request of the
// sender.
absl::Status Walk(GMimeObject* part, int depth, Parts& parts) {
  if (depth > kMailDepthMax) return TooMuch("MAIL_TOO_DEEP");
  if (++parts.count > kMailPartsMax) return TooMuch("MAIL_TOO_MANY_PARTS");
  if (GMIME_IS_MULTIPART(part) != 0) {
    GMimeMultipart* const multipart = GMIME_MULTIPART(part);
    for (int i = 0; i < g_mime_multipart_get_count(multipart); ++i) {
      RETURN_IF_ERROR(Walk(g_mime_multipart_get_part(multipart, i), depth + 1, parts));
    }
    return absl::OkStatus();
  }
  const bool attached =
      GMIME_IS_PART(part) != 0 && g_mime_part_is_attachment(GMIME_PART(part)) != 0;
  if (attached || GMIME_IS_TEXT_PART(part) == 0) {
    ++parts.attachments;
    return absl::OkStatus();
  }
  TakeText(part, parts);
  return absl::OkStatus();
}

std::string Header(GMimeMessage* message, const char* name) {
  const char* value = g_mime_object_get_header(GMIME_OBJECT(message), name);
  const std::string text(value == nullptr ? "" : value);
  return std::string(absl::StripAsciiWhitespace(text));
}

std::string FirstAddress(InternetAddressList* list) {
  if (list == nullptr) return "";
  for (int i = 0; i < internet_address_list_length(list); ++i) {
    InternetAddress* const one = internet_address_list_get_address(list, i);
    if (INTERNET_ADDRESS_IS_MAILBOX(one) == 0) continue;
    const char* address = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(one));
    if (address != nullptr && IsCleanUtf8(address)) return absl::AsciiStrToLower(address);
  }
  return "";
}

bool IsId(std::string_view text) {
  const auto odd = [](unsigned char byte) { return byte <= ' ' || byte == 0x7F; };
  return !text.empty() && text.size() <= kMailIdBytesMax && IsCleanUtf8(text) &&
         std::none_of(text.begin(), text.end(), odd);
}

// Everything between < and >, in its order; what can be no id is passed over.
void TakeIds(std::string_view header, std::vector<std::string>& ids) {
  size_t open = std::string_view::npos;
  for (size_t at = 0; at < header.size() && ids.size() < kMailReferencesMax; ++at) {
    if (header[at] == '<') open = at;
    if (header[at] != '>' || open == std::string_view::npos) continue;
    const std::string_view id = header.substr(open + 1, at - open - 1);
    if (IsId(id)) ids.emplace_back(id);
    open = std::string_view::npos;
  }
}

// The part after the plus of every recipient's address: letters of ours carry their case there.
void TakePlusParts(GMimeMessage* message, std::vector<std::string>& parts) {
  std::string all;
  for (const char* name : {"To", "Cc", "Delivered-To", "X-Original-To"}) {
    all += absl::AsciiStrToLower(Header(message, name)) + " ";
  }
  for (size_t plus = all.find('+'); plus != std::string::npos; plus = all.find('+', plus + 1)) {
    const size_t at = all.find_first_of("@<>, \t\"", plus);
    if (at == std::string::npos || all[at] != '@' || at == plus + 1) continue;
    if (parts.size() >= kMailReferencesMax) return;
    parts.push_back(all.substr(plus + 1, at - plus - 1));
  }
}

// What machines said of themselves before RFC 3834, and some still do.
bool SaysAutomatic(GMimeMessage* message) {
  for (const char* name : {"X-Autoreply", "X-Autorespond", "X-Autoresponder", "X-Loop",
                           "X-Mail-Autoreply", "X-FC-MachineGenerated"}) {
    if (!Header(message, name).empty()) return true;
  }
  const std::string suppress = absl::AsciiStrToLower(Header(message, "X-Auto-Response-Suppress"));
  const std::string precedence = absl::AsciiStrToLower(Header(message, "Precedence"));
  return suppress == "all" || precedence == "auto_reply" || precedence == "auto-reply";
}

// An address that a mail system writes from; nobody reads what is sent to it.
bool IsMailer(const std::string& from) {
  for (const char* name : {"mailer-daemon@", "postmaster@", "no-reply@", "noreply@",
                           "do-not-reply@", "donotreply@", "bounce@", "bounces@"}) {
    if (absl::StartsWith(from, name)) return true;
  }
  return absl::StartsWith(from, "bounce+") || absl::StartsWith(from, "bounces+");
}

std::string WhyAutomatic(GMimeMessage* message, GMimeObject* body, const std::string& from) {
  const std::string submitted = absl::AsciiStrToLower(Header(message, "Auto-Submitted"));
  if (!submitted.empty() && !submitted.starts_with("no")) return "AUTO_SUBMITTED";
  if (Header(message, "Return-Path") == "<>") return "NULL_SENDER";
  GMimeContentType* const type = g_mime_object_get_content_type(body);
  if (g_mime_content_type_is_type(type, "multipart", "report") != 0) return "REPORT";
  if (SaysAutomatic(message)) return "AUTO_RESPONSE";
  return IsMailer(from) ? "MAILER" : "";
}

bool IsBulk(GMimeMessage* message) {
  const std::string precedence = absl::AsciiStrToLower(Header(message, "Precedence"));
  for (const char* name :
       {"List-Id", "List-Unsubscribe", "List-Post", "List-Help", "Mailing-List", "Feedback-ID"}) {
    if (!Header(message, name).empty()) return true;
  }
  return precedence == "bulk" || precedence == "list" || precedence == "junk";
}

}  // namespace

absl::StatusOr<ReadMail> Read(std::string_view rfc5322) {
  static const bool started = [] {
    g_mime_init();
    return true;
  }();
  (void)started;
  RETURN_IF_ERROR(CheckRaw(rfc5322));
  const Owned<GMimeStream> stream(
      g_mime_stream_mem_new_with_buffer(rfc5322.data(), rfc5322.size()));
  const Owned<GMimeParser> parser(g_mime_parser_new_with_stream(stream.get()));
  const Owned<GMimeMessage> message(g_mime_parser_construct_message(parser.get(), nullptr));
  GMimeObject* const body = message ? g_mime_message_get_mime_part(message.get()) : nullptr;
  if (body == nullptr || rfc5322.empty()) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "MAIL_UNREADABLE",
                           "this is no mail message");
  }
  Parts parts;
  RETURN_IF_ERROR(Walk(body, 1, parts));
  ReadMail mail;
  mail.from = Personal<std::string>(FirstAddress(g_mime_message_get_from(message.get())));
  const char* subject = g_mime_message_get_subject(message.get());
  mail.subject = Personal<std::string>(CleanText(subject == nullptr ? "" : subject, 1000));
  mail.text = Personal<std::string>(
      CleanText(parts.plain.empty() ? TextOfHtml(parts.html) : parts.plain, kMailTextBytesMax));
  std::vector<std::string> own;
  TakeIds("<" + Header(message.get(), "Message-ID") + ">", own);
  TakeIds(Header(message.get(), "In-Reply-To"), mail.references);
  TakeIds(Header(message.get(), "References"), mail.references);
  if (!own.empty()) mail.message_id = own.front();
  mail.automatic = WhyAutomatic(message.get(), body, mail.from.Reveal());
  TakePlusParts(message.get(), mail.plus_parts);
  mail.bulk = IsBulk(message.get());
  mail.attachments = parts.attachments;
  return mail;
}

}  // namespace varsam::requests
