#include "services/connector/adapters/imap/imap_session.h"

#include <curl/curl.h>
#include <fstream>

#include <algorithm>
#include <cctype>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"

namespace varsam::connector::imap {
namespace {

constexpr size_t kUidsPerCommand = 200;

size_t Append(char* data, size_t size, size_t count, void* to) {
  auto* text = static_cast<std::string*>(to);
  if (text->size() + size * count > kMessageBytesMax) return 0;
  text->append(data, size * count);
  return size * count;
}

absl::Status StatusFrom(CURLcode code, size_t received) {
  switch (code) {
    case CURLE_OK:
      return absl::OkStatus();
    case CURLE_LOGIN_DENIED:
      return ErrorWithReason(absl::StatusCode::kUnauthenticated, "MAILBOX_LOGIN",
                             "the mail server refuses the connector's login");
    case CURLE_REMOTE_FILE_NOT_FOUND:
      return ErrorWithReason(absl::StatusCode::kNotFound, "MESSAGE_GONE",
                             "the message or the folder as it was is gone");
    case CURLE_WRITE_ERROR:
      if (received > 0) {
        return ErrorWithReason(absl::StatusCode::kResourceExhausted, "MESSAGE_TOO_LARGE",
                               absl::StrCat("a message exceeds ", kMessageBytesMax, " bytes"));
      }
      break;
    default:
      break;
  }
  return ErrorWithReason(absl::StatusCode::kUnavailable, "MAIL_SERVER",
                         absl::StrCat("the mail server does not answer as it should (curl ",
                                      static_cast<int>(code), ")"));
}

// The name at the end of `* LIST (\flags) "/" name`, unquoted; empty when it holds no messages.
std::string FolderOf(std::string_view line) {
  const size_t flags_end = line.find(')');
  if (flags_end == std::string_view::npos) return "";
  const std::string flags = absl::AsciiStrToLower(ToAbsl(line.substr(0, flags_end)));
  if (flags.find("\\noselect") != std::string::npos) return "";
  std::string_view rest = line.substr(flags_end + 1);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  rest.remove_prefix(std::min(rest.find(' '), rest.size()));  // the separator
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  std::string name(rest);
  if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
    name = absl::StrReplaceAll(name.substr(1, name.size() - 2), {{"\\\"", "\""}, {"\\\\", "\\"}});
  }
  return name;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines = absl::StrSplit(text, '\n');
  for (std::string& line : lines) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
  }
  return lines;
}

}  // namespace

struct ImapSession::Curl {
  CURL* handle = curl_easy_init();
  ~Curl() { curl_easy_cleanup(handle); }
  std::string Escaped(const std::string& text) const {
    char* escaped = curl_easy_escape(handle, text.c_str(), static_cast<int>(text.size()));
    std::string copy(escaped == nullptr ? "" : escaped);
    curl_free(escaped);
    return copy;
  }
};

absl::StatusOr<std::string> ImapQuoted(std::string_view text) {
  for (const char c : text) {
    if (std::iscntrl(static_cast<unsigned char>(c)) != 0) {
      return InvalidField("identifier", "an address with a control character");
    }
  }
  return absl::StrCat("\"", absl::StrReplaceAll(ToAbsl(text), {{"\\", "\\\\"}, {"\"", "\\\""}}),
                      "\"");
}

ImapSession::ImapSession(ServerConfig config)
    : config_(std::move(config)), curl_(std::make_unique<Curl>()) {}

ImapSession::~ImapSession() = default;

absl::Status ImapSession::SetIdentity() {
  CURL* handle = curl_->handle;
  curl_easy_setopt(handle, CURLOPT_USERNAME, config_.login.c_str());
  if (config_.token_file.empty()) {
    curl_easy_setopt(handle, CURLOPT_PASSWORD, config_.password.c_str());
    return absl::OkStatus();
  }
  std::ifstream stream(config_.token_file);
  std::string token;
  if (!std::getline(stream, token) || token.empty()) {
    return ErrorWithReason(absl::StatusCode::kUnauthenticated, "NO_TOKEN",
                           "the token file is empty or cannot be read");
  }
  curl_easy_setopt(handle, CURLOPT_XOAUTH2_BEARER, token.c_str());
  curl_easy_setopt(handle, CURLOPT_LOGIN_OPTIONS, "AUTH=XOAUTH2");
  return absl::OkStatus();
}

// `path` is appended to the server's URL; an empty command fetches the message the path names.
absl::StatusOr<std::string> ImapSession::Command(const std::string& path,
                                                 const std::string& command) {
  CURL* handle = curl_->handle;
  curl_easy_reset(handle);  // the connection stays
  const std::string url = absl::StrCat(config_.url, "/", path);
  std::string answer;
  curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "imap,imaps");
  RETURN_IF_ERROR(SetIdentity());
  curl_easy_setopt(handle, CURLOPT_USE_SSL,
                   static_cast<long>(config_.allow_plaintext ? CURLUSESSL_TRY : CURLUSESSL_ALL));
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, absl::ToInt64Milliseconds(config_.timeout));
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, Append);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer);
  // libcurl decodes %XX in a custom command.
  const std::string escaped = absl::StrReplaceAll(command, {{"%", "%25"}});
  if (!command.empty()) curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, escaped.c_str());
  RETURN_IF_ERROR(StatusFrom(curl_easy_perform(handle), answer.size()));
  return answer;
}

absl::StatusOr<std::vector<std::string>> ImapSession::ListFolders() {
  ASSIGN_OR_RETURN(const std::string answer, Command("", "LIST \"\" \"*\""));
  std::vector<std::string> folders;
  for (const std::string& line : Lines(answer)) {
    if (!line.starts_with("* LIST ")) continue;
    std::string name = FolderOf(line);
    if (!name.empty()) folders.push_back(std::move(name));
  }
  return folders;
}

absl::StatusOr<Folder> ImapSession::Status(const std::string& folder) {
  ASSIGN_OR_RETURN(const std::string quoted, ImapQuoted(folder));
  ASSIGN_OR_RETURN(const std::string answer,
                   Command("", absl::StrCat("STATUS ", quoted, " (UIDVALIDITY)")));
  const size_t at = answer.find("UIDVALIDITY ");
  Folder found{folder, 0};
  if (at != std::string::npos) {
    const std::string rest = answer.substr(at + 12);
    const std::string digits = rest.substr(0, rest.find_first_not_of("0123456789"));
    if (absl::SimpleAtoi(digits, &found.uid_validity)) return found;
  }
  return ErrorWithReason(absl::StatusCode::kUnavailable, "MAIL_SERVER",
                         "the mail server names no UIDVALIDITY");
}

absl::StatusOr<std::vector<uint32_t>> ImapSession::Search(const Folder& folder,
                                                          const std::string& address) {
  ASSIGN_OR_RETURN(const std::string quoted, ImapQuoted(address));
  const bool ascii =
      std::ranges::all_of(address, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  const std::string command = absl::StrCat(
      "UID SEARCH ", ascii ? "" : "CHARSET UTF-8 ", "OR OR OR OR OR FROM ", quoted, " TO ", quoted,
      " CC ", quoted, " BCC ", quoted, " HEADER Reply-To ", quoted, " BODY ", quoted);
  const std::string path =
      absl::StrCat(curl_->Escaped(folder.name), ";UIDVALIDITY=", folder.uid_validity);
  ASSIGN_OR_RETURN(const std::string answer, Command(path, command));
  std::vector<uint32_t> uids;
  for (const std::string& line : Lines(answer)) {
    if (!line.starts_with("* SEARCH")) continue;
    for (const absl::string_view word : absl::StrSplit(line.substr(8), ' ', absl::SkipEmpty())) {
      uint32_t uid = 0;
      if (absl::SimpleAtoi(word, &uid)) uids.push_back(uid);
    }
  }
  return uids;
}

absl::StatusOr<std::string> ImapSession::Fetch(const Folder& folder, uint32_t uid) {
  return Command(absl::StrCat(curl_->Escaped(folder.name), ";UIDVALIDITY=", folder.uid_validity,
                              "/;UID=", uid),
                 "");
}

absl::Status ImapSession::Flag(const Folder& folder, const std::vector<uint32_t>& uids,
                               const std::string& keyword) {
  const std::string path =
      absl::StrCat(curl_->Escaped(folder.name), ";UIDVALIDITY=", folder.uid_validity);
  for (size_t at = 0; at < uids.size(); at += kUidsPerCommand) {
    const size_t end = std::min(uids.size(), at + kUidsPerCommand);
    const std::string set = absl::StrJoin(uids.begin() + static_cast<ptrdiff_t>(at),
                                          uids.begin() + static_cast<ptrdiff_t>(end), ",");
    RETURN_IF_ERROR(
        Command(path, absl::StrCat("UID STORE ", set, " +FLAGS.SILENT (", keyword, ")")).status());
  }
  return absl::OkStatus();
}

absl::Status ImapSession::Delete(const Folder& folder, const std::vector<uint32_t>& uids) {
  const std::string path =
      absl::StrCat(curl_->Escaped(folder.name), ";UIDVALIDITY=", folder.uid_validity);
  for (size_t at = 0; at < uids.size(); at += kUidsPerCommand) {
    const size_t end = std::min(uids.size(), at + kUidsPerCommand);
    const std::string set = absl::StrJoin(uids.begin() + static_cast<ptrdiff_t>(at),
                                          uids.begin() + static_cast<ptrdiff_t>(end), ",");
    RETURN_IF_ERROR(
        Command(path, absl::StrCat("UID STORE ", set, " +FLAGS.SILENT (\\Deleted)")).status());
    RETURN_IF_ERROR(Command(path, absl::StrCat("UID EXPUNGE ", set)).status());
  }
  return absl::OkStatus();
}

}  // namespace varsam::connector::imap
