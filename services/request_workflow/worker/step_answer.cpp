// The answer of every case that has no package: what was done, or why not, and where to complain.
#include "libs/base/status_macros.h"
#include "services/request_workflow/domain/advance.h"
#include "services/request_workflow/domain/task_decisions.h"
#include "services/request_workflow/worker/case_steps.h"

namespace varsam::requests {
namespace {

std::string LabelOf(const PolicyView* policy, const std::string& category) {
  if (policy == nullptr) return category;
  const auto it = policy->category_labels.find(category);
  return it == policy->category_labels.end() ? category : it->second;
}

LetterKind KindOf(const Case& c) {
  if (c.state == CaseState::kRefused) return LetterKind::kRefused;
  return c.right == Right::kErasure ? LetterKind::kErased : LetterKind::kDone;
}

}  // namespace

absl::Status CaseSteps::Answer(const Case& c) {
  ASSIGN_OR_RETURN(const std::string contact, Contact(c));
  if (contact.empty()) {
    // Nobody is known by this address, so nothing may be sent to it. An immediate right closes
    // itself.
    return Write(c, [](CaseFile& file, absl::Time now, Changes& out) -> absl::Status {
      out.events.push_back({file.c.id, now, "no_contact_on_file", file.c.state, "service", ""});
      const bool immediate = file.c.right && IsImmediate(*file.c.right);
      if (!immediate) return absl::OkStatus();
      return Advance(file, {CaseEvent::kDeliveryProven, "service", "in force", 0, true}, now, out);
    });
  }
  LetterValues values;
  values.reason_code = ReasonInWords(c.refusal_code, c.language);
  values.certificate = c.certificate_id;
  values.backup_clear_by = c.backup_clear_by;
  const auto policy = parts_.policy.Get();
  ASSIGN_OR_RETURN(CaseView view, [&]() -> absl::StatusOr<CaseView> {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    return parts_.store.ReadCase(*lease, c.id);
  }());
  for (const ResiduePart& part : ResidueOf(c, view.file.tasks)) {
    values.kept.push_back({LabelOf(policy.get(), part.data_category) + " (" + part.system + ")",
                           part.retain_until, part.reference});
  }
  for (const Task& task : view.file.tasks) {
    const bool told = task.action == TaskAction::kNotifyRecipient &&
                      task.order.ground == "ART_19" && task.outcome == OutcomeKind::kDone;
    if (told) values.told.push_back(task.order.recipient);
  }
  ASSIGN_OR_RETURN(OutgoingMail mail, Mail(c, contact, KindOf(c), values));
  return Write(c, [mail](CaseFile& file, absl::Time, Changes& out) {
    file.c.answer_sent = true;
    out.mails.push_back(mail);
    return absl::OkStatus();
  });
}

}  // namespace varsam::requests
