// The intake mailbox over IMAP (libcurl). One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/request_workflow/mail/read_mail.h"

namespace varsam::requests {

inline constexpr int kMailsPerTickMax = 20;

struct ImapConfig {
  std::string url;  // imap://host:port or imaps://host:port
  std::string user;
  std::string password;
};

struct FetchedMail {
  int64_t uid = 0;
  absl::Time arrived_at;  // INTERNALDATE
  std::string raw;        // empty when larger than kMailBytesMax
};

class ImapBox {
 public:
  explicit ImapBox(ImapConfig config);
  ~ImapBox();
  ImapBox(const ImapBox&) = delete;
  ImapBox& operator=(const ImapBox&) = delete;

  absl::StatusOr<int64_t> UidValidity();
  // At most kMailsPerTickMax with a UID above `after`, lowest first. Marks nothing and deletes
  // nothing.
  absl::StatusOr<std::vector<FetchedMail>> FetchAfter(int64_t after);

 private:
  absl::StatusOr<std::string> Command(const std::string& path, const std::string& command);

  const ImapConfig config_;
  void* curl_;
};

// "24-Nov-2026 10:00:00 +0100"; InfinitePast for anything else.
absl::Time ParseInternalDate(const std::string& text);

// The UIDs of an answer to UID SEARCH, ascending. Other untagged lines may stand beside it ("* 2
// EXISTS", when mail has just come) and name no UID: taking one for a hit would pass over the mail
// before it for good.
std::vector<int64_t> SearchHits(const std::string& answer);

}  // namespace varsam::requests
