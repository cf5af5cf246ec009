#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/subject_registry/rpc/submit_import.h"

namespace varsam::registry {

grpc::ServerUnaryReactor* RegistryService::ImportSubjects(grpc::CallbackServerContext* context,
                                                          const v1::ImportSubjectsRequest* request,
                                                          v1::ImportSubjectsResponse* response) {
  return rpc::Unary(import_subjects_, context, [&](rpc::Call& call) {
    Read(call, [this, &call, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, *request));
      if (request->rows().empty() || request->rows_size() > kImportRowsMax) {
        return InvalidField("rows",
                            absl::StrCat(request->rows_size(), ", want 1..", kImportRowsMax));
      }
      ASSIGN_OR_RETURN(PreparedImport prepared,
                       PrepareImport(request->rows(), "rows", parts_.store, identity_, connection));
      options.conflict_keys = std::move(prepared.conflict_keys);
      ASSIGN_OR_RETURN(journal::Committed committed,
                       parts_.journal.SubmitAndWait(operations_.import_subjects,
                                                    std::move(prepared.ask), std::move(options)));
      response->ParseFromString(committed.response);
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
