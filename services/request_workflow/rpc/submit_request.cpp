#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/domain/classify_mail.h"
#include "services/request_workflow/domain/special_risk.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {
namespace {

absl::Status Check(const v1::SubmitRequestRequest& request) {
  if (request.identifiers().empty() ||
      request.identifiers_size() > static_cast<int>(kIdentifiersMax)) {
    return InvalidField("identifiers", std::to_string(request.identifiers_size()) + ", want 1..20");
  }
  if (request.message().size() > kMessageBytesMax) {
    return InvalidField("message", "want at most 65536 bytes");
  }
  if (request.changes_size() > static_cast<int>(kChangesMax)) {
    return InvalidField("changes", std::to_string(request.changes_size()) + ", want at most 50");
  }
  if (request.right() == v1::RIGHT_RECTIFICATION && request.changes().empty()) {
    return InvalidField("changes", "0, want at least 1 for a rectification");
  }
  if (request.published_at_size() > static_cast<int>(kChangesMax)) {
    return InvalidField("published_at", "want at most 50");
  }
  if (!request.restriction_ground().empty() && !IsRestrictionGround(request.restriction_ground())) {
    return InvalidField("restriction_ground",
                        "want accuracy, unlawful, claims or objection_pending");
  }
  return absl::OkStatus();
}

// Where the person found itself in public, one place a line.
std::string PublishedOf(const v1::SubmitRequestRequest& request) {
  std::string all;
  for (const std::string& place : request.published_at()) all += place + "\n";
  return all;
}

cv1::RectifyAction ChangesOf(const v1::SubmitRequestRequest& request) {
  cv1::RectifyAction action;
  for (const v1::RequestedChange& change : request.changes()) {
    cv1::FieldChange* const added = action.add_changes();
    added->set_data_category(change.data_category());
    if (!change.old_value().empty()) added->set_expected_old_sha256(Sha256(change.old_value()));
    added->set_new_value(change.new_value());
  }
  return action;
}

absl::Status SealTexts(Texts& texts, const v1::SubmitRequestRequest& request, SubmitRequest& ask) {
  cv1::TaskSubject subject;
  *subject.mutable_identifiers() = request.identifiers();
  const std::string identifiers = subject.SerializeAsString();
  const std::string published = PublishedOf(request);
  const std::string changes = ChangesOf(request).SerializeAsString();
  for (const auto& [name, text] :
       {std::pair<const char*, const std::string*>{"identifiers", &identifiers},
        {"message", &request.message()},
        {"changes", &changes},
        {"published", &published},
        {"agent", &request.agent()}}) {
    if (text->empty()) continue;
    ASSIGN_OR_RETURN(SealedText sealed, texts.Seal(ask.id, name, *text));
    ask.texts.push_back(std::move(sealed));
  }
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* RequestsService::SubmitRequest(grpc::CallbackServerContext* context,
                                                         const v1::SubmitRequestRequest* request,
                                                         v1::SubmitRequestResponse* response) {
  return OnPool(
      parts_, Method("SubmitRequest"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        const Who who = WhoAsks(call);
        const absl::Time now = parts_.clock.Now();
        varsam::requests::SubmitRequest ask;
        RETURN_IF_ERROR(Check(*request));
        ASSIGN_OR_RETURN(ask.right, RightFromProto(request->right(), "right"));
        ask.id = CaseId(NewUuidV7(now));
        ask.language = LanguageFromProto(request->language());
        ask.channel = who.staff && !request->channel().empty() ? request->channel() : "form";
        ask.received_at = now;
        if (who.staff && request->has_received_at()) {
          ask.received_at = FromProto(request->received_at());
          if (ask.received_at > now) return InvalidField("received_at", "in the future");
        }
        ask.actor = who.actor;
        ask.restriction_ground = request->restriction_ground();
        ask.published = request->published_at_size();
        ask.agent = !request->agent().empty();
        ask.contact_end = SeemsContactEnd("", request->message());
        ask.special_risk = SeemsSpecial(request->message());
        ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, *request));
        options.conflict_keys = {"case/" + ask.id.ToString()};
        RETURN_IF_ERROR(parts_.texts.NewKey(ask.id.value(), now));
        RETURN_IF_ERROR(SealTexts(parts_.texts, *request, ask));
        WriteAsk write;
        write.decide = [ask](const Facts&, const journal::Frozen& frozen) {
          return Decide(ask, frozen.now);
        };
        // The same answer for known and unknown people: nobody has been looked up yet.
        ASSIGN_OR_RETURN(*response->mutable_case_id(),
                         parts_.writer.Write(std::move(write), std::move(options)));
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
