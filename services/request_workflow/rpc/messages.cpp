// What the person and the controller write to each other in a case: kept sealed under its key, told
// by a letter that holds a link and nothing else.
#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/domain/special_risk.h"
#include "services/request_workflow/flow/new_letter.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {
namespace {

constexpr std::string_view kFromPerson = "message/";
constexpr std::string_view kFromStaff = "reply/";

// The time is in the id: UUIDv7 begins with milliseconds.
absl::Time TimeOf(const Uuid& id) {
  int64_t millis = 0;
  for (int i = 0; i < 6; ++i) millis = millis * 256 + id.bytes[static_cast<size_t>(i)];
  return absl::FromUnixMillis(millis);
}

// Special categories of data are for the privacy officer and the person.
absl::Status MayRead(const rpc::Call& call, const Who& who, const Case& c) {
  const bool officer = call.caller() != nullptr && call.caller()->HasRole("privacy_officer");
  if (!c.special_risk || who.person || officer) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kPermissionDenied, "SPECIAL_RISK",
                         "only the privacy officer reads this");
}

absl::Status Add(const ServiceParts& parts, const Case& c, const SealedText& sealed,
                 v1::CaseMessage* message) {
  ASSIGN_OR_RETURN(const Personal<std::string> text,
                   parts.texts.Open(c.id, sealed.name, sealed.sealed));
  const size_t slash = sealed.name.find('/');
  const auto id =
      slash == std::string::npos ? std::nullopt : Uuid::Parse(sealed.name.substr(slash + 1));
  message->set_id(id ? id->ToString() : c.id.ToString());
  *message->mutable_at() = ToProto(id ? TimeOf(*id) : c.received_at);
  message->set_from_person(!sealed.name.starts_with(kFromStaff));
  message->set_text(text.Reveal());
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* RequestsService::ListMessages(grpc::CallbackServerContext* context,
                                                        const v1::ListMessagesRequest* request,
                                                        v1::ListMessagesResponse* response) {
  return OnPool(parts_, Method("ListMessages"), context,
                [this, request, response](rpc::Call& call) -> absl::Status {
                  ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
                  ASSIGN_OR_RETURN(const Who who, MayTouch(call, id));
                  ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
                  ASSIGN_OR_RETURN(const CaseView view, parts_.store.ReadCase(*lease, id));
                  RETURN_IF_ERROR(MayRead(call, who, view.file.c));
                  ASSIGN_OR_RETURN(const std::vector<SealedText> texts,
                                   parts_.store.ReadMessages(*lease, id));
                  for (const SealedText& text : texts) {
                    RETURN_IF_ERROR(Add(parts_, view.file.c, text, response->add_messages()));
                  }
                  return absl::OkStatus();
                });
}

grpc::ServerUnaryReactor* RequestsService::AddMessage(grpc::CallbackServerContext* context,
                                                      const v1::AddMessageRequest* request,
                                                      v1::AddMessageResponse*) {
  return OnPool(
      parts_, Method("AddMessage"), context, [this, request](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
        ASSIGN_OR_RETURN(const Who who, MayTouch(call, id));
        if (request->text().empty() || request->text().size() > kMessageBytesMax) {
          return InvalidField("text", "want 1..65536 bytes");
        }
        CaseView view;
        {
          ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
          ASSIGN_OR_RETURN(view, parts_.store.ReadCase(*lease, id));
        }
        varsam::requests::AddMessage ask;
        ask.from_person = who.person;
        ask.special_risk = who.person && SeemsSpecial(request->text());
        ask.actor = who.actor;
        const std::string name(who.person ? kFromPerson : kFromStaff);
        ASSIGN_OR_RETURN(SealedText text,
                         parts_.texts.Seal(id, name + NewUuidV7(parts_.clock.Now()).ToString(),
                                           request->text()));
        ask.texts.push_back(std::move(text));
        ASSIGN_OR_RETURN(const std::string contact, ContactOf(parts_, id));
        if (!who.person && !contact.empty()) {
          FreshLink fresh = NewLink(parts_, view.file.c, LinkUse::kOpen, contact);
          LetterValues values;
          values.link = fresh.url;
          ASSIGN_OR_RETURN(OutgoingMail letter,
                           NewLetter(parts_, view.file.c, contact, LetterKind::kMessage, values));
          ask.letters.push_back(std::move(letter));
          ask.links.push_back(fresh.link);
        }
        return Change(call, *request, id, std::move(ask)).status();
      });
}

}  // namespace varsam::requests
