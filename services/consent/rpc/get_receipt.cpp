#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::GetReceipt(grpc::CallbackServerContext* context,
                                                     const v1::GetReceiptRequest* request,
                                                     v1::GetReceiptResponse* response) {
  return rpc::Unary(get_receipt_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      const std::optional<Uuid> id = Uuid::Parse(request->consent_id());
      if (!id) return InvalidField("consent_id", "not a UUID");
      bool foreign = false;
      if (!request->subject_id().empty()) {
        ASSIGN_OR_RETURN(const std::optional<RecordedConsent> choice,
                         parts_.store.ReadConsent(connection, *id));
        foreign = !choice || SubjectId::Parse(request->subject_id()) != choice->subject;
      }
      ASSIGN_OR_RETURN(const std::optional<uint64_t> index,
                       parts_.store.ReadLedgerIndex(connection, *id));
      if (!index || foreign) {
        return ErrorWithReason(absl::StatusCode::kNotFound, "CONSENT_UNKNOWN",
                               "consent_id: no such choice");
      }
      ASSIGN_OR_RETURN(const ledger::StoredEntry entry, parts_.reader.EntryAt(*index));
      ASSIGN_OR_RETURN(*response->mutable_receipt(), ReceiptOf(entry));
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::consent
