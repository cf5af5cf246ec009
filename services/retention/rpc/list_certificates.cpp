#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::ListCertificates(
    grpc::CallbackServerContext* context, const v1::ListCertificatesRequest* request,
    v1::ListCertificatesResponse* response) {
  return rpc::Unary(list_certificates_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(const int rows, PageRows(request->page_size()));
      ASSIGN_OR_RETURN(const Uuid after, PageStart(request->page_token()));
      ASSIGN_OR_RETURN(std::vector<StoredCertificate> all,
                       parts_.store.ReadCertificates(connection, request->case_id(),
                                                     request->run_id(), after, rows));
      // Without the documents: GetCertificate gives them, one by one.
      for (const StoredCertificate& one : all) {
        RETURN_IF_ERROR(FromRecord(one, response->add_certificates()));
      }
      if (all.size() == static_cast<size_t>(rows)) {
        response->set_next_page_token(all.back().id.ToString());
      }
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::retention
