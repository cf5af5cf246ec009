// Objections and withdrawals, which work on arrival; and the end of an erasure.
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/calendar/stockholm.h"
#include "services/request_workflow/domain/advance.h"
#include "services/request_workflow/domain/task_decisions.h"
#include "services/request_workflow/worker/case_steps.h"

namespace varsam::requests {

absl::Status CaseSteps::ActConsent(const Case& c) {
  ASSIGN_OR_RETURN(const cv1::TaskSubject said, Identifiers(c, "identifiers"));
  std::optional<SubjectId> subject = c.subject ? c.subject : c.candidate;
  if (!subject && !said.identifiers().empty()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> found,
                     peers_.Resolve(said.identifiers(), c.id));
    if (found.size() == 1) subject = SubjectId::Parse(found.front());
  }
  if (c.right == Right::kObjectionMarketing) {
    if (subject) RETURN_IF_ERROR(peers_.ObjectToMarketing(*subject, c.id, c.received_at));
    for (const common::v1::Identifier& identifier : said.identifiers()) {
      const bool reachable = identifier.type() == common::v1::IDENTIFIER_TYPE_EMAIL ||
                             identifier.type() == common::v1::IDENTIFIER_TYPE_PHONE;
      // Nobody known by it: the address itself is barred, also against a later purchase of it.
      if (!subject && reachable) RETURN_IF_ERROR(peers_.Suppress(identifier, c.id));
    }
  } else if (c.right == Right::kWithdrawConsent && subject) {
    RETURN_IF_ERROR(peers_.WithdrawAll(*subject, c.id));
  } else if (c.right == Right::kObjectionLi && subject) {
    ASSIGN_OR_RETURN(const auto policy, Policy());
    std::vector<std::string> purposes;
    for (const PolicyPurpose& purpose : policy->purposes) {
      if (purpose.basis == "legitimate_interest") purposes.push_back(purpose.id);
    }
    RETURN_IF_ERROR(peers_.ObjectTo(*subject, c.id, c.received_at, purposes));
  }
  std::optional<SealedText> contact;
  if (subject && IsImmediate(*c.right)) {
    ASSIGN_OR_RETURN(const auto on_file, peers_.ContactPoints(*subject, c.received_at, c.id));
    for (const registry::v1::ContactPoint& point : on_file.contact_points()) {
      if (point.identifier().type() != common::v1::IDENTIFIER_TYPE_EMAIL) continue;
      ASSIGN_OR_RETURN(contact, parts_.texts.Seal(c.id, "contact", point.identifier().value()));
      break;
    }
  }
  return Write(c, [subject, contact](CaseFile& file, absl::Time now, Changes& out) {
    if (!file.c.candidate) file.c.candidate = subject;
    if (contact) out.texts.push_back(*contact);
    if (!contact) OweAcknowledgement(file, now, out);
    out.events.push_back({file.c.id, now, "in_force", file.c.state, "service", ""});
    return absl::OkStatus();
  });
}

// The end of a contact harms nobody who did not ask for it, and is told to the address on file.
absl::Status CaseSteps::EndContact(const Case& c) {
  ASSIGN_OR_RETURN(const cv1::TaskSubject said, Identifiers(c, "identifiers"));
  std::optional<SubjectId> subject = c.subject ? c.subject : c.candidate;
  if (!subject && !said.identifiers().empty()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> found,
                     peers_.Resolve(said.identifiers(), c.id));
    if (found.size() == 1) subject = SubjectId::Parse(found.front());
  }
  std::string address;
  if (subject) {
    ASSIGN_OR_RETURN(const auto on_file, peers_.ContactPoints(*subject, c.received_at, c.id));
    for (const registry::v1::ContactPoint& point : on_file.contact_points()) {
      if (point.identifier().type() != common::v1::IDENTIFIER_TYPE_EMAIL) continue;
      address = point.identifier().value();
      break;
    }
  }
  std::optional<OutgoingMail> receipt;
  if (!address.empty()) {
    LetterValues values;
    values.due_date = (calendar::LocalDayOf(parts_.clock.Now()) + kContactEndDays).ToString();
    ASSIGN_OR_RETURN(receipt, Mail(c, address, LetterKind::kContactEnded, values));
  }
  return Write(c, [subject, receipt](CaseFile& file, absl::Time now, Changes& out) {
    file.c.candidate = subject;
    if (subject) out.notes.push_back(NoteContactEnded{*subject, file.c.id, now});
    if (receipt) out.mails.push_back(*receipt);
    if (!receipt) OweAcknowledgement(file, now, out);
    out.events.push_back(
        {file.c.id, now, subject ? "contact_ended" : "nobody_found", file.c.state, "service", ""});
    return absl::OkStatus();
  });
}

absl::Status CaseSteps::EraseSubject(const Case& c) {
  if (!c.subject) return absl::InternalError("an erasure without a person");
  ASSIGN_OR_RETURN(const cv1::TaskSubject known, Identifiers(c, "subject_identifiers"));
  RETURN_IF_ERROR(peers_.WithdrawAll(*c.subject, c.id));
  for (const common::v1::Identifier& identifier : known.identifiers()) {
    const bool reachable = identifier.type() == common::v1::IDENTIFIER_TYPE_EMAIL ||
                           identifier.type() == common::v1::IDENTIFIER_TYPE_PHONE;
    if (reachable) RETURN_IF_ERROR(peers_.Suppress(identifier, c.id));
  }
  const absl::Status erased = peers_.EraseSubject(*c.subject, c.id);
  if (!erased.ok() && !absl::IsNotFound(erased)) return erased;
  return Write(c, [](CaseFile& file, absl::Time now, Changes& out) -> absl::Status {
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kExecutionCompleted, "service", ""}, now, out));
    out.notes.push_back(NoteErasureExecuted{file.c.id, *file.c.subject,
                                            file.c.granted_at.value_or(now), ExecutedBy(file.tasks),
                                            ResidueOf(file.c, file.tasks)});
    return absl::OkStatus();
  });
}

}  // namespace varsam::requests
