#include <map>
#include <utility>

#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"
#include "absl/strings/str_cat.h"

namespace varsam::consent {

void ConsentService::AddStates(const std::vector<RecordedConsent>& consents,
                               v1::ListConsentsResponse* response) const {
  const absl::Time now = parts_.clock.Now();
  const auto catalogue = parts_.table.catalogue();
  std::map<std::pair<std::string, std::string>, std::vector<ConsentEvent>> by_control;
  std::map<Uuid, const RecordedConsent*> by_id;
  for (const RecordedConsent& one : consents) {
    const CataloguePurpose* known =
        catalogue->FindAnywhere(one.purpose.value(), absl::InfiniteFuture());
    if (known == nullptr) continue;
    by_id[one.id] = &one;
    by_control[{one.purpose.value(), one.recipient}].push_back(
        {known->purpose.key, one.type, one.at, one.actor, one.verified,
         MechanismOf(one.mechanism).value_or(Mechanism::kUnstated), one.proven(), one.recipient,
         one.id});
  }
  for (const auto& [control, events] : by_control) {
    const CataloguePurpose* known =
        catalogue->FindAnywhere(control.first, absl::InfiniteFuture());
    const ConsentState state = parts_.table.StateOf(known->purpose, events, now);
    const RecordedConsent* deciding =
        state.deciding == nullptr ? nullptr : by_id[state.deciding->id];
    ToProto(state, deciding, control.first, response->add_states());
  }
}

grpc::ServerUnaryReactor* ConsentService::ListConsents(
    grpc::CallbackServerContext* context, const v1::ListConsentsRequest* request,
    v1::ListConsentsResponse* response) {
  return rpc::Unary(list_consents_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(SubjectId subject, rpc::ParseSubjectId(request->subject_id()));
      if (request->page_size() < 0 || request->page_size() > kPageRowsMax) {
        return InvalidField("page_size", absl::StrCat(request->page_size(), ", want 0..",
                                                      kPageRowsMax));
      }
      const int rows = request->page_size() == 0 ? kPageRowsDefault : request->page_size();
      std::optional<Uuid> after = Uuid{};
      if (!request->page_token().empty()) after = Uuid::Parse(request->page_token());
      if (!after) return InvalidField("page_token", "not a token of this list");
      ASSIGN_OR_RETURN(
          std::vector<RecordedConsent> page,
          parts_.store.ReadConsents(connection, subject, request->purpose(), *after, rows));
      for (const RecordedConsent& one : page) ToProto(one, response->add_events());
      if (static_cast<int>(page.size()) == rows) {
        response->set_next_page_token(page.back().id.ToString());
      }
      ASSIGN_OR_RETURN(std::vector<RecordedConsent> all,
                       parts_.store.ReadConsents(connection, subject, request->purpose(), {},
                                                 kStateEventsMax));
      AddStates(all, response);
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::consent
