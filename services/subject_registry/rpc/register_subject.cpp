#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/subject_registry/rpc/submit_import.h"

namespace varsam::registry {
namespace {

// A registration is an import of one row that wants a definite answer.
v1::ImportRow ToRow(const v1::RegisterSubjectRequest& request) {
  v1::ImportRow row;
  row.set_row_id("1");
  *row.mutable_identifiers() = request.identifiers();
  *row.mutable_categories() = request.categories();
  row.set_display_name(request.display_name());
  row.set_language(request.language());
  row.set_capacity(request.capacity());
  if (request.has_soft_opt_in()) *row.mutable_soft_opt_in() = request.soft_opt_in();
  if (request.has_source()) *row.mutable_source() = request.source();
  *row.mutable_relationships() = request.relationships();
  return row;
}

absl::Status Refusal(const std::string& outcome) {
  if (outcome == "IDENTITY_RACE") {
    return RetryLater(absl::StatusCode::kAborted, outcome,
                      "an identifier changed hands meanwhile; send the request again",
                      absl::Milliseconds(20));
  }
  if (outcome == "IDENTIFIER_CONFLICT") {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, outcome,
                           "identifiers: they belong to different people");
  }
  if (outcome == "REIMPORT_SUPPRESSED") {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, outcome,
                           "the person was erased and comes back by themselves only");
  }
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, outcome,
                         absl::StrCat("the registration is held: ", outcome));
}

}  // namespace

grpc::ServerUnaryReactor* RegistryService::RegisterSubject(
    grpc::CallbackServerContext* context, const v1::RegisterSubjectRequest* request,
    v1::RegisterSubjectResponse* response) {
  return rpc::Unary(register_subject_, context, [&](rpc::Call& call) {
    Read(call, [this, &call, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, *request));
      ImportRows rows;
      *rows.Add() = ToRow(*request);
      ASSIGN_OR_RETURN(PreparedImport prepared,
                       PrepareImport(rows, "subject", parts_.store, identity_, connection));
      options.conflict_keys = std::move(prepared.conflict_keys);
      ASSIGN_OR_RETURN(journal::Committed committed,
                       parts_.journal.SubmitAndWait(operations_.import_subjects,
                                                    std::move(prepared.ask), std::move(options)));
      v1::ImportSubjectsResponse imported;
      imported.ParseFromString(committed.response);
      const v1::ImportResult& result = imported.results(0);
      if (result.subject_id().empty()) return Refusal(result.outcome());
      response->set_subject_id(result.subject_id());
      response->set_created(result.outcome() == "CREATED");
      *response->mutable_position() = imported.position();
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
