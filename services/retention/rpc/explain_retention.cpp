#include "services/retention/domain/field_facts.h"
#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::ExplainRetention(
    grpc::CallbackServerContext* context, const v1::ExplainRetentionRequest* request,
    v1::ExplainRetentionResponse* response) {
  return rpc::Unary(explain_retention_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(SubjectId subject, rpc::ParseSubjectId(request->subject_id()));
      absl::Time as_of = parts_.clock.Now();
      if (request->has_as_of()) {
        ASSIGN_OR_RETURN(as_of, FromProto(request->as_of(), "as_of"));
      }
      pg::Tx tx(connection, pg::TxKind::kSnapshot);
      ASSIGN_OR_RETURN(GrantErasureFacts facts,
                       parts_.store.LoadFacts(tx, GrantErasure{subject, "", std::nullopt}));
      RETURN_IF_ERROR(NeedsPolicy(facts.people.catalogue.get()));
      const PersonRecords& records = PersonIn(facts.people.people, subject);
      for (const Field& field : records.fields) {
        if (field.disposed_at && *field.disposed_at <= as_of) continue;
        const RetentionAnswer answer =
            AnswerFor(*facts.people.catalogue, field,
                      FactsOf(*facts.people.catalogue, records.person, field, facts.holds), as_of);
        ToProto(field.key, answer, response->add_fields());
      }
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::retention
