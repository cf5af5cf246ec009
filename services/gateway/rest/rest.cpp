#include "services/gateway/rest/rest.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/gateway/auth/operations.h"
#include "services/gateway/rest/exchange.h"
#include "services/gateway/rest/file_answer.h"
#include "services/gateway/transcode/openapi.h"
#include "services/gateway/transcode/problem.h"
#include "services/gateway/transcode/request_builder.h"

namespace varsam::gateway {
namespace {

namespace pb = google::protobuf;

constexpr std::string_view kBearer = "Bearer ";
constexpr char kConsent[] = "consent";

bool IsWrite(const HttpRequest& request) { return request.method != "GET"; }

// A browser says where a request comes from; another site may not use the person's session.
bool ComesFromOwnPages(const HttpRequest& request) {
  const std::string_view site = request.Header("Sec-Fetch-Site");
  if (!site.empty() && site != "same-origin" && site != "none") return false;
  const std::string_view origin = request.Header("Origin");
  return origin.empty() || origin == absl::StrCat(request.secure ? "https://" : "http://",
                                                  ToAbsl(request.Header("Host")));
}

absl::Status CheckContentType(const HttpRequest& request, bool is_public) {
  if (request.body.empty()) return absl::OkStatus();
  std::string_view type = request.Header("Content-Type");
  type = type.substr(0, type.find(';'));
  if (absl::EqualsIgnoreCase(ToAbsl(type), "application/json")) return absl::OkStatus();
  const bool form = absl::EqualsIgnoreCase(ToAbsl(type), "application/x-www-form-urlencoded");
  return form && is_public ? absl::OkStatus() : HttpError(415, "CONTENT_TYPE");
}

bool IsForm(const HttpRequest& request) {
  return absl::StartsWithIgnoreCase(ToAbsl(request.Header("Content-Type")),
                                    "application/x-www-form-urlencoded");
}

}  // namespace

Rest::Rest(RestConfig config, const pb::DescriptorPool& pool, Backend& backend,
           TokenVerifier& tokens, std::vector<Promise> promises, const Clock& clock)
    : config_(std::move(config)),
      pool_(pool),
      backend_(backend),
      tokens_(tokens),
      promises_(std::move(promises)),
      clock_(clock),
      codec_(pool),
      public_limit_(config_.public_calls_per_second, config_.public_burst),
      limit_(config_.calls_per_second, config_.burst) {}

absl::StatusOr<std::unique_ptr<Rest>> Rest::Build(RestConfig config, const pb::DescriptorPool& pool,
                                                  Backend& backend, TokenVerifier& tokens,
                                                  std::vector<Promise> promises,
                                                  const Clock& clock) {
  std::unique_ptr<Rest> rest(
      new Rest(std::move(config), pool, backend, tokens, std::move(promises), clock));
  std::vector<const pb::ServiceDescriptor*> services;
  for (const auto& [name, channel] : rest->config_.services) {
    services.push_back(pool.FindServiceByName(name));
    if (services.back() == nullptr) return InvalidField("services", name + " is not in the API");
  }
  ASSIGN_OR_RETURN(RouteTable table, RouteTable::Build(services));
  rest->table_ = std::make_unique<RouteTable>(std::move(table));
  for (const Route& route : rest->table_->routes) {
    rest->roles_.push_back(RolesOf(route.method->full_name()));
    if (rest->roles_.back().empty()) {
      return ErrorWithReason(absl::StatusCode::kInvalidArgument, "OPERATION_WITHOUT_ROLES",
                             route.method->full_name());
    }
  }
  OpenApiOptions options;
  options.roles = [](std::string_view method) { return RolesOf(method); };
  rest->openapi_ = ToOpenApi(*rest->table_, options);
  return rest;
}

void Rest::Handle(HttpRequest request, std::shared_ptr<Responder> responder) {
  auto exchange = std::make_shared<Exchange>();
  exchange->trace = TraceOf(request);
  exchange->swedish = WantsSwedish(request);
  exchange->request = std::move(request);
  exchange->responder = std::move(responder);
  if (HandleOwn(exchange)) return;
  if (const absl::Status status = HandleRoute(exchange); !status.ok()) exchange->Fail(status);
}

bool Rest::HandleHealth(const Shared& exchange) {
  const std::string_view path = exchange->request.Path();
  if (path == "/healthz") {
    exchange->responder->Send(TextAnswer("text/plain", "ok\n"));
    return true;
  }
  if (path != "/readyz") return false;
  HttpResponse response = TextAnswer("text/plain", ready_ ? "ready\n" : "not ready\n");
  response.status = ready_ ? 200 : 503;
  exchange->responder->Send(std::move(response));
  return true;
}

// The paths that are the gateway's own. False when the path is none of them.
bool Rest::HandleOwn(const Shared& exchange) {
  const HttpRequest& request = exchange->request;
  if (request.method == "POST" && request.Path() == "/v1/session:end") {
    sessions_.Close(SessionIdOf(request.Header("Cookie")));
    HttpResponse response;
    response.body = "{}";
    response.headers.emplace_back("Set-Cookie", SessionClearCookie());
    exchange->responder->Send(std::move(response));
    return true;
  }
  if (HandleCasePages(exchange)) return true;
  if (request.method != "GET") return false;
  if (HandleHealth(exchange)) return true;
  if (request.Path() == "/openapi.json") {
    exchange->responder->Send(TextAnswer("application/json", openapi_));
    return true;
  }
  const bool mine =
      request.Path() == "/v1/promises" || absl::StartsWith(request.target, "/ledger/");
  if (!mine) return false;
  if (const auto wait = public_limit_.Take("own " + request.peer, MonotonicNow())) {
    exchange->Fail(
        RetryLater(absl::StatusCode::kResourceExhausted, "RATE_LIMIT", "too many calls", *wait));
    return true;
  }
  if (request.Path() != "/v1/promises") return HandleLedger(exchange);
  HandlePromises(exchange);
  return true;
}

absl::StatusOr<Principal> Rest::Authenticate(const HttpRequest& request) {
  if (request.HeaderCount("Authorization") > 1) return HttpError(400, "BAD_HEADER_FIELD");
  const std::string_view header = request.Header("Authorization");
  if (!header.empty()) {
    if (!absl::StartsWithIgnoreCase(ToAbsl(header), ToAbsl(kBearer))) {
      return ErrorWithReason(absl::StatusCode::kUnauthenticated, "INVALID_TOKEN",
                             "a bearer token is wanted");
    }
    return tokens_.Verify(std::string(header.substr(kBearer.size())), SystemClock().Now());
  }
  const std::string id = SessionIdOf(request.Header("Cookie"));
  if (id.empty()) return Principal{};
  auto person = sessions_.Find(id, MonotonicNow());
  if (!person) return Principal{};
  if (IsWrite(request) && !ComesFromOwnPages(request)) {
    return ErrorWithReason(absl::StatusCode::kPermissionDenied, "CROSS_SITE",
                           "another site may not use this session");
  }
  return *std::move(person);
}

absl::Status Rest::Admit(const Exchange& exchange, const Route& route) {
  const std::vector<std::string>& roles = roles_[exchange.route];
  const Principal& principal = exchange.principal;
  if (!principal.MayActAs(roles)) {
    if (principal.anonymous) {
      return ErrorWithReason(absl::StatusCode::kUnauthenticated, "SIGN_IN", "sign in first");
    }
    return ErrorWithReason(absl::StatusCode::kPermissionDenied, "ROLE_NOT_ALLOWED",
                           absl::StrCat("no role allows ", route.method->name()));
  }
  const auto wait = principal.anonymous
                        ? public_limit_.Take("call " + exchange.request.peer, MonotonicNow())
                        : limit_.Take(principal.Key(), MonotonicNow());
  if (!wait) return absl::OkStatus();
  return RetryLater(absl::StatusCode::kResourceExhausted, "RATE_LIMIT", "too many calls", *wait);
}

// A person's session reaches the own case and the own subject, nothing else; another's looks
// absent.
absl::Status Rest::KeepToOwnCase(const Exchange& exchange, pb::Message& message) const {
  if (!exchange.principal.IsPerson()) return absl::OkStatus();
  const rpc::Caller& caller = exchange.principal.caller;
  const std::string case_id = TextOf(message, "case_id");
  const std::string subject_id = TextOf(message, "subject_id");
  const bool own_case = !case_id.empty() && case_id == caller.case_id;
  const bool own_subject = !subject_id.empty() && subject_id == caller.id;
  if ((own_case || case_id.empty()) && (own_subject || subject_id.empty()) &&
      (own_case || own_subject)) {
    return absl::OkStatus();
  }
  return ErrorWithReason(absl::StatusCode::kNotFound, "NOT_FOUND", "no such thing for this caller");
}

absl::Status Rest::HandleRoute(const Shared& exchange) {
  HttpRequest& request = exchange->request;
  RouteMatch match = table_->router.Find(request.method, request.Path());
  if (match.kind == RouteMatch::Kind::kBadPath) return HttpError(400, "BAD_PATH");
  if (match.kind == RouteMatch::Kind::kNoSuchPath) return HttpError(404, "NO_SUCH_PATH");
  if (match.kind == RouteMatch::Kind::kMethodNotAllowed) {
    exchange->FailWith(HttpError(405, "METHOD_NOT_ALLOWED"), "Allow",
                       absl::StrJoin(match.allowed_methods, ", "));
    return absl::OkStatus();
  }
  exchange->route = match.route;
  const Route& route = table_->routes[match.route];
  const bool is_public = Principal{}.MayActAs(roles_[match.route]);
  ASSIGN_OR_RETURN(exchange->principal, Authenticate(request));
  RETURN_IF_ERROR(Admit(*exchange, route));
  RETURN_IF_ERROR(CheckContentType(request, is_public));
  if (request.HeaderCount("Idempotency-Key") > 1) {
    return InvalidField("Idempotency-Key", "given twice");
  }
  RequestParts parts;
  parts.variables = std::move(match.variables);
  parts.query = request.Query();
  parts.body = request.body;
  parts.form = IsForm(request);
  parts.idempotency_key = request.Header("Idempotency-Key");
  parts.if_match = request.Header("If-Match");
  parts.sec_gpc = request.Header("Sec-GPC") == "1";
  const std::string principal = exchange->principal.Key();
  parts.principal = principal;
  ASSIGN_OR_RETURN(auto message, BuildRequest(route, codec_, parts, config_.json));
  RETURN_IF_ERROR(KeepToOwnCase(*exchange, *message));
  BackendCall call;
  call.method = route.method;
  call.service = config_.services.at(route.method->service()->full_name());
  call.request = message->SerializeAsString();
  call.trace = exchange->trace;
  call.caller = exchange->principal.anonymous ? nullptr : &exchange->principal.caller;
  const bool stream = route.method->server_streaming();
  call.deadline = SystemClock().Now() + (stream ? config_.stream_limit : config_.call_limit);
  stream ? CallStream(exchange, std::move(call)) : CallUnary(exchange, std::move(call));
  return absl::OkStatus();
}

void Rest::CallUnary(const Shared& exchange, BackendCall call) {
  if (IsFile(*call.method->output_type()) && WantsFile(exchange->request)) {
    return CallFile(exchange, std::move(call));
  }
  std::string to_keep;
  if (kept_ != nullptr && KeptDecisions::Concerns(*call.method)) {
    KeptDecisions::Found found = kept_->Find(call.request);
    if (found.answer) return Finish(*exchange, *std::move(found.answer));
    if (found.keep) to_keep = call.request;
  }
  KeptDecisions* const heeding = call.service == kConsent ? kept_ : nullptr;
  const pb::Descriptor* const type = call.method->output_type();
  backend_.Unary(std::move(call), [this, exchange, to_keep = std::move(to_keep), heeding, type](
                                      absl::Status status, std::string wire) {
    if (!status.ok()) return exchange->Fail(status);
    if (!to_keep.empty()) {
      wire = kept_->Keep(to_keep, std::move(wire));
    } else if (heeding != nullptr) {
      heeding->Heed(*type, wire);
    }
    Finish(*exchange, std::move(wire));
  });
}

void Rest::Finish(Exchange& exchange, std::string wire) {
  auto response = Render(exchange, std::move(wire));
  if (!response.ok()) return exchange.Fail(response.status());
  exchange.responder->Send(*std::move(response));
}

}  // namespace varsam::gateway
