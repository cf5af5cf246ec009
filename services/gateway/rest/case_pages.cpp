// The person's own pages, without script: a case link shows a page (GET changes nothing: mail
// scanners follow links too), its button consumes the link and opens a session, and /case shows how
// the case stands. Swedish unless the browser asks for English first.
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/html.h"
#include "libs/base/ids.h"
#include "libs/base/strings.h"
#include "nlohmann/json.hpp"
#include "services/gateway/rest/exchange.h"
#include "services/gateway/transcode/problem.h"

namespace varsam::gateway {
namespace {

namespace pb = google::protobuf;
constexpr char kRequestsService[] = "varsam.requests.v1.RequestsService";
constexpr size_t kTokenBytesMax = 128;

HttpResponse Page(bool swedish, std::string_view title, std::string_view main) {
  HttpResponse response = TextAnswer("text/html; charset=utf-8", "");
  absl::StrAppend(&response.body, "<!doctype html><html lang=\"", swedish ? "sv" : "en",
                  "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
                  "content=\"width=device-width\"><title>",
                  ToAbsl(title), "</title></head><body><main><h1>", ToAbsl(title), "</h1>",
                  ToAbsl(main), "</main></body></html>\n");
  response.headers.emplace_back("Cache-Control", "no-store");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("Content-Security-Policy",
                                "default-src 'none'; form-action 'self'; frame-ancestors 'none'");
  return response;
}

bool IsToken(std::string_view text) {
  if (text.empty() || text.size() > kTokenBytesMax) return false;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_';
    if (!plain) return false;
  }
  return true;
}

HttpResponse ConfirmPage(bool swedish, std::string_view token) {
  const std::string form = absl::StrCat(
      "<form method=\"post\" action=\"/c/", ToAbsl(token), "\"><button>",
      swedish ? "Bekräfta och visa mitt ärende" : "Confirm and show my case", "</button></form>");
  return Page(swedish, swedish ? "Bekräfta din begäran" : "Confirm your request",
              absl::StrCat("<p>",
                           swedish ? "Tryck på knappen för att bekräfta att begäran kommer från "
                                     "dig. Länken kan användas en gång."
                                   : "Press the button to confirm that the request comes from "
                                     "you. The link works once.",
                           "</p>", form));
}

HttpResponse StopPage(bool swedish, std::string_view token) {
  const std::string form =
      absl::StrCat("<form method=\"post\" action=\"/s/", ToAbsl(token), "\"><button>",
                   swedish ? "Stoppa begäran" : "Stop the request", "</button></form>");
  return Page(
      swedish, swedish ? "Det var inte jag" : "It was not me",
      absl::StrCat("<p>",
                   swedish ? "Tryck på knappen om du inte har gjort begäran. Då avbryts den."
                           : "Press the button if you have not made the request. It is "
                             "then ended.",
                   "</p>", form));
}

std::string TextAt(const nlohmann::json& json, const char* pointer) {
  const nlohmann::json::json_pointer at(pointer);
  return json.contains(at) && json[at].is_string() ? json[at].get<std::string>() : "";
}

// What the person may see of the case, from GetRequest's JSON.
HttpResponse CasePage(bool swedish, const nlohmann::json& answer) {
  const std::string id = TextAt(answer, "/case/id");
  std::string main = absl::StrCat(
      "<dl><dt>", swedish ? "Ärende" : "Case", "</dt><dd>", EscapeHtml(id), "</dd><dt>",
      swedish ? "Läge" : "State", "</dt><dd>", EscapeHtml(TextAt(answer, "/case/state")),
      "</dd><dt>", swedish ? "Sista svarsdag" : "Answered by", "</dt><dd>",
      EscapeHtml(TextAt(answer, "/case/clock/dueDate")), "</dd></dl><ol>");
  const nlohmann::json::json_pointer steps("/case/clock/steps");
  if (answer.contains(steps)) {
    for (const nlohmann::json& step : answer[steps]) {
      absl::StrAppend(&main, "<li>", EscapeHtml(step.value(swedish ? "sv" : "en", "")), "</li>");
    }
  }
  absl::StrAppend(&main, "</ol>");
  if (answer.contains("case") && answer["case"].value("packageReady", false)) {
    const std::string package = absl::StrCat("<p><a href=\"/v1/requests/", EscapeHtml(id),
                                             "/package?format=PACKAGE_FORMAT_");
    absl::StrAppend(
        &main, package, "HTML\">", swedish ? "Läs dina uppgifter" : "Read your data", "</a></p>",
        package, "ZIP\">",
        swedish ? "Hämta dina uppgifter, också som JSON" : "Download your data, as JSON too",
        "</a></p>");
  }
  return Page(swedish, swedish ? "Ditt ärende" : "Your case", main);
}

}  // namespace

// Calls one RPC of the request workflow, with a fresh request id where it takes one; `render` gets
// its answer as a message.
void Rest::RequestsCall(const Shared& exchange, const char* rpc, const char* field,
                        const std::string& value,
                        std::function<absl::StatusOr<HttpResponse>(const pb::Message&)> render) {
  const pb::ServiceDescriptor* service = pool_.FindServiceByName(kRequestsService);
  const auto channel = config_.services.find(kRequestsService);
  if (service == nullptr || channel == config_.services.end()) {
    return exchange->Fail(HttpError(404, "NO_SUCH_PATH"));
  }
  BackendCall call;
  call.method = service->FindMethodByName(rpc);
  call.service = channel->second;
  auto message = codec_.New(*call.method->input_type());
  message->GetReflection()->SetString(message.get(),
                                      message->GetDescriptor()->FindFieldByName(field), value);
  if (const auto* id = message->GetDescriptor()->FindFieldByName("request_id")) {
    message->GetReflection()->SetString(message.get(), id,
                                        NewUuidV7(SystemClock().Now()).ToString());
  }
  call.request = message->SerializeAsString();
  call.trace = exchange->trace;
  call.deadline = SystemClock().Now() + config_.call_limit;
  call.caller = exchange->principal.anonymous ? nullptr : &exchange->principal.caller;
  const pb::Descriptor* output = call.method->output_type();
  backend_.Unary(std::move(call), [this, exchange, output, render = std::move(render)](
                                      absl::Status status, std::string wire) {
    if (!status.ok()) return exchange->Fail(status);
    auto answer = codec_.New(*output);
    if (!answer->ParseFromString(wire)) {
      return exchange->Fail(ErrorWithReason(absl::StatusCode::kInternal, "BAD_BACKEND_MESSAGE",
                                            "the answer cannot be read"));
    }
    absl::StatusOr<HttpResponse> response = render(*answer);
    if (!response.ok()) return exchange->Fail(response.status());
    exchange->responder->Send(*std::move(response));
  });
}

// GET and POST of /c/<token> and /s/<token>, GET /case. False when the path is none of them.
bool Rest::HandleCasePages(const Shared& exchange) {
  const HttpRequest& request = exchange->request;
  const std::string_view path = request.Path();
  const bool link = absl::StartsWith(ToAbsl(path), "/c/") && IsToken(path.substr(3));
  const bool stop = absl::StartsWith(ToAbsl(path), "/s/") && IsToken(path.substr(3));
  const bool show = path == "/case" && request.method == "GET";
  if (!show && !((link || stop) && (request.method == "GET" || request.method == "POST")))
    return false;
  if (const auto wait = public_limit_.Take("page " + request.peer, MonotonicNow())) {
    exchange->Fail(
        RetryLater(absl::StatusCode::kResourceExhausted, "RATE_LIMIT", "too many calls", *wait));
    return true;
  }
  if (stop && request.method == "GET") {
    exchange->responder->Send(StopPage(exchange->swedish, path.substr(3)));
    return true;
  }
  if (stop) {
    RequestsCall(exchange, "StopRequest", "token", std::string(path.substr(3)),
                 [exchange](const pb::Message&) -> absl::StatusOr<HttpResponse> {
                   const bool swedish = exchange->swedish;
                   return Page(swedish, swedish ? "Begäran är stoppad" : "The request is stopped",
                               swedish ? "<p>Tack. En medarbetare ser på det.</p>"
                                       : "<p>Thank you. A person will look at it.</p>");
                 });
    return true;
  }
  if (link && request.method == "GET") {
    exchange->responder->Send(ConfirmPage(exchange->swedish, path.substr(3)));
    return true;
  }
  if (link) {
    RequestsCall(exchange, "ExchangeCaseLink", "token", std::string(path.substr(3)),
                 [this](const pb::Message& answer) -> absl::StatusOr<HttpResponse> {
                   HttpResponse response;
                   if (absl::Status opened = OpenSession(answer, response); !opened.ok()) {
                     return opened;
                   }
                   response.status = 303;
                   response.headers.emplace_back("Location", "/case");
                   return response;
                 });
    return true;
  }
  absl::StatusOr<Principal> person = Authenticate(request);
  if (!person.ok() || !person->IsPerson()) {
    exchange->Fail(ErrorWithReason(absl::StatusCode::kUnauthenticated, "SIGN_IN",
                                   "open the link of the case first"));
    return true;
  }
  exchange->principal = *std::move(person);
  const std::string case_id = exchange->principal.caller.case_id;
  RequestsCall(exchange, "GetRequest", "case_id", case_id,
               [this, exchange](const pb::Message& answer) -> absl::StatusOr<HttpResponse> {
                 auto json = codec_.ToJson(*answer.GetDescriptor(), answer.SerializeAsString());
                 if (!json.ok()) return json.status();
                 return CasePage(exchange->swedish, nlohmann::json::parse(*json, nullptr, false));
               });
  return true;
}

}  // namespace varsam::gateway
