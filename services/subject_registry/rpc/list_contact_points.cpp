#include "services/subject_registry/rpc/convert.h"
#include "services/subject_registry/rpc/registry_service.h"

namespace varsam::registry {
namespace {

bool IsContact(int type) {
  return type == common::v1::IDENTIFIER_TYPE_EMAIL || type == common::v1::IDENTIFIER_TYPE_PHONE;
}

}  // namespace

// Only what was on file before: a contact brought along with a request proves nothing.
grpc::ServerUnaryReactor* RegistryService::ListContactPoints(
    grpc::CallbackServerContext* context, const v1::ListContactPointsRequest* request,
    v1::ListContactPointsResponse* response) {
  return rpc::Unary(list_contact_points_, context, [&](rpc::Call& call) {
    Read(call, [this, &call, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(SubjectId id, rpc::ParseSubjectId(request->subject_id()));
      ASSIGN_OR_RETURN(Subject subject, LivingSubject(connection, id));
      const absl::Time before = request->has_on_file_before()
                                    ? FromProto(request->on_file_before(), true)
                                    : absl::InfiniteFuture();
      RETURN_IF_ERROR(LogAccess(call, id, "ListContactPoints", request->reason()));
      std::erase_if(subject.identifiers, [&](const SealedIdentifier& one) {
        return !IsContact(one.type) || one.on_file_since > before;
      });
      Identifiers opened;
      RETURN_IF_ERROR(identity_.OpenIdentifiers(subject, &opened));
      for (int i = 0; i < opened.size(); ++i) {
        v1::ContactPoint* point = response->add_contact_points();
        point->mutable_identifier()->Swap(&opened[i]);
        ToProto(subject.identifiers[i].on_file_since, point->mutable_on_file_since());
      }
      ASSIGN_OR_RETURN(*response->mutable_display_name(), identity_.OpenName(subject));
      response->set_language(static_cast<common::v1::Language>(subject.language));
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::registry
