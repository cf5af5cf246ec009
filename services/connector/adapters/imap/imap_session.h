// A few commands of IMAP (RFC 9051, RFC 4315 UIDPLUS) over libcurl: one signed-in connection to one
// person's mailbox. Not thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace varsam::connector::imap {

inline constexpr size_t kMessageBytesMax = 32 << 20;

struct ServerConfig {
  std::string url;  // imaps://host:993 or imap://127.0.0.1:port, no path
  std::string login, password;
  // A file whose first line is an OAuth 2 access token: SASL XOAUTH2 instead of a password. Read at
  // every sign-in, so that whoever renews the token only writes the file.
  std::string token_file;
  absl::Duration timeout = absl::Seconds(20);
  // Without it a plain imap:// connection must become TLS by STARTTLS; for loopback only.
  bool allow_plaintext = false;
};

struct Folder {
  std::string name;  // as the server wrote it (modified UTF-7)
  uint64_t uid_validity = 0;
};

class ImapSession {
 public:
  explicit ImapSession(ServerConfig config);
  ~ImapSession();

  // Folders that hold messages.
  absl::StatusOr<std::vector<std::string>> ListFolders();
  absl::StatusOr<Folder> Status(const std::string& folder);
  // UIDs of messages that carry the address in From, To, Cc, Bcc, Reply-To or the body.
  absl::StatusOr<std::vector<uint32_t>> Search(const Folder& folder, const std::string& address);
  // The whole message. NOT_FOUND when it is gone, ABORTED UIDVALIDITY_CHANGED when the folder is
  // another one by now, RESOURCE_EXHAUSTED beyond kMessageBytesMax.
  absl::StatusOr<std::string> Fetch(const Folder& folder, uint32_t uid);
  // Marks them with the keyword, so that a person finds them in a mail client.
  absl::Status Flag(const Folder& folder, const std::vector<uint32_t>& uids,
                    const std::string& keyword);
  // Marks and expunges exactly these.
  absl::Status Delete(const Folder& folder, const std::vector<uint32_t>& uids);

 private:
  absl::Status SetIdentity();
  absl::StatusOr<std::string> Command(const std::string& path, const std::string& command);
  struct Curl;
  const ServerConfig config_;
  std::unique_ptr<Curl> curl_;
};

// "say \"hi\"" as an IMAP quoted string; INVALID_ARGUMENT for control characters.
absl::StatusOr<std::string> ImapQuoted(std::string_view text);

}  // namespace varsam::connector::imap
