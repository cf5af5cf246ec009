// What the reading child says, as fields with their lengths: four bytes little-endian, then text.
#include <cstdint>

#include "absl/strings/numbers.h"
#include "libs/base/error.h"
#include "libs/base/strings.h"
#include "services/request_workflow/mail/read_apart.h"

namespace varsam::requests {
namespace {

void Put(std::string_view text, std::string& out) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(text.size() >> shift);
  out += text;
}

class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}
  // Empty once the bytes do not suffice; `good` tells.
  std::string Next() {
    uint32_t size = 0;
    if (bytes_.size() < 4) return Fail();
    for (int i = 0; i < 4; ++i) {
      size |= static_cast<uint32_t>(static_cast<unsigned char>(bytes_[i])) << (8 * i);
    }
    bytes_.remove_prefix(4);
    if (bytes_.size() < size) return Fail();
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }
  int Number(int most) {
    int value = 0;
    if (!absl::SimpleAtoi(Next(), &value) || value < 0 || value > most) good_ = false;
    return good_ ? value : 0;
  }
  bool Ended() const { return good_ && bytes_.empty(); }

 private:
  std::string Fail() {
    good_ = false;
    return "";
  }
  std::string_view bytes_;
  bool good_ = true;
};

void PutList(const std::vector<std::string>& list, std::string& out) {
  Put(std::to_string(list.size()), out);
  for (const std::string& text : list) Put(text, out);
}

std::vector<std::string> List(Fields& fields) {
  std::vector<std::string> list;
  const int count = fields.Number(static_cast<int>(kMailReferencesMax));
  for (int i = 0; i < count; ++i) list.push_back(fields.Next());
  return list;
}

absl::Status Died() {
  return ErrorWithReason(absl::StatusCode::kResourceExhausted, "MAIL_READER_DIED",
                         "the reading process ended without an answer");
}

}  // namespace

std::string EncodeAnswer(const absl::StatusOr<ReadMail>& mail) {
  std::string out;
  Put(mail.ok() ? "mail" : std::string(ReasonOf(mail.status())), out);
  if (!mail.ok()) return out;
  Put(mail->from.Reveal(), out);
  Put(mail->subject.Reveal(), out);
  Put(mail->text.Reveal(), out);
  Put(mail->message_id, out);
  Put(mail->automatic, out);
  Put(mail->bulk ? "1" : "0", out);
  Put(std::to_string(mail->attachments), out);
  PutList(mail->references, out);
  PutList(mail->plus_parts, out);
  return out;
}

absl::StatusOr<ReadMail> DecodeAnswer(std::string_view answer) {
  Fields fields(answer);
  const std::string head = fields.Next();
  if (head != "mail") {
    if (head.empty() || !fields.Ended()) return Died();
    const bool bound = head.starts_with("MAIL_TOO_");
    return ErrorWithReason(
        bound ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kInvalidArgument, head,
        "the mail cannot be read");
  }
  ReadMail mail;
  mail.from = Personal<std::string>(fields.Next());
  mail.subject = Personal<std::string>(fields.Next());
  mail.text = Personal<std::string>(fields.Next());
  mail.message_id = fields.Next();
  mail.automatic = fields.Next();
  mail.bulk = fields.Number(1) == 1;
  mail.attachments = fields.Number(kMailPartsMax);
  mail.references = List(fields);
  mail.plus_parts = List(fields);
  if (!fields.Ended()) return Died();
  return mail;
}

}  // namespace varsam::requests
