#include "services/request_workflow/worker/mail_outbox.h"

#include <curl/curl.h>

#include <algorithm>
#include <cstring>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/obs/log.h"
#include "services/request_workflow/domain/advance.h"
#include "services/request_workflow/mail/tls_rule.h"

namespace varsam::requests {
namespace {

struct Upload {
  const std::string* text;
  size_t at = 0;
};

size_t Give(char* target, size_t size, size_t count, void* source) {
  auto* const upload = static_cast<Upload*>(source);
  const size_t length = std::min(size * count, upload->text->size() - upload->at);
  std::memcpy(target, upload->text->data() + upload->at, length);
  upload->at += length;
  return length;
}

absl::Status SendOne(const SmtpConfig& config, const std::string& to, const std::string& message) {
  CURL* const curl = curl_easy_init();
  if (curl == nullptr) return absl::UnavailableError("libcurl");
  Upload upload{&message};
  const std::string recipient = "<" + to + ">";
  const std::string from = "<" + config.from + ">";
  curl_slist* const recipients = curl_slist_append(nullptr, recipient.c_str());
  curl_easy_setopt(curl, CURLOPT_URL, config.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  const long tls = MayStayPlain(config.url) ? CURLUSESSL_TRY : CURLUSESSL_ALL;
  curl_easy_setopt(curl, CURLOPT_USE_SSL, tls);
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, &Give);
  curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, 30000L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  const CURLcode code = curl_easy_perform(curl);
  curl_slist_free_all(recipients);
  curl_easy_cleanup(curl);
  if (code == CURLE_OK) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kUnavailable, "SMTP_FAILED",
                         "the mail server did not take the letter");
}

// An address of ours came through the registry; still nothing of it may end a header or a command.
bool IsPlainAddress(const std::string& address) {
  if (address.empty() || address.size() > 254) return false;
  return std::all_of(address.begin(), address.end(), [](unsigned char c) {
    return c > 0x20 && c != 0x7F && c != '<' && c != '>' && c != ',' && c != ';' && c != '"';
  });
}

// Answers come back with the case in the address: name+case@host.
std::string PlusAddress(const std::string& from, CaseId id) {
  const size_t at = std::min(from.size(), from.find('@'));
  return from.substr(0, at) + "+" + id.ToString() + from.substr(at);
}

std::string WithCrLf(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

}  // namespace

absl::Duration RetryAfter(int attempts) {
  const int doublings = std::clamp(attempts - 1, 0, 20);
  return std::min(kMailRetryMin * (int64_t{1} << doublings), kMailRetryMax);
}

std::string ComposeMail(const OutgoingMail& mail, const std::string& from, const std::string& to,
                        const std::string& body, absl::Time now) {
  const std::string host = from.substr(std::min(from.size(), from.find('@') + 1));
  const absl::TimeZone utc = absl::UTCTimeZone();
  std::string message;
  message += "Date: " + absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000", now, utc) + "\r\n";
  message += "From: <" + from + ">\r\n";
  message += "To: <" + to + ">\r\n";
  message += "Subject: =?UTF-8?B?" + ToBase64(mail.subject) + "?=\r\n";
  message +=
      "Message-ID: <" + mail.id.ToString() + "." + mail.case_id.ToString() + "@" + host + ">\r\n";
  message += "Reply-To: <" + PlusAddress(from, mail.case_id) + ">\r\n";
  message += "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n";
  message += "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n";
  message += "Content-Transfer-Encoding: 8bit\r\n\r\n";
  return message + WithCrLf(body);
}

absl::StatusOr<bool> MailOutbox::Tick() {
  std::vector<OutgoingMail> waiting;
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    ASSIGN_OR_RETURN(waiting, parts_.store.ReadWaitingMails(*lease, parts_.clock.Now()));
  }
  for (const OutgoingMail& mail : waiting) {
    const absl::Status done = Send(mail);
    if (done.ok()) continue;
    obs::Log(obs::Level::kWarn, "letter_not_settled",
             {obs::F("case_id", mail.case_id), obs::F("status", done)});
  }
  return waiting.size() == static_cast<size_t>(kWorkerBatchMax);
}

absl::Status MailOutbox::TrySend(const OutgoingMail& mail) {
  const std::string row = mail.id.ToString();
  ASSIGN_OR_RETURN(Personal<std::string> to,
                   parts_.texts.OpenIn("mail_out_to", row, mail.case_id.value(), mail.sealed_to));
  ASSIGN_OR_RETURN(
      Personal<std::string> body,
      parts_.texts.OpenIn("mail_out_body", row, mail.case_id.value(), mail.sealed_body));
  if (!IsPlainAddress(to.Reveal())) return InvalidField("to", "not an address");
  return SendOne(config_, to.Reveal(),
                 ComposeMail(mail, config_.from, to.Reveal(), body.Reveal(), parts_.clock.Now()));
}

absl::Status MailOutbox::Send(OutgoingMail mail) {
  const absl::Status sent = TrySend(mail);
  // No later attempt can mend an address that is none, or a letter whose key is gone or which was
  // damaged.
  const bool hopeless =
      absl::IsInvalidArgument(sent) || absl::IsDataLoss(sent) || absl::IsNotFound(sent);
  if (!sent.ok()) {
    obs::Log(obs::Level::kWarn, "letter_not_sent",
             {obs::F("case_id", mail.case_id), obs::F("attempt", mail.attempts + 1),
              obs::F("status", sent)});
  }
  WriteAsk write;
  write.want.case_id = mail.case_id;
  write.decide = [mail, sent, hopeless](const Facts& facts,
                                        const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
    ASSIGN_OR_RETURN(CaseFile file, FileOf(facts));
    Changes changes;
    OutgoingMail after = mail;
    ++after.attempts;
    if (sent.ok()) {
      after.sent_at = frozen.now;
      changes.events.push_back(
          {file.c.id, frozen.now, "letter_sent", file.c.state, "service", mail.kind});
    } else {
      after.given_up = hopeless || after.attempts >= kMailAttemptsMax;
      if (after.given_up) {
        changes.events.push_back(
            {file.c.id, frozen.now, "letter_not_delivered", file.c.state, "service", mail.kind});
      }
      after.send_at = frozen.now + RetryAfter(after.attempts);
    }
    changes.mails.push_back(after);
    const bool answer = mail.kind == "answer" || mail.kind == "refused";
    const bool owed = file.c.state == CaseState::kResponded || file.c.state == CaseState::kRefused;
    const bool tells = sent.ok() && mail.kind != "notice" &&
                       file.c.acknowledgement != Acknowledgement::kNotNeeded &&
                       file.c.acknowledgement != Acknowledgement::kDone;
    if (tells) {
      file.c.acknowledgement = Acknowledgement::kDone;
      changes.events.push_back(
          {file.c.id, frozen.now, "acknowledged", file.c.state, "service", "letter"});
    }
    const bool ended =
        sent.ok() && mail.kind == "contact_ended" && file.c.state == CaseState::kInquiry;
    if (ended) {
      RETURN_IF_ERROR(Advance(file, {CaseEvent::kInquiryAnswered, "service", "mail", 0, true},
                              frozen.now, changes));
    }
    if (sent.ok() && answer && owed) {
      RETURN_IF_ERROR(Advance(file, {CaseEvent::kDeliveryProven, "service", "mail", 0, true},
                              frozen.now, changes));
    }
    // A letter that could not go leaves the acknowledgement to a person.
    const bool failed = after.given_up && mail.kind != "notice";
    if (failed) OweAcknowledgement(file, frozen.now, changes);
    if (tells || failed || ended || (sent.ok() && answer && owed))
      Settle(file, frozen.now, changes);
    return changes;
  };
  RETURN_IF_ERROR(
      parts_.writer.Write(std::move(write), "case/" + mail.case_id.ToString()).status());
  return absl::OkStatus();
}

}  // namespace varsam::requests
