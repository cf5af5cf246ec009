// Ledger notes to their payloads.
#include "services/request_workflow/rpc/convert.h"

namespace varsam::requests {
namespace {

void Fill(const ExecutedPart& part, retention::v1::ExecutedErasure* out) {
  out->set_system(part.system);
  out->set_record_key(part.record_key);
  out->set_data_category(part.data_category);
  out->set_method(part.method);
  out->set_count(part.count);
  *out->mutable_executed_at() = ToProto(part.executed_at);
  out->set_verification(part.verification);
}

std::string Fill(const NoteCaseOpened& note, v1::RequestsEntry& entry) {
  v1::CaseOpened* const out = entry.mutable_case_opened();
  out->set_case_id(note.case_id.ToString());
  out->set_right(ToProto(note.right));
  out->set_channel(note.channel);
  *out->mutable_received_at() = ToProto(note.received_at);
  out->set_due_date(note.due_date);
  return "case_opened";
}

std::string Fill(const NoteCaseAdvanced& note, v1::RequestsEntry& entry) {
  v1::CaseAdvanced* const out = entry.mutable_case_advanced();
  out->set_case_id(note.case_id.ToString());
  out->set_event(note.event);
  out->set_from(static_cast<v1::CaseState>(static_cast<int>(note.from) + 1));
  out->set_to(static_cast<v1::CaseState>(static_cast<int>(note.to) + 1));
  out->set_actor(note.actor);
  if (note.subject) out->set_subject_id(note.subject->ToString());
  return "case_advanced";
}

std::string Fill(const NoteTaskFinished& note, v1::RequestsEntry& entry) {
  v1::TaskFinished* const out = entry.mutable_task_finished();
  const v1::Task task = ToProto(note.task);
  out->set_task_id(task.id());
  out->set_case_id(task.case_id());
  out->set_system(task.system());
  out->set_action(task.action());
  out->set_outcome(task.outcome());
  *out->mutable_counts() = task.counts();
  out->set_result_digest(note.task.result_sha256);
  return "task_finished";
}

std::string Fill(const NoteErasureExecuted& note, v1::RequestsEntry& entry) {
  v1::ErasureExecuted* const out = entry.mutable_erasure_executed();
  out->set_case_id(note.case_id.ToString());
  out->set_subject_id(note.subject.ToString());
  *out->mutable_granted_at() = ToProto(note.granted_at);
  for (const ExecutedPart& part : note.executed) Fill(part, out->add_executed());
  for (const ResiduePart& part : note.residue) {
    retention::v1::ErasureResidue* const residue = out->add_residue();
    residue->set_system(part.system);
    residue->set_data_category(part.data_category);
    residue->set_code(part.code);
    residue->set_reference(part.reference);
    residue->set_retain_until(part.retain_until);
  }
  return "erasure_executed";
}

std::string Fill(const NoteRestrictionChanged& note, v1::RequestsEntry& entry) {
  v1::RestrictionChanged* const out = entry.mutable_restriction_changed();
  out->set_subject_id(note.subject.ToString());
  out->set_case_id(note.case_id.ToString());
  out->set_ground(note.ground);
  *out->mutable_from() = ToProto(note.from);
  if (note.to) *out->mutable_to() = ToProto(*note.to);
  return "restriction_changed";
}

std::string Fill(const NoteContactEnded& note, v1::RequestsEntry& entry) {
  v1::ContactEnded* const out = entry.mutable_contact_ended();
  out->set_subject_id(note.subject.ToString());
  out->set_case_id(note.case_id.ToString());
  *out->mutable_at() = ToProto(note.at);
  return "contact_ended";
}

std::string Fill(const NoteDisposalFinished& note, v1::RequestsEntry& entry) {
  v1::DisposalTasksFinished* const out = entry.mutable_disposal_tasks_finished();
  out->set_run_id(note.run_id.ToString());
  for (const DisposalPart& part : note.parts) {
    v1::DisposalResult* const result = out->add_results();
    result->set_item_id(part.item_id);
    result->set_done(part.done);
    Fill(part.executed, result->mutable_executed());
    result->set_failure(part.failure);
  }
  return "disposal_tasks_finished";
}

std::string Fill(const NoteBreachChanged& note, v1::RequestsEntry& entry) {
  v1::BreachChanged* const out = entry.mutable_breach_changed();
  out->set_breach_id(note.id.ToString());
  out->set_state(static_cast<v1::BreachState>(note.state));
  *out->mutable_aware_at() = ToProto(note.aware_at);
  return "breach_changed";
}

}  // namespace

EntryBytes ToEntry(const LedgerNote& note) {
  v1::RequestsEntry entry;
  EntryBytes bytes;
  bytes.kind = std::visit([&](const auto& one) { return Fill(one, entry); }, note);
  bytes.payload = entry.SerializeAsString();
  return bytes;
}

}  // namespace varsam::requests
