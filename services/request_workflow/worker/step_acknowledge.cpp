// Tells the writer of a mail that it arrived (P19). The sender of a mail is never proof of
// anything, so the letter goes only to an address that was on file before the mail came; where
// there is none, nothing is sent by machine and staff sees that an acknowledgement is owed.
#include "absl/strings/ascii.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/request_workflow/domain/advance.h"
#include "services/request_workflow/worker/case_steps.h"

namespace varsam::requests {
namespace {

absl::Status Owed(CaseFile& file, absl::Time now, Changes& out) {
  OweAcknowledgement(file, now, out);
  return absl::OkStatus();
}

// The address that was written from, as it stands on file; empty when it does not.
std::string OnFile(const registry::v1::ListContactPointsResponse& points,
                   const cv1::TaskSubject& said) {
  for (const registry::v1::ContactPoint& point : points.contact_points()) {
    if (point.identifier().type() != common::v1::IDENTIFIER_TYPE_EMAIL) continue;
    const std::string known = absl::AsciiStrToLower(point.identifier().value());
    for (const common::v1::Identifier& identifier : said.identifiers()) {
      if (absl::AsciiStrToLower(identifier.value()) == known) return point.identifier().value();
    }
  }
  return "";
}

}  // namespace

absl::Status CaseSteps::Acknowledge(const Case& c) {
  ASSIGN_OR_RETURN(const cv1::TaskSubject said, Identifiers(c, "identifiers"));
  std::vector<std::string> found;
  if (!said.identifiers().empty()) {
    ASSIGN_OR_RETURN(found, peers_.Resolve(said.identifiers(), c.id));
  }
  std::string address;
  if (found.size() == 1) {
    const SubjectId subject = SubjectId::Parse(found.front()).value_or(SubjectId());
    ASSIGN_OR_RETURN(const auto points, peers_.ContactPoints(subject, c.received_at, c.id));
    address = OnFile(points, said);
  }
  if (address.empty()) return Write(c, Owed);
  ASSIGN_OR_RETURN(OutgoingMail mail, Mail(c, address, LetterKind::kAcknowledged, {}));
  std::vector<OutgoingMail> mails;
  mails.push_back(std::move(mail));
  return WriteLetters(
      c, std::move(mails), [](CaseFile&, absl::Time, Changes&) { return absl::OkStatus(); }, Owed);
}

absl::Status CaseSteps::WriteLetters(const Case& seen, std::vector<OutgoingMail> mails, Deed deed,
                                     Deed bounded) {
  Want want;
  std::vector<std::string> keys;
  want.letters_since = parts_.clock.Now() - kUnaskedLettersWindow;
  for (const OutgoingMail& mail : mails) {
    want.addresses.push_back(mail.to_index);
    keys.push_back("letters/" + ToHex(mail.to_index));
  }
  const auto decide = [mails = std::move(mails), deed = std::move(deed),
                       bounded = std::move(bounded)](CaseFile& file, const Facts& facts,
                                                     absl::Time now, Changes& out) {
    bool main_letter = true;
    for (const OutgoingMail& mail : mails) {
      const auto sent = facts.letters.find(mail.to_index);
      const bool many = sent != facts.letters.end() && sent->second >= kUnaskedLettersPerDayMax;
      if (many) {
        out.events.push_back({file.c.id, now, "letter_bound", file.c.state, "service", mail.kind});
        if (main_letter) return bounded(file, now, out);
      } else {
        out.mails.push_back(mail);
      }
      main_letter = false;
    }
    return deed(file, now, out);
  };
  return WriteKnowing(seen, std::move(want), std::move(keys), decide);
}

}  // namespace varsam::requests
