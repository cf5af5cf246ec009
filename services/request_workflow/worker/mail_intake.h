// Mail becomes cases: what the intake mailbox holds (IMAP) and what is handed over (LMTP). Two
// steps, so that nothing is lost: first the arrival is logged with the raw bytes sealed, then the
// mail is read. The statutory clock starts with the arrival, whatever the reading says. What
// machines, lists and mailers write becomes no case and gets no reply; it stays in the log with the
// reason. One mail that cannot be handled holds up no other.
#pragma once

#include <memory>

#include "services/request_workflow/flow/service_parts.h"
#include "services/request_workflow/mail/imap_box.h"
#include "services/request_workflow/mail/read_apart.h"
#include "services/request_workflow/rpc/convert.h"

namespace varsam::requests {

class MailIntake {
 public:
  struct Config {
    std::optional<ImapConfig> imap;
    std::string own_address;  // what it sends itself is no request
    std::string reader;       // the program that reads mails apart (mail/read_apart.h)
  };
  MailIntake(const ServiceParts& parts, Config config) : parts_(parts), config_(std::move(config)) {
    if (config_.imap) box_ = std::make_unique<ImapBox>(*config_.imap);
  }
  absl::StatusOr<bool> Tick();
  // Logs what was handed over; the next Tick reads it. The same bytes again are the same mail: who
  // hands over and hears no answer does it again. From every thread.
  absl::Status Log(const std::string& raw);

 private:
  absl::Status LogArrivals(bool& more);
  absl::Status LogOne(int64_t uid_validity, int64_t uid, absl::Time arrived_at,
                      const std::string& raw);
  absl::Status ReadOne(const IncomingMail& mail);
  absl::Status Mark(IncomingMail mail, const std::string& state, const std::string& reason);
  absl::Status OpenCase(IncomingMail mail, const ReadMail* parsed);
  absl::Status AddToCase(IncomingMail mail, CaseId id, const ReadMail& parsed);
  absl::StatusOr<std::optional<CaseId>> ThreadOf(const ReadMail& parsed);

  const ServiceParts parts_;
  const Config config_;
  std::unique_ptr<ImapBox> box_;
};

}  // namespace varsam::requests
