// From an RPC's answer to HTTP: JSON, one field of it, a file to download, or a stream of events.
#include <memory>
#include <mutex>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/timestamp.pb.h"
#include "grpcpp/alarm.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/gateway/rest/exchange.h"
#include "services/gateway/rest/file_answer.h"

namespace varsam::gateway {

namespace pb = google::protobuf;

namespace {

constexpr char kExchangeCaseLink[] = "varsam.requests.v1.RequestsService.ExchangeCaseLink";

}  // namespace

absl::StatusOr<HttpResponse> Rest::Render(const Exchange& exchange, std::string wire) {
  const Route& route = table_->routes[exchange.route];
  const pb::Descriptor& type = *route.method->output_type();
  const bool link = route.method->full_name() == kExchangeCaseLink;
  const bool file = IsFile(type) && WantsFile(exchange.request);
  HttpResponse response;
  if (link || file || route.response_etag != nullptr) {
    auto message = codec_.New(type);
    if (!message->ParseFromString(wire)) {
      return ErrorWithReason(absl::StatusCode::kInternal, "BAD_BACKEND_MESSAGE",
                             "the answer cannot be read");
    }
    if (file) return FileAnswer(*message);
    if (link) RETURN_IF_ERROR(OpenSession(*message, response));
    if (const std::string etag = route.response_etag != nullptr ? TextOf(*message, "etag") : "";
        IsPlainToken(etag)) {
      response.headers.emplace_back("ETag", absl::StrCat("\"", etag, "\""));
    }
  }
  ASSIGN_OR_RETURN(response.body, codec_.ToJson(type, wire));
  return response;
}

absl::Status Rest::OpenSession(const pb::Message& message, HttpResponse& response) {
  absl::Duration lifetime = kSessionAgeMax;
  if (const auto* field = message.GetDescriptor()->FindFieldByName("expires_at")) {
    pb::Timestamp expires;
    const pb::Message& sent = message.GetReflection()->GetMessage(message, field);
    if (message.GetReflection()->HasField(message, field) &&
        expires.ParseFromString(sent.SerializeAsString())) {
      lifetime = absl::FromUnixSeconds(expires.seconds()) - clock_.Now();
    }
  }
  const std::string id = sessions_.Open(TextOf(message, "subject_id"), TextOf(message, "case_id"),
                                        MonotonicNow(), lifetime);
  if (id.empty()) {
    return RetryLater(absl::StatusCode::kResourceExhausted, "TOO_MANY_SESSIONS",
                      "no session can be opened now", absl::Minutes(1));
  }
  response.headers.emplace_back("Set-Cookie", SessionSetCookie(id));
  return absl::OkStatus();
}

namespace {

// The life of one event stream. The first message (or the end) decides between an HTTP error and
// 200.
struct EventStream : std::enable_shared_from_this<EventStream> {
  std::shared_ptr<Responder> responder;
  std::mutex mutex;
  std::shared_ptr<BackendStream> call;
  bool gone = false;
  bool ended = false;
  bool begun = false;
  uint64_t next_id = 1;
  absl::Duration heartbeat;
  grpc::Alarm alarm;

  void Begin() {
    if (std::exchange(begun, true)) return;
    HttpResponse head;
    head.content_type = "text/event-stream";
    head.headers.emplace_back("Cache-Control", "no-store");
    responder->BeginStream(std::move(head), [self = weak_from_this()] {
      if (auto stream = self.lock()) stream->Gone();
    });
    Beat();
  }

  void Gone() {
    std::shared_ptr<BackendStream> to_cancel;
    {
      std::lock_guard lock(mutex);
      gone = true;
      to_cancel = call;
    }
    if (to_cancel != nullptr) to_cancel->Cancel();
  }

  // A comment line keeps proxies from closing and finds clients that are gone.
  void Beat() {
    alarm.Set(absl::ToChronoTime(SystemClock().Now() + heartbeat),
              [self = shared_from_this()](bool fired) {
                if (!fired) return;
                std::lock_guard lock(self->mutex);
                if (self->ended || self->gone) return;
                if (self->responder->Write(": beat\n\n")) self->Beat();
              });
  }
};

}  // namespace

void Rest::CallStream(const Shared& exchange, BackendCall call) {
  auto stream = std::make_shared<EventStream>();
  stream->responder = exchange->responder;
  stream->heartbeat = config_.heartbeat;
  const pb::Descriptor* type = call.method->output_type();
  auto on_message = [this, stream, type](std::string wire) {
    auto json = codec_.ToJson(*type, wire);
    if (!json.ok()) return false;
    std::lock_guard lock(stream->mutex);
    if (stream->gone) return false;
    stream->Begin();
    return stream->responder->Write(
        absl::StrCat("id: ", stream->next_id++, "\ndata: ", *json, "\n\n"));
  };
  auto done = [stream, exchange](absl::Status status) {
    std::lock_guard lock(stream->mutex);
    stream->ended = true;
    stream->call.reset();
    if (!stream->begun && !status.ok()) return exchange->Fail(status);
    stream->Begin();
    stream->alarm.Cancel();
    if (!status.ok() && status.code() != absl::StatusCode::kDeadlineExceeded) {
      stream->responder->Write(absl::StrCat(
          "event: problem\ndata: ", ProblemAnswer(status, exchange->trace, exchange->swedish).body,
          "\n\n"));
    }
    stream->responder->EndStream();
  };
  auto started = backend_.ServerStream(std::move(call), std::move(on_message), std::move(done));
  std::lock_guard lock(stream->mutex);
  if (stream->ended || started == nullptr) return;
  stream->call = started;
  if (stream->gone) started->Cancel();
}

}  // namespace varsam::gateway
