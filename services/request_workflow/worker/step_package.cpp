// The answer to an access or portability request: gathered, built, sealed, announced.
#include "absl/strings/ascii.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "libs/calendar/stockholm.h"
#include "services/request_workflow/answer/package.h"
#include "services/request_workflow/answer/portable.h"
#include "services/request_workflow/answer/review_scan.h"
#include "services/request_workflow/domain/advance.h"
#include "services/request_workflow/flow/task_access.h"
#include "services/request_workflow/worker/case_steps.h"
#include "services/request_workflow/worker/package_parts.h"

namespace varsam::requests {
namespace {

Document Uploaded(const ServiceParts& parts, Task task) {
  return
      [&parts, task = std::move(task)](const OnRecord& on_record) -> absl::StatusOr<std::string> {
        DocumentParts document(on_record);
        RETURN_IF_ERROR(ReadUploaded(parts, task, *task.result_fence, kWholeUpload,
                                     [&](std::string_view bytes) { return document.Feed(bytes); }));
        return document.TakeRest();
      };
}

absl::StatusOr<std::vector<SystemExport>> Exports(const ServiceParts& parts, CaseId id) {
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts.pool.Acquire(kPoolWait));
  ASSIGN_OR_RETURN(const CaseView view, parts.store.ReadCase(*lease, id));
  std::vector<SystemExport> exports;
  for (const Task& task : view.file.tasks) {
    if (task.action != TaskAction::kExport || !task.outcome) continue;
    exports.push_back({task.system, std::string(NameOf(*task.outcome)),
                       task.result_fence ? Uploaded(parts, task) : Document()});
  }
  return exports;
}

std::string DayOf(const google::protobuf::Timestamp& at) {
  return calendar::LocalDayOf(FromProto(at)).ToString();
}

absl::Status AddFacts(Peers& peers, SubjectId subject, PackageContent& content) {
  ASSIGN_OR_RETURN(const auto retention, peers.Explain(subject));
  for (const retention::v1::FieldRetention& field : retention.fields()) {
    content.retained.push_back({field.system(), field.data_category(), field.status(),
                                field.retain_until(), field.reference()});
  }
  ASSIGN_OR_RETURN(const auto sources, peers.Sources(subject));
  for (const registry::v1::SubjectSource& source : sources) {
    content.sources.push_back({source.source(), DayOf(source.collected_at())});
  }
  ASSIGN_OR_RETURN(const auto disclosures, peers.Disclosures(subject));
  for (const registry::v1::Disclosure& one : disclosures) {
    content.recipients.push_back(
        {one.recipient(), one.recipient_kind(), one.purpose(), DayOf(one.disclosed_at())});
  }
  return absl::OkStatus();
}

// The page by itself, the data by itself, and both in the archive, all written in one go.
absl::Status Make(const PackageContent& content, const PolicyView& policy, PackageParts& out) {
  PackageArchive archive([&](std::string_view bytes) { return out.Add("zip", bytes); });
  RETURN_IF_ERROR(archive.Add("registerutdrag.html", [&](const Sink& zip) {
    return PackageHtml(content, policy, [&](std::string_view bytes) -> absl::Status {
      RETURN_IF_ERROR(out.Add("html", bytes));
      return zip(bytes);
    });
  }));
  RETURN_IF_ERROR(archive.Add("registerutdrag.json", [&](const Sink& zip) {
    return PackageJson(content, policy, [&](std::string_view bytes) -> absl::Status {
      RETURN_IF_ERROR(out.Add("json", bytes));
      return zip(bytes);
    });
  }));
  if (content.portability) RETURN_IF_ERROR(PortableFiles(content, policy, archive));
  return archive.Finish();
}

}  // namespace

// Looked through before anybody reviews, so that the review knows what it has to decide.
absl::Status CaseSteps::Scan(const Case& c) {
  ASSIGN_OR_RETURN(const auto policy, Policy());
  ScanContext context;
  context.today = calendar::LocalDayOf(parts_.clock.Now());
  ASSIGN_OR_RETURN(const cv1::TaskSubject known, Identifiers(c, "subject_identifiers"));
  for (const common::v1::Identifier& identifier : known.identifiers()) {
    context.own.push_back(absl::AsciiStrToLower(identifier.value()));
  }
  const size_t at = policy->contact.find('@');
  if (at != std::string::npos) {
    context.own_domains.push_back(absl::AsciiStrToLower(policy->contact.substr(at)));
  }
  std::vector<ReviewItem> items;
  ASSIGN_OR_RETURN(const std::vector<SystemExport> exports, Exports(parts_, c.id));
  for (const SystemExport& one : exports) {
    if (one.document == nullptr) continue;
    const int first = static_cast<int>(items.size()) + 1;
    ASSIGN_OR_RETURN(std::vector<ReviewItem> some,
                     ScanExport(one.system, one.document, context, first));
    for (ReviewItem& item : some) items.push_back(std::move(item));
  }
  return Write(c, [items](CaseFile& file, absl::Time, Changes&) {
    file.c.review = items;
    file.c.scanned = true;
    return absl::OkStatus();
  });
}

absl::Status CaseSteps::BuildPackage(const Case& c) {
  ASSIGN_OR_RETURN(const auto policy, Policy());
  const absl::Time now = parts_.clock.Now();
  PackageContent content;
  content.case_id = c.id.ToString();
  content.received_on = calendar::LocalDayOf(c.received_at).ToString();
  content.made_on = calendar::LocalDayOf(now).ToString();
  content.language = c.language;
  content.portability = c.right == Right::kPortability;
  content.withheld = c.withheld;
  ASSIGN_OR_RETURN(content.exports, Exports(parts_, c.id));
  for (SystemExport& one : content.exports) {
    one.document = Decided(one.system, std::move(one.document), c.review);
    if (content.portability) {
      one.document = PortablePart(std::move(one.document), PortableCategories(*policy, one.system));
    }
  }
  RETURN_IF_ERROR(AddFacts(peers_, *c.subject, content));
  std::optional<Package> before;
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    ASSIGN_OR_RETURN(before, parts_.store.ReadPackage(*lease, c.id));
  }
  Package package{c.id, NewUuidV7(now), "", 0, now + kPackageLife};
  RETURN_IF_ERROR(parts_.texts.NewKey(package.id, now));
  PackageParts out(parts_, package);
  RETURN_IF_ERROR(Make(content, *policy, out));
  for (const char* format : {"html", "json", "zip"}) {
    ASSIGN_OR_RETURN(package.sha256_hex, out.End(format));
  }

  ASSIGN_OR_RETURN(const std::string contact, Contact(c));
  std::optional<FreshLink> fresh;
  std::optional<OutgoingMail> mail;
  if (!contact.empty()) {
    fresh = NewLink(parts_, c, LinkUse::kOpen, contact);
    LetterValues values;
    values.link = fresh->url;
    ASSIGN_OR_RETURN(mail, Mail(c, contact, LetterKind::kPackage, values));
  }
  const auto deed = [package, begun = out.begun(), chunks = out.TakeKept(), fresh, mail](
                        CaseFile& file, const Facts& facts, absl::Time at,
                        Changes& changes) -> absl::Status {
    if (begun && (!facts.package || facts.package->id != package.id)) {
      return ErrorWithReason(absl::StatusCode::kAborted, "STEP_TAKEN", "the package is another's");
    }
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kExecutionCompleted, "service", ""}, at, changes));
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kRecipientsNotified, "service", ""}, at, changes));
    file.c.package_ready = true;
    file.c.answer_sent = mail.has_value();
    if (!begun) changes.dropped_packages.push_back(file.c.id);  // of an earlier round
    changes.package = package;
    changes.package_chunks = chunks;
    if (fresh) changes.new_links.push_back(fresh->link);
    if (mail) changes.mails.push_back(*mail);
    return absl::OkStatus();
  };
  RETURN_IF_ERROR(WriteKnowing(c, {}, {}, deed));
  // Whatever a backup holds of the package before opens no more.
  return before ? parts_.texts.DestroyKey(before->id, now) : absl::OkStatus();
}

}  // namespace varsam::requests
