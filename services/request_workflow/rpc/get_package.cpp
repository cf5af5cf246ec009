#include <limits>

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

// One piece of one download.
struct Piece {
  int32_t part = 0;
  Uuid ticket;            // of what came before; nil for the first
  int32_t next_part = 0;  // 0: nothing comes after it
};

// The person has all of it: the delivery is proven.
absl::Status Delivered(CaseFile file, absl::Time now, Changes& changes) {
  if (file.c.state != CaseState::kResponded) return absl::OkStatus();
  RETURN_IF_ERROR(
      Advance(file, {CaseEvent::kDeliveryProven, "subject", "downloaded", 0, true}, now, changes));
  Settle(file, now, changes);
  return absl::OkStatus();
}

absl::StatusOr<Changes> Count(const Piece& piece, const Facts& facts, const journal::Frozen& now) {
  ASSIGN_OR_RETURN(CaseFile file, FileOf(facts));
  if (!facts.package || !facts.package->ready || facts.package->expires_at <= now.now) {
    return NoPackage();
  }
  Package package = *facts.package;
  if (piece.part == 0) {
    if (package.downloads >= kPackageDownloadsMax) return NoPackage();
    ++package.downloads;
    package.ticket = now.id;
  } else if (package.next_part != piece.part || package.ticket != piece.ticket) {
    return ErrorWithReason(absl::StatusCode::kAborted, "DOWNLOAD_REPLACED",
                           "another download has begun, or this piece was fetched before");
  }
  package.next_part = piece.next_part;
  package.ticket_at = now.now;
  Changes changes;
  changes.package = package;
  changes.reply =
      std::to_string(kPackageDownloadsMax - package.downloads) + " " + package.ticket.ToString();
  if (piece.next_part == 0) RETURN_IF_ERROR(Delivered(std::move(file), now.now, changes));
  return changes;
}

absl::StatusOr<std::string> CountDownload(const ServiceParts& parts, CaseId id, Piece piece) {
  WriteAsk write;
  write.want.case_id = id;
  write.decide = [piece](const Facts& facts, const journal::Frozen& frozen) {
    return Count(piece, facts, frozen);
  };
  return parts.writer.Write(std::move(write), "case/" + id.ToString());
}

absl::StatusOr<Piece> PieceOf(const v1::GetPackageRequest& request) {
  Piece piece;
  if (request.part() == 0) return piece;
  const std::optional<Uuid> ticket = Uuid::Parse(request.ticket());
  if (!ticket || request.part() > std::numeric_limits<int32_t>::max() / 2) {
    return InvalidField("ticket", "want the one of the piece before");
  }
  piece.part = static_cast<int32_t>(request.part());
  piece.ticket = *ticket;
  return piece;
}

// What the piece says, and where the next one begins.
absl::Status ReadPiece(const ServiceParts& parts, CaseId id, const std::string& format,
                       Piece& piece, std::string& content) {
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts.pool.Acquire(kPoolWait));
  ASSIGN_OR_RETURN(std::optional<Package> package, parts.store.ReadPackage(*lease, id));
  if (!package || !package->ready) return NoPackage();
  ASSIGN_OR_RETURN(
      std::vector<std::string> chunks,
      parts.store.ReadPackageChunks(*lease, id, format, piece.part, kPackagePartsAtOnce + 1));
  if (chunks.size() > static_cast<size_t>(kPackagePartsAtOnce)) {
    chunks.pop_back();
    piece.next_part = piece.part + kPackagePartsAtOnce;
  }
  for (size_t i = 0; i < chunks.size(); ++i) {
    const std::string row =
        id.ToString() + "|" + format + "|" + std::to_string(static_cast<size_t>(piece.part) + i);
    ASSIGN_OR_RETURN(Personal<std::string> part,
                     parts.texts.OpenIn("package_chunk", row, package->id, chunks[i]));
    content += part.Reveal();
  }
  return absl::OkStatus();
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
        ASSIGN_OR_RETURN(Piece piece, PieceOf(*request));
        RETURN_IF_ERROR(ReadPiece(parts_, id, format, piece, *response->mutable_content()));
        // Counted before it is handed over, and after it was read: the last download ends the
        // package.
        ASSIGN_OR_RETURN(const std::string counted, CountDownload(parts_, id, piece));
        const size_t space = counted.find(' ');
        response->set_content_type(html   ? "text/html; charset=utf-8"
                                   : json ? "application/json"
                                          : "application/zip");
        response->set_file_name("registerutdrag." + format);
        response->set_sha256(ToHex(Sha256(response->content())));
        response->set_downloads_left(static_cast<uint32_t>(std::stoi(counted.substr(0, space))));
        response->set_next_part(static_cast<uint32_t>(piece.next_part));
        if (piece.next_part > 0) response->set_ticket(counted.substr(space + 1));
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
