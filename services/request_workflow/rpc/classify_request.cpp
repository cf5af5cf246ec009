#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {
namespace {

// Ids and keys of the children, and the parent's texts sealed again for each of them.
absl::Status PrepareChildren(const ServiceParts& parts, CaseId parent, ClassifyRequest& ask) {
  const absl::Time now = parts.clock.Now();
  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts.pool.Acquire(kPoolWait));
  for (size_t i = 0; i < ask.rights.size(); ++i) {
    const CaseId child(NewUuidV7(now));
    ask.child_ids.push_back(child);
    RETURN_IF_ERROR(parts.texts.NewKey(child.value(), now));
    for (const char* name :
         {"identifiers", "contact", "message", "changes", "published", "agent"}) {
      ASSIGN_OR_RETURN(std::optional<std::string> sealed,
                       parts.store.ReadText(*lease, parent, name));
      if (!sealed) continue;
      ASSIGN_OR_RETURN(Personal<std::string> text, parts.texts.Open(parent, name, *sealed));
      ASSIGN_OR_RETURN(SealedText again, parts.texts.Seal(child, name, text.Reveal()));
      ask.child_texts.push_back(std::move(again));
    }
  }
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* RequestsService::ClassifyRequest(
    grpc::CallbackServerContext* context, const v1::ClassifyRequestRequest* request,
    v1::ClassifyRequestResponse* response) {
  return OnPool(parts_, Method("ClassifyRequest"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
                  ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
                  if (request->rights_size() > 11) return InvalidField("rights", "want at most 11");
                  varsam::requests::ClassifyRequest ask;
                  ask.actor = who.actor;
                  for (int i = 0; i < request->rights_size(); ++i) {
                    ASSIGN_OR_RETURN(std::optional<Right> right,
                                     RightFromProto(request->rights(i), "rights"));
                    ask.rights.push_back(right);
                  }
                  if (ask.rights.size() > 1) RETURN_IF_ERROR(PrepareChildren(parts_, id, ask));
                  const std::vector<CaseId> children = ask.child_ids;
                  ASSIGN_OR_RETURN(*response->mutable_case_(),
                                   Change(call, *request, id, std::move(ask)));
                  for (const CaseId& child : children) {
                    ASSIGN_OR_RETURN(*response->add_children(), ReadCase(child));
                  }
                  return absl::OkStatus();
                });
}

}  // namespace varsam::requests
