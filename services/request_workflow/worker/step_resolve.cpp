// Who is it, and how is that person reached? The link goes to an address that was on file before
// the request arrived, never to where the request came from.
#include <algorithm>

#include "libs/base/status_macros.h"
#include "services/request_workflow/domain/advance.h"
#include "services/request_workflow/worker/case_steps.h"

namespace varsam::requests {
namespace {

// The address the requester named, if it is on file; else the first on file; empty when none is.
std::string ChooseAddress(const registry::v1::ListContactPointsResponse& on_file,
                          const cv1::TaskSubject& said) {
  std::string first;
  for (const registry::v1::ContactPoint& point : on_file.contact_points()) {
    if (point.identifier().type() != common::v1::IDENTIFIER_TYPE_EMAIL) continue;
    if (first.empty()) first = point.identifier().value();
    for (const common::v1::Identifier& identifier : said.identifiers()) {
      if (identifier.value() == point.identifier().value()) return identifier.value();
    }
  }
  return first;
}

absl::Status NoteOnly(CaseFile& file, absl::Time now, Changes& out, const char* what) {
  out.events.push_back({file.c.id, now, what, file.c.state, "service", ""});
  OweAcknowledgement(file, now, out);
  return absl::OkStatus();
}

// The address has had its letters of the day: the link goes out tomorrow.
absl::Status Tomorrow(CaseFile& file, absl::Time now, Changes& out) {
  OweAcknowledgement(file, now, out);
  file.c.step = Step::kResolve;
  file.c.step_at = now + kUnaskedLettersWindow;
  return absl::OkStatus();
}

}  // namespace

absl::Status CaseSteps::Resolve(const Case& c) {
  ASSIGN_OR_RETURN(const cv1::TaskSubject said, Identifiers(c, "identifiers"));
  std::vector<std::string> found;
  if (!said.identifiers().empty()) {
    ASSIGN_OR_RETURN(found, peers_.Resolve(said.identifiers(), c.id));
  }
  if (found.size() != 1) {
    const char* const what = found.empty() ? "nobody_found" : "several_found";
    return Write(c, [what](CaseFile& file, absl::Time now, Changes& out) {
      return NoteOnly(file, now, out, what);
    });
  }
  const SubjectId subject = SubjectId::Parse(found.front()).value_or(SubjectId());
  ASSIGN_OR_RETURN(const auto on_file, peers_.ContactPoints(subject, c.received_at, c.id));
  const std::string address = ChooseAddress(on_file, said);
  if (address.empty()) {
    return Write(c, [subject](CaseFile& file, absl::Time now, Changes& out) {
      file.c.candidate = subject;
      return NoteOnly(file, now, out, "no_contact_on_file");
    });
  }
  const FreshLink fresh = NewLink(parts_, c, LinkUse::kConfirm, address);
  LetterValues values;
  values.link = fresh.url;
  if (c.due_date) values.due_date = c.due_date->ToString();
  ASSIGN_OR_RETURN(OutgoingMail confirm, Mail(c, address, LetterKind::kConfirm, values));
  ASSIGN_OR_RETURN(SealedText contact, parts_.texts.Seal(c.id, "contact", address));
  std::vector<OutgoingMail> mails = {std::move(confirm)};
  std::vector<Link> links = {fresh.link};
  for (const registry::v1::ContactPoint& point : on_file.contact_points()) {
    const bool other = point.identifier().type() == common::v1::IDENTIFIER_TYPE_EMAIL &&
                       point.identifier().value() != address;
    if (!other) continue;
    const std::string& elsewhere = point.identifier().value();
    const FreshLink stop = NewLink(parts_, c, LinkUse::kStop, elsewhere);
    LetterValues stop_values;
    stop_values.link = stop.url;
    ASSIGN_OR_RETURN(OutgoingMail notice, Mail(c, elsewhere, LetterKind::kNotice, stop_values));
    mails.push_back(std::move(notice));
    links.push_back(stop.link);
  }
  const auto deed = [subject, contact, links](CaseFile& file, absl::Time now, Changes& out) {
    file.c.candidate = subject;
    out.texts.push_back(contact);
    out.new_links = links;
    out.events.push_back(
        {file.c.id, now, "confirm_link_issued", file.c.state, "service", "address on file"});
    return absl::OkStatus();
  };
  return WriteLetters(c, std::move(mails), deed, Tomorrow);
}

}  // namespace varsam::requests
