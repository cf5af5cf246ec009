#include "libs/base/error.h"
#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::GetCertificate(
    grpc::CallbackServerContext* context, const v1::GetCertificateRequest* request,
    v1::GetCertificateResponse* response) {
  return rpc::Unary(get_certificate_, context, [&](rpc::Call& call) {
    rpc::OnWorkers(parts_.workers, call, [this, &call, request, response]() -> absl::Status {
      const std::optional<CertificateId> id = CertificateId::Parse(request->certificate_id());
      if (!id) return InvalidField("certificate_id", "want a UUID");
      std::optional<StoredCertificate> stored;
      {
        // Given back before the ledger takes one of its own.
        ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(rpc::TimeLeft(call)));
        ASSIGN_OR_RETURN(stored, parts_.store.ReadCertificate(*lease, *id));
      }
      if (!stored) {
        return ErrorWithReason(absl::StatusCode::kNotFound, "CERTIFICATE_UNKNOWN",
                               "no such certificate");
      }
      return Certify(*stored, response->mutable_certificate());
    });
  });
}

}  // namespace varsam::retention
