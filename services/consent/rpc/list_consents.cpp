#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

void ConsentService::AddStates(SubjectId subject, const std::vector<RecordedConsent>& consents,
                               v1::ListConsentsResponse* response) const {
  const absl::Time now = parts_.clock.Now();
  const auto catalogue = parts_.table.catalogue();
  struct OfPurpose {
    const Purpose* purpose = nullptr;
    std::vector<ConsentEvent> events;
    std::set<std::string> recipients;
  };
  std::map<std::string, OfPurpose> by_purpose;
  std::map<Uuid, const RecordedConsent*> by_id;
  for (const RecordedConsent& one : consents) {
    const CataloguePurpose* known =
        catalogue->FindAnywhere(one.purpose.value(), absl::InfiniteFuture());
    if (known == nullptr) continue;
    by_id[one.id] = &one;
    OfPurpose& all = by_purpose[one.purpose.value()];
    all.purpose = &known->purpose;
    all.events.push_back({known->purpose.key, one.type, one.at, one.actor, one.verified,
                          MechanismOf(one.mechanism).value_or(Mechanism::kUnstated), one.proven(),
                          one.recipient, one.id});
    if (known->purpose.per_recipient) all.recipients.insert(one.recipient);
  }
  for (auto& [purpose, all] : by_purpose) {
    // A stop that names nobody reaches everybody, so each recipient is judged on all of them.
    if (all.recipients.size() > 1) all.recipients.erase("");
    if (all.recipients.empty()) all.recipients.insert("");
    for (const std::string& recipient : all.recipients) {
      const ConsentState state = parts_.table.StateOf(*all.purpose, recipient, all.events, now);
      const RecordedConsent* deciding =
          state.deciding == nullptr ? nullptr : by_id[state.deciding->id];
      v1::ConsentState* to = response->add_states();
      ToProto(state, deciding, purpose, to);
      to->set_recipient(recipient);
      // A linked browser's "no" stands over the person's own "yes".
      if (!state.valid() || all.purpose->per_recipient) continue;
      const Standing joined = parts_.table.StandingOf(*all.purpose, subject, now);
      if (!joined.given && !joined.deciding.IsNil()) {
        to->set_state(std::string(TextOf(joined.reason).code));
        to->clear_deciding_event();
      }
    }
  }
}

grpc::ServerUnaryReactor* ConsentService::ListConsents(grpc::CallbackServerContext* context,
                                                       const v1::ListConsentsRequest* request,
                                                       v1::ListConsentsResponse* response) {
  return rpc::Unary(list_consents_, context, [&](rpc::Call& call) {
    Read(call, [this, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(SubjectId subject, rpc::ParseSubjectId(request->subject_id()));
      if (request->page_size() < 0 || request->page_size() > kPageRowsMax) {
        return InvalidField("page_size",
                            absl::StrCat(request->page_size(), ", want 0..", kPageRowsMax));
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
      ASSIGN_OR_RETURN(std::vector<RecordedConsent> latest,
                       parts_.store.ReadLatestConsents(connection, subject, request->purpose()));
      AddStates(subject, latest, response);
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::consent
