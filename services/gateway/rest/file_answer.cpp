// A file as the answer to a request. One of many pieces (`next_part` and `ticket` of its answer)
// goes out piece by piece: the next is asked for when the one before has been written, so that a
// file of any size needs the memory of one piece.
#include "services/gateway/rest/file_answer.h"

#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "libs/base/strings.h"
#include "services/gateway/rest/exchange.h"

namespace varsam::gateway {

namespace pb = google::protobuf;

std::string TextOf(const pb::Message& message, const char* name) {
  const pb::FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->is_repeated() ||
      field->cpp_type() != pb::FieldDescriptor::CPPTYPE_STRING) {
    return "";
  }
  return message.GetReflection()->GetString(message, field);
}

bool IsFile(const pb::Descriptor& type) {
  const pb::FieldDescriptor* content = type.FindFieldByName("content");
  return content != nullptr && content->type() == pb::FieldDescriptor::TYPE_BYTES &&
         !content->is_repeated() && type.FindFieldByName("content_type") != nullptr &&
         type.FindFieldByName("file_name") != nullptr;
}

bool IsPlainToken(std::string_view text) {
  if (text.empty() || text.size() > 128) return false;
  for (char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) &&
        std::string_view("-._/+;= ").find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool WantsFile(const HttpRequest& request) {
  const std::string_view accept = request.Header("Accept");
  return absl::StrContains(ToAbsl(accept), "text/html") ||
         absl::StrContains(ToAbsl(accept), "application/octet-stream");
}

HttpResponse FileAnswer(const pb::Message& message) {
  HttpResponse response;
  response.body = TextOf(message, "content");
  const std::string type = TextOf(message, "content_type"), name = TextOf(message, "file_name");
  response.content_type = IsPlainToken(type) ? type : "application/octet-stream";
  response.headers.emplace_back(
      "Content-Disposition",
      absl::StrCat("attachment; filename=\"",
                   IsPlainToken(name) && !absl::StrContains(name, "/") ? name : "download", "\""));
  return response;
}

namespace {

constexpr size_t kWrittenAtOnce = 128 * 1024;

uint32_t NumberOf(const pb::Message& message, const char* name) {
  const pb::FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  const bool number = field != nullptr && field->type() == pb::FieldDescriptor::TYPE_UINT32;
  return number ? message.GetReflection()->GetUInt32(message, field) : 0;
}

}  // namespace

class Rest::FileStream : public std::enable_shared_from_this<Rest::FileStream> {
 public:
  FileStream(Rest& rest, Shared exchange, BackendCall call)
      : rest_(rest), exchange_(std::move(exchange)), call_(std::move(call)) {}

  void Begin(const pb::Message& first) {
    HttpResponse head = FileAnswer(first);
    head.body.clear();
    head.headers.emplace_back("Cache-Control", "no-store");
    exchange_->responder->BeginStream(std::move(head), [] {});
    Take(first);
  }

 private:
  void Take(const pb::Message& piece) {
    content_ = TextOf(piece, "content");
    at_ = 0;
    next_part_ = NumberOf(piece, "next_part");
    ticket_ = TextOf(piece, "ticket");
    Pump();
  }

  // One step after the other: whoever calls, nobody else is at it.
  void Pump() {
    if (at_ == content_.size()) return next_part_ == 0 ? exchange_->responder->EndStream() : Ask();
    const std::string some = content_.substr(at_, kWrittenAtOnce);
    at_ += some.size();
    if (!exchange_->responder->Write(some)) return;
    exchange_->responder->WhenWritten([self = shared_from_this()] { self->Pump(); });
  }

  void Ask() {
    const auto request = rest_.codec_.New(*call_.method->input_type());
    const pb::FieldDescriptor* part = request->GetDescriptor()->FindFieldByName("part");
    const pb::FieldDescriptor* ticket = request->GetDescriptor()->FindFieldByName("ticket");
    if (part == nullptr || ticket == nullptr || !request->ParseFromString(call_.request)) {
      return exchange_->responder->Abort();
    }
    request->GetReflection()->SetUInt32(request.get(), part, next_part_);
    request->GetReflection()->SetString(request.get(), ticket, ticket_);
    BackendCall call = call_;
    call.request = request->SerializeAsString();
    call.deadline = SystemClock().Now() + rest_.config_.call_limit;
    rest_.backend_.Unary(
        std::move(call), [self = shared_from_this()](absl::Status status, std::string wire) {
          const auto piece = self->rest_.codec_.New(*self->call_.method->output_type());
          if (!status.ok() || !piece->ParseFromString(wire))
            return self->exchange_->responder->Abort();
          self->Take(*piece);
        });
  }

  Rest& rest_;
  const Shared exchange_;
  const BackendCall call_;
  std::string content_;
  size_t at_ = 0;
  uint32_t next_part_ = 0;
  std::string ticket_;
};

void Rest::CallFile(const Shared& exchange, BackendCall call) {
  BackendCall first = call;
  backend_.Unary(std::move(first),
                 [this, exchange, call = std::move(call)](absl::Status status, std::string wire) {
                   if (!status.ok()) return exchange->Fail(status);
                   const auto piece = codec_.New(*call.method->output_type());
                   if (!piece->ParseFromString(wire) || NumberOf(*piece, "next_part") == 0) {
                     return Finish(*exchange, std::move(wire));
                   }
                   std::make_shared<FileStream>(*this, exchange, call)->Begin(*piece);
                 });
}

}  // namespace varsam::gateway
