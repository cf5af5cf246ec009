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

namespace varsam::requests {
namespace {

constexpr size_t kPackagePartBytes = 1 << 20;

absl::StatusOr<std::vector<SystemExport>> Exports(const ServiceParts& parts, CaseId id) {
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts.pool.Acquire(kPoolWait));
  ASSIGN_OR_RETURN(const CaseView view, parts.store.ReadCase(*lease, id));
  std::vector<SystemExport> exports;
  for (const Task& task : view.file.tasks) {
    if (task.action != TaskAction::kExport || !task.outcome) continue;
    SystemExport one{task.system, std::string(NameOf(*task.outcome)), ""};
    if (task.result_fence) {
      ASSIGN_OR_RETURN(one.document, ReadUploaded(parts, *lease, task, *task.result_fence));
    }
    exports.push_back(std::move(one));
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

absl::Status SealParts(Texts& texts, const Package& package, const std::string& format,
                       const std::string& bytes, std::vector<PackageChunk>& chunks) {
  int32_t part = 0;
  for (size_t at = 0; at == 0 || at < bytes.size(); at += kPackagePartBytes) {
    const std::string row = package.case_id.ToString() + "|" + format + "|" + std::to_string(part);
    ASSIGN_OR_RETURN(std::string sealed,
                     texts.SealIn("package_chunk", row, package.id,
                                  std::string_view(bytes).substr(at, kPackagePartBytes)));
    chunks.push_back({package.case_id, format, part++, std::move(sealed)});
  }
  return absl::OkStatus();
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
    const int first = static_cast<int>(items.size()) + 1;
    for (ReviewItem& item : ScanExport(one.system, one.document, context, first)) {
      items.push_back(std::move(item));
    }
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
    one.document = Decided(one.system, one.document, c.review);
    if (content.portability) {
      one.document = PortablePart(one.document, PortableCategories(*policy, one.system));
    }
  }
  RETURN_IF_ERROR(AddFacts(peers_, *c.subject, content));
  const std::string html = PackageHtml(content, *policy);
  const std::string json = PackageJson(content, *policy);
  std::vector<PackageFile> files = {{"registerutdrag.html", html}, {"registerutdrag.json", json}};
  if (content.portability) {
    for (PackageFile& file : PortableFiles(content, *policy)) files.push_back(std::move(file));
  }
  ASSIGN_OR_RETURN(const std::string zip, PackageZip(files));

  Package package{c.id, NewUuidV7(now), ToHex(Sha256(zip)), 0, now + kPackageLife};
  RETURN_IF_ERROR(parts_.texts.NewKey(package.id, now));
  std::vector<PackageChunk> chunks;
  RETURN_IF_ERROR(SealParts(parts_.texts, package, "html", html, chunks));
  RETURN_IF_ERROR(SealParts(parts_.texts, package, "json", json, chunks));
  RETURN_IF_ERROR(SealParts(parts_.texts, package, "zip", zip, chunks));

  ASSIGN_OR_RETURN(const std::string contact, Contact(c));
  std::optional<FreshLink> fresh;
  std::optional<OutgoingMail> mail;
  if (!contact.empty()) {
    fresh = NewLink(parts_, c, LinkUse::kOpen, contact);
    LetterValues values;
    values.link = fresh->url;
    ASSIGN_OR_RETURN(mail, Mail(c, contact, LetterKind::kPackage, values));
  }
  return Write(
      c,
      [package, chunks, fresh, mail](CaseFile& file, absl::Time at, Changes& out) -> absl::Status {
        RETURN_IF_ERROR(Advance(file, {CaseEvent::kExecutionCompleted, "service", ""}, at, out));
        RETURN_IF_ERROR(Advance(file, {CaseEvent::kRecipientsNotified, "service", ""}, at, out));
        file.c.package_ready = true;
        file.c.answer_sent = mail.has_value();
        out.dropped_packages.push_back(file.c.id);  // of an earlier round
        out.package = package;
        out.package_chunks = chunks;
        if (fresh) out.new_links.push_back(fresh->link);
        if (mail) out.mails.push_back(*mail);
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
