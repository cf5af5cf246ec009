#include "libs/base/strings.h"
#include "services/request_workflow/domain/advance.h"
#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {
namespace {

absl::Status NoPackage() {
  return ErrorWithReason(absl::StatusCode::kNotFound, "PACKAGE_GONE",
                         "there is no package, or no longer");
}

absl::StatusOr<Changes> Count(const Facts& facts, absl::Time now) {
  ASSIGN_OR_RETURN(CaseFile file, FileOf(facts));
  if (!facts.package || facts.package->expires_at <= now ||
      facts.package->downloads >= kPackageDownloadsMax) {
    return NoPackage();
  }
  Changes changes;
  changes.package = facts.package;
  ++changes.package->downloads;
  changes.reply = std::to_string(kPackageDownloadsMax - changes.package->downloads);
  if (file.c.state == CaseState::kResponded) {
    // Fetched by the person: the delivery is proven.
    RETURN_IF_ERROR(Advance(file, {CaseEvent::kDeliveryProven, "subject", "downloaded", 0, true},
                            now, changes));
    Settle(file, now, changes);
  }
  return changes;
}

absl::StatusOr<std::string> CountDownload(const ServiceParts& parts, CaseId id) {
  WriteAsk write;
  write.want.case_id = id;
  write.decide = [](const Facts& facts, const journal::Frozen& frozen) {
    return Count(facts, frozen.now);
  };
  return parts.writer.Write(std::move(write), "case/" + id.ToString());
}

}  // namespace

grpc::ServerUnaryReactor* RequestsService::GetPackage(grpc::CallbackServerContext* context,
                                                      const v1::GetPackageRequest* request,
                                                      v1::GetPackageResponse* response) {
  return OnPool(
      parts_, Method("GetPackage"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
        ASSIGN_OR_RETURN(const Who who, MayTouch(call, id));
        if (!who.person)
          return ErrorWithReason(absl::StatusCode::kPermissionDenied, "PERSON_ONLY",
                                 "only the person gets the package");
        const bool html = request->format() == v1::PACKAGE_FORMAT_HTML;
        const bool json = request->format() == v1::PACKAGE_FORMAT_JSON;
        const std::string format = html ? "html" : json ? "json" : "zip";
        {
          ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
          ASSIGN_OR_RETURN(std::optional<Package> package, parts_.store.ReadPackage(*lease, id));
          if (!package) return NoPackage();
          ASSIGN_OR_RETURN(std::vector<std::string> chunks,
                           parts_.store.ReadPackageChunks(*lease, id, format));
          for (size_t i = 0; i < chunks.size(); ++i) {
            const std::string row = id.ToString() + "|" + format + "|" + std::to_string(i);
            ASSIGN_OR_RETURN(Personal<std::string> part,
                             parts_.texts.OpenIn("package_chunk", row, package->id, chunks[i]));
            response->mutable_content()->append(part.Reveal());
          }
        }
        // Counted before it is handed over, and after it was read: the last download ends the
        // package.
        ASSIGN_OR_RETURN(const std::string left, CountDownload(parts_, id));
        response->set_content_type(html   ? "text/html; charset=utf-8"
                                   : json ? "application/json"
                                          : "application/zip");
        response->set_file_name("registerutdrag." + format);
        response->set_sha256(ToHex(Sha256(response->content())));
        response->set_downloads_left(static_cast<uint32_t>(std::stoi(left)));
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
