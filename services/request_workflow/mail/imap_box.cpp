#include "services/request_workflow/mail/imap_box.h"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/request_workflow/mail/tls_rule.h"

namespace varsam::requests {
namespace {

size_t Append(char* data, size_t size, size_t count, void* target) {
  auto* const text = static_cast<std::string*>(target);
  if (text->size() + size * count > kMailBytesMax) return 0;  // libcurl then gives the transfer up
  text->append(data, size * count);
  return size * count;
}

absl::Status MailboxAway() {
  return ErrorWithReason(absl::StatusCode::kUnavailable, "MAILBOX_AWAY",
                         "the intake mailbox does not answer");
}

// The number after a word: "UIDVALIDITY 17" → 17.
std::optional<int64_t> NumberAfter(const std::string& text, const std::string& word) {
  const size_t at = text.find(word + " ");
  if (at == std::string::npos) return std::nullopt;
  const char* const start = text.data() + at + word.size() + 1;
  int64_t number = 0;
  const auto [end, error] = std::from_chars(start, text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

std::string QuotedAfter(const std::string& text, const std::string& word) {
  const size_t at = text.find(word + " \"");
  if (at == std::string::npos) return "";
  const size_t start = at + word.size() + 2;
  const size_t end = text.find('"', start);
  return end == std::string::npos ? "" : text.substr(start, end - start);
}

}  // namespace

std::vector<int64_t> SearchHits(const std::string& answer) {
  constexpr std::string_view kSearch = "* SEARCH";
  std::vector<int64_t> uids;
  std::istringstream lines(answer);
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind(kSearch, 0) != 0) continue;
    std::istringstream words(line.substr(kSearch.size()));
    for (int64_t uid = 0; words >> uid;) uids.push_back(uid);
  }
  std::sort(uids.begin(), uids.end());
  return uids;
}

absl::Time ParseInternalDate(const std::string& text) {
  absl::Time at;
  std::string error;
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return absl::InfinitePast();
  const bool parsed =
      absl::ParseTime("%d-%b-%Y %H:%M:%S %z", ToAbsl(text.substr(first)), &at, &error);
  return parsed ? at : absl::InfinitePast();
}

ImapBox::ImapBox(ImapConfig config) : config_(std::move(config)), curl_(curl_easy_init()) {
  VARSAM_CHECK(curl_ != nullptr) << "libcurl";
}

ImapBox::~ImapBox() { curl_easy_cleanup(curl_); }

absl::StatusOr<std::string> ImapBox::Command(const std::string& path, const std::string& command) {
  std::string answer;
  const std::string url = config_.url + path;
  curl_easy_reset(curl_);
  curl_easy_setopt(curl_, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl_, CURLOPT_PROTOCOLS_STR, "imap,imaps");
  curl_easy_setopt(curl_, CURLOPT_USERNAME, config_.user.c_str());
  curl_easy_setopt(curl_, CURLOPT_PASSWORD, config_.password.c_str());
  const long tls = MayStayPlain(config_.url) ? CURLUSESSL_TRY : CURLUSESSL_ALL;
  curl_easy_setopt(curl_, CURLOPT_USE_SSL, tls);
  if (!command.empty()) curl_easy_setopt(curl_, CURLOPT_CUSTOMREQUEST, command.c_str());
  curl_easy_setopt(curl_, CURLOPT_WRITEFUNCTION, &Append);
  curl_easy_setopt(curl_, CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl_, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
  curl_easy_setopt(curl_, CURLOPT_TIMEOUT_MS, 30000L);
  curl_easy_setopt(curl_, CURLOPT_NOSIGNAL, 1L);
  const CURLcode code = curl_easy_perform(curl_);
  if (code == CURLE_WRITE_ERROR) {
    return ErrorWithReason(absl::StatusCode::kResourceExhausted, "MAIL_TOO_LARGE",
                           "a mail is larger than this service reads");
  }
  if (code != CURLE_OK) return MailboxAway();
  return answer;
}

absl::StatusOr<int64_t> ImapBox::UidValidity() {
  ASSIGN_OR_RETURN(const std::string answer, Command("/", "STATUS INBOX (UIDVALIDITY)"));
  const std::optional<int64_t> validity = NumberAfter(answer, "UIDVALIDITY");
  if (!validity) return MailboxAway();
  return *validity;
}

absl::StatusOr<std::vector<FetchedMail>> ImapBox::FetchAfter(int64_t after) {
  // The connection may have the mailbox open since the last time. A server tells of new mail with
  // the answer to a command, so one goes before the search.
  RETURN_IF_ERROR(Command("/INBOX", "NOOP").status());
  ASSIGN_OR_RETURN(const std::string found,
                   Command("/INBOX", "UID SEARCH UID " + std::to_string(after + 1) + ":*"));
  std::vector<FetchedMail> mails;
  for (const int64_t uid : SearchHits(found)) {
    // "n:*" also names the last mail when n is beyond it.
    if (uid <= after) continue;
    if (mails.size() == static_cast<size_t>(kMailsPerTickMax)) break;
    FetchedMail mail;
    mail.uid = uid;
    const std::string number = std::to_string(uid);
    ASSIGN_OR_RETURN(const std::string date,
                     Command("/INBOX", "UID FETCH " + number + " (INTERNALDATE)"));
    mail.arrived_at = ParseInternalDate(QuotedAfter(date, "INTERNALDATE"));
    absl::StatusOr<std::string> raw = Command("/INBOX/;UID=" + number, "");
    if (raw.ok())
      mail.raw = *std::move(raw);
    else if (ReasonOf(raw.status()) != "MAIL_TOO_LARGE")
      return raw.status();
    mails.push_back(std::move(mail));
  }
  return mails;
}

}  // namespace varsam::requests
