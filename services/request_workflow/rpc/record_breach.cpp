#include "services/request_workflow/domain/record_breach.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {
namespace {

v1::Breach TextsOf(const v1::Breach& asked) {
  v1::Breach texts;
  texts.set_facts(asked.facts());
  texts.set_effects(asked.effects());
  texts.set_action(asked.action());
  texts.set_reasons_for_delay(asked.reasons_for_delay());
  texts.set_subjects_informed(asked.subjects_informed());
  texts.set_concerned(asked.concerned());
  texts.set_contact(asked.contact());
  return texts;
}

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
  const size_t bytes = TextsOf(asked).ByteSizeLong();
  if (bytes > kMessageBytesMax) return InvalidField("breach.facts", "want at most 65536 bytes");
  breach.risk = asked.risk();
  breach.authority_reference = asked.authority_reference();
  return breach;
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
        const v1::Breach texts = TextsOf(request->breach());
        ASSIGN_OR_RETURN(breach.sealed_text,
                         parts_.texts.SealIn("breach", breach.id.ToString(), breach.id.value(),
                                             texts.SerializeAsString()));
        ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, *request));
        options.conflict_keys = {"breach/" + breach.id.ToString()};
        WriteAsk write;
        write.want.breach_id = breach.id;
        varsam::requests::RecordBreach ask;
        ask.breach = breach;
        ask.reasons_given = !texts.reasons_for_delay().empty();
        ask.effects_told = !texts.effects().empty() && !texts.action().empty();
        write.decide = [ask](const Facts& facts, const journal::Frozen& frozen) {
          return Decide(ask, facts.breach, frozen.now);
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
