#include "services/cli/demo/mailbox.h"

#include <curl/curl.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "libs/base/clock.h"
#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "services/cli/config.h"

namespace varsam::cli {
namespace {

constexpr long kMailSecondsMax = 20;

struct Upload {
  std::string text;
  size_t sent = 0;
};

size_t OnUpload(char* data, size_t size, size_t count, void* from) {
  auto* upload = static_cast<Upload*>(from);
  const size_t part = std::min(size * count, upload->text.size() - upload->sent);
  std::copy_n(upload->text.data() + upload->sent, part, data);
  upload->sent += part;
  return part;
}

size_t OnAnswer(char* data, size_t size, size_t count, void* to) {
  static_cast<std::string*>(to)->append(data, size * count);
  return size * count;
}

// An IMAP session as the connector's account in one mailbox; `path` as in the URL, `command` a
// custom command, `upload` a message to append.
absl::StatusOr<std::string> Imap(const Stage& stage, const std::string& mailbox,
                                 const std::string& path, const std::string& command,
                                 Upload* upload) {
  ASSIGN_OR_RETURN(const std::string server, stage.Setting("VARSAM_MAIL_IMAP"));
  ASSIGN_OR_RETURN(const std::string master, stage.Setting("VARSAM_MAIL_MASTER"));
  ASSIGN_OR_RETURN(const std::string password, stage.Setting("VARSAM_MAIL_PASSWORD"));
  CURL* const curl = curl_easy_init();
  const std::string url = absl::StrCat("imap://", server, "/", path);
  const std::string user = absl::StrCat(mailbox, "*", master);
  std::string answer;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_USERNAME, user.c_str());
  curl_easy_setopt(curl, CURLOPT_PASSWORD, password.c_str());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, kMailSecondsMax);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &OnAnswer);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  if (!command.empty()) curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, command.c_str());
  if (upload != nullptr) {
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, &OnUpload);
    curl_easy_setopt(curl, CURLOPT_READDATA, upload);
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE,
                     static_cast<curl_off_t>(upload->text.size()));
  }
  const CURLcode code = curl_easy_perform(curl);
  curl_easy_cleanup(curl);
  if (code != CURLE_OK) {
    return absl::UnavailableError(absl::StrCat("IMAP: ", curl_easy_strerror(code)));
  }
  return answer;
}

std::string DecodeQuotedPrintable(absl::string_view body) {
  std::string text = absl::StrReplaceAll(body, {{"=\r\n", ""}, {"=\n", ""}});
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '=' && i + 2 < text.size() &&
                         absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 1])) &&
                         absl::ascii_isxdigit(static_cast<unsigned char>(text[i + 2]));
    if (escaped) {
      decoded += absl::HexStringToBytes(text.substr(i + 1, 2));
      i += 2;
    } else {
      decoded.push_back(text[i]);
    }
  }
  return decoded;
}

// Headers and body of one part; the empty line between them is the first.
std::pair<std::string, std::string> Split(const std::string& part) {
  const std::string text = absl::StrReplaceAll(part, {{"\r\n", "\n"}});
  const size_t gap = text.find("\n\n");
  if (gap == std::string::npos) return {text, ""};
  return {text.substr(0, gap), text.substr(gap + 2)};
}

std::string PlainText(const std::string& message) {
  const auto [headers, body] = Split(message);
  const std::string lower = absl::AsciiStrToLower(headers);
  const size_t boundary_at = lower.find("boundary=");
  if (boundary_at != std::string::npos) {
    absl::string_view boundary = absl::string_view(headers).substr(boundary_at + 9);
    if (absl::ConsumePrefix(&boundary, "\"")) boundary = boundary.substr(0, boundary.find('"'));
    boundary = boundary.substr(0, boundary.find_first_of(";\n"));
    for (const absl::string_view part : absl::StrSplit(body, absl::StrCat("--", boundary))) {
      const std::string head = absl::AsciiStrToLower(part.substr(0, part.find("\n\n")));
      if (absl::StrContains(head, "text/plain") || absl::StrContains(head, "multipart/")) {
        return PlainText(std::string(absl::StripPrefix(part, "\n")));
      }
    }
  }
  if (absl::StrContains(lower, "quoted-printable")) return DecodeQuotedPrintable(body);
  std::string decoded;
  const std::string packed = absl::StrReplaceAll(body, {{"\n", ""}});
  if (absl::StrContains(lower, "transfer-encoding: base64") &&
      absl::Base64Unescape(packed, &decoded)) {
    return decoded;
  }
  return body;
}

}  // namespace

absl::Status DeliverLetter(const Stage& stage, const std::string& mailbox, const Letter& letter) {
  const absl::Time now = SystemClock().Now();
  std::string text = absl::StrCat(
      "From: ", letter.from, "\r\nTo: ", letter.to, "\r\nSubject: ", letter.subject, "\r\nDate: ",
      absl::FormatTime("%a, %d %b %Y %H:%M:%S +0000", now, absl::UTCTimeZone()),
      "\r\nMessage-ID: <", NewUuidV4().ToString(), "@post.example>\r\n");
  if (!letter.in_reply_to.empty()) {
    absl::StrAppend(&text, "In-Reply-To: ", letter.in_reply_to, "\r\n");
  }
  absl::StrAppend(&text,
                  "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                  "Content-Transfer-Encoding: 8bit\r\n\r\n",
                  absl::StrReplaceAll(letter.text, {{"\n", "\r\n"}}), "\r\n");
  Upload upload{std::move(text)};
  return Imap(stage, mailbox, "INBOX", "", &upload).status();
}

absl::StatusOr<std::vector<std::string>> FindLetters(const Stage& stage,
                                                     const std::string& mailbox,
                                                     const std::string& folder,
                                                     const std::string& address) {
  ASSIGN_OR_RETURN(const std::string answer,
                   Imap(stage, mailbox, folder,
                        absl::StrCat("UID SEARCH OR FROM \"", address, "\" TO \"", address, "\""),
                        nullptr));
  std::vector<std::string> uids;
  for (absl::string_view line : absl::StrSplit(answer, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!absl::ConsumePrefix(&line, "* SEARCH")) continue;
    for (const absl::string_view uid : absl::StrSplit(line, ' ', absl::SkipEmpty())) {
      uids.emplace_back(uid);
    }
  }
  return uids;
}

absl::StatusOr<std::vector<SentLetter>> LettersSentTo(const Stage& stage,
                                                      const std::string& address) {
  ASSIGN_OR_RETURN(const std::string maildir, stage.Setting("VARSAM_MAIL_SENT"));
  std::vector<std::pair<std::filesystem::file_time_type, std::string>> files;
  std::error_code missing;
  for (const auto& file : std::filesystem::directory_iterator(maildir + "/new", missing)) {
    files.emplace_back(file.last_write_time(missing), file.path().string());
  }
  std::sort(files.begin(), files.end());
  std::vector<SentLetter> letters;
  for (const auto& [when, path] : files) {
    ASSIGN_OR_RETURN(const std::string message, ReadWholeFile(path));
    const std::string headers = Split(message).first;
    if (!absl::StrContains(absl::AsciiStrToLower(headers), absl::AsciiStrToLower(address))) {
      continue;
    }
    letters.push_back({path, headers, PlainText(message)});
  }
  return letters;
}

std::optional<std::string> TokenIn(const std::string& text) {
  const size_t start = text.find("http");
  if (start == std::string::npos) return std::nullopt;
  const std::string link = text.substr(start, text.find_first_of(" \r\n\t<>\"", start) - start);
  const size_t named = link.find("token=");
  const size_t from = named != std::string::npos ? named + 6 : link.find_last_of("/#?=") + 1;
  const std::string token = link.substr(from, link.find('&', from) - from);
  if (token.empty()) return std::nullopt;
  return token;
}

}  // namespace varsam::cli
