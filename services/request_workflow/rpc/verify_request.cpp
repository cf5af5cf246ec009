#include "libs/base/strings.h"
#include "libs/calendar/stockholm.h"
#include "services/request_workflow/domain/case_decisions.h"
#include "services/request_workflow/rpc/requests_service.h"

namespace varsam::requests {

absl::StatusOr<std::string> RequestsService::UseLink(const std::string& token,
                                                     std::optional<CaseId> id, bool open_too,
                                                     journal::SubmitOptions options) {
  VerifyByLink ask;
  ask.token_sha256 = Sha256(token);
  ask.open_too = open_too;
  ask.cooling_off = parts_.cooling_off;
  options.conflict_keys = {"link/" + ToHex(ask.token_sha256)};
  std::optional<CaseId> of_case = id;
  if (!of_case) {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    ASSIGN_OR_RETURN(of_case, parts_.store.FindLinkCase(*lease, ask.token_sha256));
  }
  if (of_case) options.conflict_keys.push_back("case/" + of_case->ToString());
  WriteAsk write;
  write.want.case_id = id;
  write.want.token_sha256 = ask.token_sha256;
  write.decide = [ask](const Facts& facts, const journal::Frozen& frozen) {
    return Decide(ask, facts.link, facts.file, frozen.now);
  };
  ASSIGN_OR_RETURN(std::string reply, parts_.writer.Write(std::move(write), std::move(options)));
  if (!reply.empty()) return reply;
  return ErrorWithReason(absl::StatusCode::kNotFound, "LINK_INVALID",
                         "this link does not work, or no longer");
}

absl::Status RequestsService::UseCode(const std::string& code, CaseId id,
                                      journal::SubmitOptions options) {
  const absl::Status invalid = ErrorWithReason(absl::StatusCode::kNotFound, "CODE_INVALID",
                                               "this code does not work, or no longer");
  if (code.size() > 32) return invalid;
  VerifyByCode ask;
  ask.code_mac = parts_.texts.CodeMac(id, ReadableCode(code));
  ask.cooling_off = parts_.cooling_off;
  options.conflict_keys = {"case/" + id.ToString()};
  {
    ASSIGN_OR_RETURN(pg::Pool::Lease lease, parts_.pool.Acquire(kPoolWait));
    const absl::StatusOr<CaseView> view = parts_.store.ReadCase(*lease, id);
    if (!view.ok()) return absl::IsNotFound(view.status()) ? invalid : view.status();
    // Failures of one person are counted over all its cases, one after the other.
    const std::optional<SubjectId>& about = view->file.c.candidate;
    if (about) options.conflict_keys.push_back("identity/" + about->ToString());
  }
  WriteAsk write;
  write.want.case_id = id;
  write.want.identity_day = calendar::LocalDayOf(parts_.clock.Now());
  write.decide = [ask](const Facts& facts, const journal::Frozen& frozen) {
    return Decide(ask, facts.code, facts.identity_tries, facts.file, frozen.now);
  };
  ASSIGN_OR_RETURN(const std::string reply,
                   parts_.writer.Write(std::move(write), std::move(options)));
  return reply.empty() ? invalid : absl::OkStatus();
}

grpc::ServerUnaryReactor* RequestsService::VerifyRequest(grpc::CallbackServerContext* context,
                                                         const v1::VerifyRequestRequest* request,
                                                         v1::VerifyRequestResponse* response) {
  return OnPool(
      parts_, Method("VerifyRequest"), context,
      [this, request, response](rpc::Call& call) -> absl::Status {
        ASSIGN_OR_RETURN(const CaseId id, ParseCaseId(request->case_id()));
        const Who who = WhoAsks(call);
        if (!request->token().empty()) {
          ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, *request));
          RETURN_IF_ERROR(UseLink(request->token(), id, false, std::move(options)).status());
          ASSIGN_OR_RETURN(*response->mutable_case_(), ReadCase(id));
          return absl::OkStatus();
        }
        if (!request->code().empty()) {
          ASSIGN_OR_RETURN(auto options, rpc::WriteOptions<journal::SubmitOptions>(call, *request));
          RETURN_IF_ERROR(UseCode(request->code(), id, std::move(options)));
          ASSIGN_OR_RETURN(*response->mutable_case_(), ReadCase(id));
          return absl::OkStatus();
        }
        if (!who.staff) return StaffOnly(call).status();
        VerifyByStaff ask;
        ask.level = static_cast<IdentityLevel>(request->level());
        ask.method = request->method();
        ask.actor = who.actor;
        ASSIGN_OR_RETURN(*response->mutable_case_(), Change(call, *request, id, std::move(ask)));
        return absl::OkStatus();
      });
}

}  // namespace varsam::requests
