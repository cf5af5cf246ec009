#include "tests/support/mail_server.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "libs/base/check.h"
#include "libs/base/strings.h"
#include "tests/support/free_ports.h"
#include "tests/support/pki.h"

namespace varsam::testing {
namespace {

std::string Script() {
  const char* const source = getenv("VARSAM_SOURCE_DIR");
  VARSAM_CHECK(source != nullptr) << "run me with ctest: VARSAM_SOURCE_DIR is not set";
  return absl::StrCat(source, "/deploy/lib/mail.sh");
}

std::string Setting(std::string_view text, std::string_view name) {
  const std::string wanted = absl::StrCat(ToAbsl(name), "=");
  for (const std::string& line : std::vector<std::string>(absl::StrSplit(ToAbsl(text), '\n'))) {
    if (line.starts_with(wanted)) return line.substr(wanted.size());
  }
  VARSAM_CHECK(false) << "mail.sh printed no " << std::string(name) << ": " << std::string(text);
  return "";
}

}  // namespace

bool MailServer::Available() {
  return access("/usr/sbin/dovecot", X_OK) == 0 && access("/usr/lib/dovecot/lmtp", X_OK) == 0 &&
         RunCommand("/usr/bin/python3 -c 'import aiosmtpd'").code == 0;
}

MailServer::MailServer(std::vector<std::string> addresses) : addresses_(std::move(addresses)) {
  char pattern[] = "/tmp/varsam-test-mail-XXXXXX";
  VARSAM_CHECK(mkdtemp(pattern) != nullptr);
  dir_ = pattern;
  VARSAM_CHECK(chmod(pattern, 0755) == 0);  // the daemons' user passes through it
  // Dovecot cannot listen on port zero and say which it got.
  first_port_ = FreePorts(3);
  Start();
}

MailServer::~MailServer() {
  RunCommand(absl::StrCat(Script(), " remove ", dir_));
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

void MailServer::Start() {
  const Shown shown =
      RunCommand(absl::StrCat(Script(), " start ", dir_, " ", first_port_, " ", first_port_ + 1,
                              " ", first_port_ + 2, " ", absl::StrJoin(addresses_, " ")));
  VARSAM_CHECK(shown.code == 0) << shown.text;
  imap_ = Setting(shown.text, "VARSAM_MAIL_IMAP");
  smtp_ = Setting(shown.text, "VARSAM_MAIL_SMTP");
  password_ = Setting(shown.text, "VARSAM_MAIL_PASSWORD");
  sent_ = Setting(shown.text, "VARSAM_MAIL_SENT");
}

void MailServer::Stop() {
  const Shown shown = RunCommand(absl::StrCat(Script(), " stop ", dir_));
  VARSAM_CHECK(shown.code == 0) << shown.text;
}

std::string MailServer::MasterLogin(std::string_view address) const {
  return absl::StrCat(ToAbsl(address), "*connector");
}

std::string MailServer::DeliverCommand(std::string_view from, std::string_view to) const {
  return absl::StrCat(Script(), " deliver ", dir_, " '", ToAbsl(from), "' '", ToAbsl(to), "'");
}

void MailServer::Deliver(std::string_view from, std::string_view to,
                         std::string_view message) const {
  const std::string command = DeliverCommand(from, to);
  FILE* const pipe = popen(command.c_str(), "w");
  VARSAM_CHECK(pipe != nullptr);
  const bool written = fwrite(message.data(), 1, message.size(), pipe) == message.size();
  VARSAM_CHECK(pclose(pipe) == 0 && written) << command;
}

std::vector<std::string> MailServer::Sent() const {
  std::vector<std::pair<std::filesystem::file_time_type, std::string>> files;
  std::error_code missing;
  for (const auto& file : std::filesystem::directory_iterator(sent_ + "/new", missing)) {
    files.emplace_back(file.last_write_time(), file.path().string());
  }
  std::ranges::sort(files);
  std::vector<std::string> messages;
  for (const auto& [when, path] : files) messages.push_back(ReadWhole(path));
  return messages;
}

}  // namespace varsam::testing
