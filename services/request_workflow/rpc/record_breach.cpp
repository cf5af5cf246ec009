#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {
namespace {

absl::StatusOr<Breach> FromRequest(const v1::RecordBreachRequest& request, absl::Time now) {
  const v1::Breach& asked = request.breach();
  Breach breach;
  const std::optional<BreachId> id = BreachId::Parse(asked.id());
  if (!asked.id().empty() && !id) return InvalidField("breach.id", "want a UUID");
  breach.id = id.value_or(BreachId(NewUuidV7(now)));
  if (!asked.has_aware_at()) return InvalidField("breach.aware_at", "absent");
  breach.aware_at = FromProto(asked.aware_at());
  if (breach.aware_at > now) return InvalidField("breach.aware_at", "in the future");
  breach.state = asked.state() == 0 ? v1::BREACH_STATE_DETECTED : asked.state();
  if (asked.facts().empty()) return InvalidField("breach.facts", "empty");
  const size_t bytes = asked.facts().size() + asked.effects().size() + asked.action().size();
  if (bytes > kMessageBytesMax) return InvalidField("breach.facts", "want at most 65536 bytes");
  breach.risk = asked.risk();
  breach.authority_reference = asked.authority_reference();
  return breach;
}

// A breach only moves forward; the awareness does not move at all.
absl::StatusOr<Changes> Record(Breach breach, const std::optional<Breach>& known, absl::Time now) {
  if (known) {
    if (breach.state < known->state) {
      return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "WRONG_STATE",
                             "a breach does not go back");
    }
    breach.aware_at = known->aware_at;
    breach.notified_at = known->notified_at;
    breach.version = known->version;
  }
  const bool notified = breach.state == v1::BREACH_STATE_NOTIFIED_PARTIAL ||
                        breach.state == v1::BREACH_STATE_NOTIFIED;
  if (notified && (!known || known->state != breach.state)) breach.notified_at.push_back(now);
  ++breach.version;
  Changes changes;
  changes.notes.push_back(NoteBreachChanged{breach.id, breach.state, breach.aware_at});
  changes.reply = breach.id.ToString();
  changes.breach = std::move(breach);
  return changes;
}

}  // namespace

absl::StatusOr<v1::Breach> RequestsService::Render(const Breach& breach) {
  ASSIGN_OR_RETURN(
      Personal<std::string> opened,
      parts_.texts.OpenIn("breach", breach.id.ToString(), breach.id.value(), breach.sealed_text));
  v1::Breach texts;
  texts.ParseFromString(opened.Reveal());
  return ToProto(breach, texts, parts_.clock.Now());
}

grpc::ServerUnaryReactor* RequestsService::RecordBreach(grpc::CallbackServerContext* context,
                                                        const v1::RecordBreachRequest* request,
                                                        v1::RecordBreachResponse* response) {
  return OnPool(
      parts_, Method("RecordBreach"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
        const absl::Time now = parts_.clock.Now();
        Breach breach;
        ASSIGN_OR_RETURN(breach, FromRequest(*request, now));
        RETURN_IF_ERROR(parts_.texts.NewKey(breach.id.value(), now));
        v1::Breach texts;
        texts.set_facts(request->breach().facts());
        texts.set_effects(request->breach().effects());
        texts.set_action(request->breach().action());
        ASSIGN_OR_RETURN(breach.sealed_text,
                         parts_.texts.SealIn("breach", breach.id.ToString(), breach.id.value(),
                                             texts.SerializeAsString()));
        ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, *request));
        options.conflict_keys = {"breach/" + breach.id.ToString()};
        WriteAsk write;
        write.want.breach_id = breach.id;
        write.decide = [breach](const Facts& facts, const journal::Frozen& frozen) {
          return Record(breach, facts.breach, frozen.now);
        };
        ASSIGN_OR_RETURN(std::string reply,
                         parts_.writer.Write(std::move(write), std::move(options)));
        ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
        ASSIGN_OR_RETURN(std::vector<Breach> stored,
                         parts_.store.ReadBreaches(*lease, BreachId::Parse(reply)));
        ASSIGN_OR_RETURN(*response->mutable_breach(), Render(stored.front()));
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
