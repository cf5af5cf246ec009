// The logs of the services over HTTP, as C2SP tlog-tiles has it, and the promises with their
// evidence.
#include <map>
#include <mutex>

#include "absl/strings/match.h"
#include "libs/base/error.h"
#include "libs/base/strings.h"
#include "services/gateway/rest/exchange.h"
#include "services/gateway/rest/tile_path.h"
#include "services/gateway/transcode/problem.h"

namespace varsam::gateway {
namespace {

namespace pb = google::protobuf;
constexpr char kLedgerService[] = "varsam.ledger.v1.LedgerService";
constexpr absl::Duration kVerifyLimit = absl::Minutes(2);
constexpr absl::Duration kEvidenceLimit = absl::Seconds(2);
constexpr char kForever[] = "public, max-age=31536000, immutable";

const pb::MethodDescriptor* LedgerMethod(const pb::DescriptorPool& pool, const char* name) {
  const pb::ServiceDescriptor* service = pool.FindServiceByName(kLedgerService);
  return service == nullptr ? nullptr : service->FindMethodByName(name);
}

const pb::FieldDescriptor* Field(const pb::Message& message, const char* name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

}  // namespace

void Rest::LedgerCall(const Shared& exchange, const std::string& channel, const char* method,
                      std::string request, std::function<HttpResponse(std::string)> render) {
  BackendCall call;
  call.method = LedgerMethod(pool_, method);
  if (call.method == nullptr) return exchange->Fail(HttpError(404, "NO_SUCH_PATH"));
  call.service = channel;
  call.request = std::move(request);
  call.trace = exchange->trace;
  call.deadline = SystemClock().Now() +
                  (call.method->name() == "VerifyLog" ? kVerifyLimit : config_.call_limit);
  backend_.Unary(std::move(call),
                 [exchange, render = std::move(render)](absl::Status status, std::string wire) {
                   if (!status.ok()) return exchange->Fail(status);
                   exchange->responder->Send(render(std::move(wire)));
                 });
}

bool Rest::HandleLedger(const Shared& exchange) {
  std::string_view rest = exchange->request.Path();
  rest.remove_prefix(std::string_view("/ledger/").size());
  const size_t slash = rest.find('/');
  const auto ledger = config_.ledgers.find(std::string(rest.substr(0, slash)));
  const std::string_view what =
      slash == std::string_view::npos ? std::string_view() : rest.substr(slash + 1);
  if (ledger == config_.ledgers.end() || what.empty()) {
    exchange->Fail(HttpError(404, "NO_SUCH_PATH"));
    return true;
  }
  const auto field_of = [this](const char* method, const std::string& wire, const char* name) {
    auto message = codec_.New(*LedgerMethod(pool_, method)->output_type());
    if (!message->ParseFromString(wire)) return std::string();
    return message->GetReflection()->GetString(*message, Field(*message, name));
  };
  if (what == "checkpoint" || what == "vkey") {
    const char* name = what == "checkpoint" ? "checkpoint" : "vkey";
    LedgerCall(exchange, ledger->second, "GetCheckpoint", "", [field_of, name](std::string wire) {
      std::string text = field_of("GetCheckpoint", wire, name);
      if (text.empty() || text.back() != '\n') text += '\n';
      return TextAnswer("text/plain; charset=utf-8", std::move(text));
    });
    return true;
  }
  if (what == "verify") {
    VerifyLedger(exchange, ledger->second);
    return true;
  }
  constexpr std::string_view kTile = "tile/";
  const auto tile = absl::StartsWith(ToAbsl(what), ToAbsl(kTile))
                        ? ParseTilePath(what.substr(kTile.size()))
                        : std::nullopt;
  if (!tile) {
    exchange->Fail(HttpError(404, "NO_SUCH_TILE"));
    return true;
  }
  auto message = codec_.New(*LedgerMethod(pool_, "GetTile")->input_type());
  const pb::Reflection& reflection = *message->GetReflection();
  reflection.SetUInt32(message.get(), Field(*message, "level"), tile->level);
  reflection.SetUInt64(message.get(), Field(*message, "index"), tile->index);
  reflection.SetUInt32(message.get(), Field(*message, "width"), tile->width);
  reflection.SetBool(message.get(), Field(*message, "entries"), tile->entries);
  LedgerCall(exchange, ledger->second, "GetTile", message->SerializeAsString(),
             [field_of](std::string wire) {
               HttpResponse response =
                   TextAnswer("application/octet-stream", field_of("GetTile", wire, "data"));
               response.headers.emplace_back("Cache-Control", kForever);
               return response;
             });
  return true;
}

// Has the service walk its whole log and name the first damage. For those who check, not for the
// public: it costs the service a pass over everything.
void Rest::VerifyLedger(const Shared& exchange, const std::string& channel) {
  absl::StatusOr<Principal> caller = Authenticate(exchange->request);
  if (!caller.ok()) return exchange->Fail(caller.status());
  if (!caller->MayActAs({"auditor", "operator", "privacy_officer"})) {
    return exchange->Fail(
        caller->anonymous
            ? ErrorWithReason(absl::StatusCode::kUnauthenticated, "SIGN_IN", "sign in first")
            : ErrorWithReason(absl::StatusCode::kPermissionDenied, "ROLE_NOT_ALLOWED",
                              "no role allows VerifyLog"));
  }
  exchange->principal = *std::move(caller);
  const pb::MethodDescriptor* method = LedgerMethod(pool_, "VerifyLog");
  LedgerCall(exchange, channel, "VerifyLog", "", [this, method](std::string wire) {
    auto json = codec_.ToJson(*method->output_type(), wire);
    return TextAnswer("application/json", json.ok() ? *std::move(json) : "{}");
  });
}

// Asks every ledger for its checkpoint now; the answer waits for all, at most kEvidenceLimit.
void Rest::HandlePromises(const Shared& exchange) {
  struct Gathering {
    std::mutex mutex;
    size_t left = 0;
    std::map<std::string, LedgerEvidence> ledgers;
  };
  const pb::MethodDescriptor* method = LedgerMethod(pool_, "GetCheckpoint");
  if (method == nullptr || config_.ledgers.empty()) {
    exchange->responder->Send(TextAnswer("application/json", PromisesJson(promises_, {})));
    return;
  }
  auto gathering = std::make_shared<Gathering>();
  gathering->left = config_.ledgers.size();
  for (const auto& [name, channel] : config_.ledgers) {
    BackendCall call;
    call.method = method;
    call.service = channel;
    call.trace = exchange->trace;
    call.deadline = SystemClock().Now() + kEvidenceLimit;
    backend_.Unary(std::move(call), [this, exchange, gathering, method, name = name](
                                        absl::Status status, std::string wire) {
      LedgerEvidence evidence;
      // A log without a first entry answers too.
      evidence.reachable = status.ok() || ReasonOf(status) == "LEDGER_EMPTY";
      evidence.reason = ReasonOf(status);
      auto message = codec_.New(*method->output_type());
      if (status.ok() && message->ParseFromString(wire)) {
        evidence.entries = message->GetReflection()->GetUInt64(*message, Field(*message, "size"));
      }
      std::unique_lock lock(gathering->mutex);
      gathering->ledgers[name] = std::move(evidence);
      if (--gathering->left > 0) return;
      lock.unlock();
      exchange->responder->Send(
          TextAnswer("application/json", PromisesJson(promises_, gathering->ledgers)));
    });
  }
}

}  // namespace varsam::gateway
