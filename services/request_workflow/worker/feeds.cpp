#include "services/request_workflow/worker/feeds.h"

#include <algorithm>
#include <map>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "services/request_workflow/domain/advance.h"
#include "services/request_workflow/rpc/convert.h"

namespace varsam::requests {
namespace {

absl::Status Unreadable() {
  return ErrorWithReason(absl::StatusCode::kDataLoss, "ENTRY_UNREADABLE",
                         "an entry of the feed does not parse");
}

}  // namespace

absl::StatusOr<std::unique_ptr<Feeds>> Feeds::Open(const ServiceParts& parts, Peers& peers,
                                                   const PeerChannels& channels,
                                                   obs::Metrics& metrics) {
  std::unique_ptr<Feeds> feeds(new Feeds(parts, peers));
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts.pool.Acquire(kPoolWait));
  ASSIGN_OR_RETURN(const int64_t registry, parts.store.ReadCursor(*lease, "registry"));
  ASSIGN_OR_RETURN(const int64_t retention, parts.store.ReadCursor(*lease, "retention"));
  ASSIGN_OR_RETURN(std::optional<std::string> stored, parts.store.ReadPolicy(*lease));
  if (stored) {
    registry::v1::PolicyModel model;
    if (!model.ParseFromString(*stored)) return Unreadable();
    parts.policy.Set(ViewOf(model));
  }
  Feeds* const raw = feeds.get();
  feeds->registry_ = std::make_unique<client::Feed>(
      client::FeedConfig{.name = "registry", .kinds = {"policy_applied"}}, channels.registry,
      static_cast<uint64_t>(registry),
      [raw](const client::FeedBatch& batch) { return raw->ApplyRegistry(batch); }, metrics);
  feeds->retention_ = std::make_unique<client::Feed>(
      client::FeedConfig{
          .name = "retention",
          .kinds = {"disposal_issued", "certificate_issued", "hold_placed", "hold_released"}},
      channels.retention, static_cast<uint64_t>(retention),
      [raw](const client::FeedBatch& batch) { return raw->ApplyRetention(batch); }, metrics);
  return feeds;
}

void Feeds::Start() {
  registry_->Start();
  retention_->Start();
}

void Feeds::Stop() {
  registry_->Stop();
  retention_->Stop();
}

absl::Status Feeds::Save(Changes changes, const char* feed, uint64_t next) {
  changes.cursor = ConsumerCursor{feed, static_cast<int64_t>(next)};
  WriteAsk write;
  write.decide = [changes = std::move(changes)](const Facts&, const journal::Frozen&) {
    return absl::StatusOr<Changes>(changes);
  };
  return parts_.writer.Write(std::move(write), std::string("feed/") + feed).status();
}

absl::Status Feeds::ApplyRegistry(const client::FeedBatch& batch) {
  Changes changes;
  std::optional<PolicyView> view;
  for (const ledger::v1::Entry* entry : batch.entries) {
    registry::v1::RegistryEntry payload;
    if (!payload.ParseFromString(entry->payload())) return Unreadable();
    if (!payload.has_policy_applied()) continue;
    changes.policy_bytes = payload.policy_applied().model().SerializeAsString();
    view = ViewOf(payload.policy_applied().model());
  }
  RETURN_IF_ERROR(Save(std::move(changes), "registry", batch.next_cursor));
  if (view) parts_.policy.Set(*std::move(view));
  return absl::OkStatus();
}

absl::Status Feeds::ApplyRetention(const client::FeedBatch& batch) {
  Changes changes;
  for (const ledger::v1::Entry* entry : batch.entries) {
    retention::v1::RetentionEntry payload;
    if (!payload.ParseFromString(entry->payload())) return Unreadable();
    if (payload.has_hold_placed()) changes.holds.push_back(HoldFrom(payload.hold_placed().hold()));
    if (payload.has_hold_released()) {
      Hold hold = HoldFrom(payload.hold_released().hold());
      hold.released = true;
      changes.holds.push_back(std::move(hold));
    }
    if (payload.has_disposal_issued()) {
      // Entry by entry: a batch may hold a run of many thousand tasks, and what is saved need not
      // be made again after a kill.
      RETURN_IF_ERROR(AddDisposal(payload.disposal_issued(), changes));
      RETURN_IF_ERROR(Save(std::move(changes), "retention", entry->index() + 1));
      changes = Changes();
    }
    if (payload.has_certificate_issued()) {
      RETURN_IF_ERROR(SaveCertificate(payload.certificate_issued()));
    }
  }
  return Save(std::move(changes), "retention", batch.next_cursor);
}

// One erase task for each person and system of the run. The ids are made of run, person and system,
// so that an entry that comes twice makes the same tasks.
absl::Status Feeds::AddDisposal(const retention::v1::DisposalIssued& issued, Changes& changes) {
  const absl::Time now = parts_.clock.Now();
  std::vector<ServedSystem> served;
  std::vector<Task> known;
  std::map<std::pair<std::string, std::string>, Task> tasks;
  for (const retention::v1::DisposalItem& item : issued.items()) {
    Task& task = tasks[{item.subject_id(), item.system()}];
    for (const std::string& category : item.data_categories()) {
      task.order.items.push_back({item.id(), category, item.record_key(), item.method()});
    }
    task.subject = SubjectId::Parse(item.subject_id());
    task.system = item.system();
    task.run_id = Uuid::Parse(issued.run_id());
  }
  std::vector<Uuid> ids;
  for (auto& [key, task] : tasks) {
    Uuid id;
    const std::string digest = Sha256(issued.run_id() + "|" + key.first + "|" + key.second);
    std::copy_n(digest.begin(), id.bytes.size(), id.bytes.begin());
    task.id = TaskId(id);
    ids.push_back(id);
  }
  if (tasks.empty()) return absl::OkStatus();
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    ASSIGN_OR_RETURN(served, parts_.store.ReadServed(*lease));
    ASSIGN_OR_RETURN(known, parts_.store.ReadRunTasks(*lease, *tasks.begin()->second.run_id, ids));
  }
  for (auto& [key, task] : tasks) {
    const bool again =
        std::any_of(known.begin(), known.end(), [&](const Task& old) { return old.id == task.id; });
    if (again || !task.subject) continue;
    task.action = TaskAction::kErase;
    task.created_at = now;
    task.manual = std::none_of(served.begin(), served.end(),
                               [&](const ServedSystem& one) { return one.system == task.system; });
    RETURN_IF_ERROR(parts_.texts.NewKey(task.id.value(), now));
    const auto subject = peers_.Subject(*task.subject, "disposal run " + issued.run_id());
    if (!subject.ok() && !absl::IsNotFound(subject.status())) return subject.status();
    cv1::TaskSubject identifiers;
    if (subject.ok()) {
      *identifiers.mutable_identifiers() = subject->identifiers();
    } else {
      // Erased by a case of which a hold kept a part: only that case still knows who it was.
      ASSIGN_OR_RETURN(identifiers, OfErasedPerson(*task.subject));
    }
    if (!identifiers.identifiers().empty()) {
      ASSIGN_OR_RETURN(SealedText text,
                       parts_.texts.Seal(CaseId(task.id.value()), "subject_identifiers",
                                         identifiers.SerializeAsString()));
      changes.texts.push_back(std::move(text));
    }
    changes.tasks.push_back(task);
  }
  return absl::OkStatus();
}

// A person of whom a disposal run has left nothing is not kept either, unless a relationship of
// theirs still runs (its systems may not have told of it) or a case of theirs is open.
absl::Status Feeds::ForgetPerson(const retention::v1::CertificateIssued& issued) {
  const std::optional<SubjectId> subject = SubjectId::Parse(issued.subject_id());
  if (!subject || !issued.nothing_left()) return absl::OkStatus();
  const std::string& run = issued.certificate().run_id();
  const auto known = peers_.Subject(*subject, "disposal run " + run);
  if (absl::IsNotFound(known.status())) return absl::OkStatus();
  RETURN_IF_ERROR(known.status());
  for (const registry::v1::Relationship& tie : known->relationships()) {
    if (tie.to().empty()) return absl::OkStatus();
  }
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    ListFilter filter;
    filter.subject = *subject;
    std::string more;
    ASSIGN_OR_RETURN(const std::vector<CaseView> cases,
                     parts_.store.ReadCases(*lease, filter, &more));
    const bool open = std::any_of(cases.begin(), cases.end(),
                                  [](const CaseView& one) { return !IsEnded(one.file.c.state); });
    if (open || !more.empty()) return absl::OkStatus();
  }
  const absl::Status gone = peers_.ForgetSubject(*subject, run);
  return absl::IsNotFound(gone) ? absl::OkStatus() : gone;
}

absl::StatusOr<cv1::TaskSubject> Feeds::OfErasedPerson(SubjectId subject) {
  cv1::TaskSubject identifiers;
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
  ListFilter filter;
  filter.subject = subject;
  std::string next;
  ASSIGN_OR_RETURN(const std::vector<CaseView> views,
                   parts_.store.ReadCases(*lease, filter, &next));
  for (const CaseView& view : views) {
    const Case& c = view.file.c;
    if (c.right != Right::kErasure || !c.granted_at) continue;
    ASSIGN_OR_RETURN(const std::optional<std::string> sealed,
                     parts_.store.ReadText(*lease, c.id, "subject_identifiers"));
    if (!sealed) continue;
    ASSIGN_OR_RETURN(const Personal<std::string> opened,
                     parts_.texts.Open(c.id, "subject_identifiers", *sealed));
    identifiers.ParseFromString(opened.Reveal());
    break;
  }
  return identifiers;
}

absl::Status Feeds::SaveCertificate(const retention::v1::CertificateIssued& issued) {
  const std::optional<CaseId> id = CaseId::Parse(issued.certificate().case_id());
  if (!id) return ForgetPerson(issued);  // of a disposal run
  WriteAsk write;
  write.want.case_id = id;
  write.decide = [certificate = issued.certificate()](
                     const Facts& facts, const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
    Changes changes;
    if (!facts.file || !facts.file->c.certificate_id.empty()) return changes;
    CaseFile file = *facts.file;
    file.c.certificate_id = certificate.id();
    file.c.backup_clear_by = certificate.backup_clear_by();
    changes.events.push_back(
        {file.c.id, frozen.now, "certificate_issued", file.c.state, "service", ""});
    RETURN_IF_ERROR(GoOn(file, frozen.now, changes));
    Settle(file, frozen.now, changes);
    return changes;
  };
  return parts_.writer.Write(std::move(write), "case/" + id->ToString()).status();
}

}  // namespace varsam::requests
