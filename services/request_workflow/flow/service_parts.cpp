#include "services/request_workflow/flow/service_parts.h"

#include "libs/base/error.h"

namespace varsam::requests {

Who WhoAsks(const rpc::Call& call) {
  Who who;
  who.actor = "public";
  const rpc::Caller* const caller = call.caller();
  if (caller == nullptr) return who;
  switch (caller->kind) {
    case rpc::CallerKind::kPerson:
      who.person = true;
      who.actor = "subject";
      who.own_case = CaseId::Parse(caller->case_id);
      break;
    case rpc::CallerKind::kStaff:
      who.staff = true;
      who.actor = "staff:" + caller->id;
      break;
    case rpc::CallerKind::kClient:
      who.staff = true;
      who.actor = "client:" + caller->id;
      break;
  }
  return who;
}

absl::StatusOr<Who> StaffOnly(const rpc::Call& call) {
  Who who = WhoAsks(call);
  if (who.staff) return who;
  return ErrorWithReason(absl::StatusCode::kPermissionDenied, "STAFF_ONLY",
                         "only staff may do this");
}

absl::StatusOr<Who> MayTouch(const rpc::Call& call, CaseId id) {
  Who who = WhoAsks(call);
  if (who.staff || (who.person && who.own_case == id)) return who;
  return ErrorWithReason(absl::StatusCode::kNotFound, "CASE_UNKNOWN", "there is no such case");
}

}  // namespace varsam::requests
