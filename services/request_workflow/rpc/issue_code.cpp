#include "libs/base/random.h"
#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {
namespace {

constexpr size_t kCodeLetters = 8;
// 32 letters that are not mistaken for each other: eight of them are 40 bits.
constexpr std::string_view kAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
static_assert(kAlphabet.size() == 32);

std::string FreshCode() {
  std::string code;
  for (const char c : RandomBytes(kCodeLetters)) {
    code += kAlphabet[static_cast<unsigned char>(c) % kAlphabet.size()];
  }
  return code;
}

}  // namespace

grpc::ServerUnaryReactor* RequestsService::IssueCode(grpc::CallbackServerContext* context,
                                                     const v1::IssueCodeRequest* request,
                                                     v1::IssueCodeResponse* response) {
  return OnPool(
      parts_, Method("IssueCode"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(const Who who, StaffOnly(call));
        ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
        if (request->delivery() != "post" && request->delivery() != "phone") {
          return InvalidField("delivery", "want post or phone");
        }
        const std::string code = FreshCode();
        CaseCode fresh;
        fresh.case_id = id;
        fresh.code_mac = parts_.texts.CodeMac(id, code);
        fresh.delivery = request->delivery();
        fresh.expires_at = parts_.clock.Now() + kCodeLife;
        journal::SubmitOptions options;  // without request id: a code is never shown twice
        options.time_left = rpc::TimeLeft(call);
        options.conflict_keys = {"case/" + id.ToString()};
        WriteAsk write;
        write.want.case_id = id;
        write.decide = [fresh, actor = who.actor](
                           const Facts& facts,
                           const journal::Frozen& frozen) -> absl::StatusOr<Changes> {
          ASSIGN_OR_RETURN(const CaseFile file, FileOf(facts));
          if (!file.c.candidate || IsEnded(file.c.state)) {
            return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "SUBJECT_UNKNOWN",
                                   "nobody was found for this case, or it is over");
          }
          Changes changes;
          changes.code = fresh;
          changes.events.push_back(
              {file.c.id, frozen.now, "code_issued", file.c.state, actor, fresh.delivery});
          changes.reply = file.c.id.ToString();
          return changes;
        };
        RETURN_IF_ERROR(parts_.writer.Write(std::move(write), std::move(options)).status());
        response->set_code(code);
        *response->mutable_expires_at() = ToProto(fresh.expires_at);
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
