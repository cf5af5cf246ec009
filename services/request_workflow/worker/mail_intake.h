// The intake mailbox becomes cases. Two steps, so that nothing is lost: first the arrival is logged
// with the raw bytes sealed, then the mail is read. The statutory clock starts with the arrival,
// whatever the reading says.
#pragma once

#include <memory>

#include "services/request_workflow/flow/service_parts.h"
#include "services/request_workflow/mail/imap_box.h"
#include "services/request_workflow/mail/read_mail.h"
#include "services/request_workflow/rpc/convert.h"

namespace varsam::requests {

class MailIntake {
 public:
  MailIntake(const ServiceParts& parts, ImapConfig config, std::string own_address)
      : parts_(parts), box_(std::move(config)), own_address_(std::move(own_address)) {}
  absl::StatusOr<bool> Tick();

 private:
  absl::Status LogArrivals(bool& more);
  absl::Status ReadOne(const IncomingMail& mail);
  absl::Status Mark(IncomingMail mail, const std::string& state);
  absl::Status OpenCase(IncomingMail mail, const ReadMail* parsed);
  absl::StatusOr<OutgoingMail> Acknowledge(CaseId id, Language language, const std::string& to);
  absl::Status AddToCase(IncomingMail mail, CaseId id, const ReadMail& parsed);
  absl::StatusOr<std::optional<CaseId>> ThreadOf(const ReadMail& parsed);

  const ServiceParts parts_;
  ImapBox box_;
  const std::string own_address_;
};

}  // namespace varsam::requests
