#include "services/gateway/transcode/request_builder.h"

#include <openssl/sha.h>

#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/error.h"
#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/base/strings.h"
#include "services/gateway/transcode/problem.h"
#include "services/gateway/transcode/route_table.h"
#include "services/gateway/transcode/router.h"

namespace varsam::gateway {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

const Field* FindField(const pb::Descriptor& type, std::string_view name) {
  const std::string text(name);
  if (const Field* field = type.FindFieldByName(text)) return field;
  for (int i = 0; i < type.field_count(); ++i) {
    if (type.field(i)->json_name() == text) return type.field(i);
  }
  return nullptr;
}

// A name that may be repeated to its sender: it is written like a field path.
std::string SafeName(std::string_view name) {
  if (name.empty() || name.size() > 128) return "query";
  for (char c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.' && c != '-') {
      return "query";
    }
  }
  return std::string(name);
}

template <typename T>
bool ParseNumber(std::string_view text, T& value) {
  if constexpr (std::is_floating_point_v<T>) {
    double parsed = 0;
    if (!absl::SimpleAtod(ToAbsl(text), &parsed)) return false;
    value = static_cast<T>(parsed);
    return true;
  } else {
    return absl::SimpleAtoi(ToAbsl(text), &value);
  }
}

// Sets (or appends to) one scalar by reflection.
class Setter {
 public:
  Setter(pb::Message& message, const Field& field)
      : message_(message), field_(field), reflection_(*message.GetReflection()) {}

  bool Set(std::string_view text, const JsonCodec& codec) {
    switch (field_.cpp_type()) {
      case Field::CPPTYPE_INT32:
        return Number<int32_t>(text, &pb::Reflection::SetInt32, &pb::Reflection::AddInt32);
      case Field::CPPTYPE_INT64:
        return Number<int64_t>(text, &pb::Reflection::SetInt64, &pb::Reflection::AddInt64);
      case Field::CPPTYPE_UINT32:
        return Number<uint32_t>(text, &pb::Reflection::SetUInt32, &pb::Reflection::AddUInt32);
      case Field::CPPTYPE_UINT64:
        return Number<uint64_t>(text, &pb::Reflection::SetUInt64, &pb::Reflection::AddUInt64);
      case Field::CPPTYPE_DOUBLE:
        return Number<double>(text, &pb::Reflection::SetDouble, &pb::Reflection::AddDouble);
      case Field::CPPTYPE_FLOAT:
        return Number<float>(text, &pb::Reflection::SetFloat, &pb::Reflection::AddFloat);
      case Field::CPPTYPE_BOOL:
        return Bool(text);
      case Field::CPPTYPE_ENUM:
        return Enum(text);
      case Field::CPPTYPE_STRING:
        return Text(text);
      case Field::CPPTYPE_MESSAGE:
        return Message(text, codec);
    }
    return false;
  }

 private:
  template <typename T>
  bool Number(std::string_view text,
              void (pb::Reflection::*set)(pb::Message*, const Field*, T) const,
              void (pb::Reflection::*add)(pb::Message*, const Field*, T) const) {
    T value{};
    if (!ParseNumber(text, value)) return false;
    (reflection_.*(field_.is_repeated() ? add : set))(&message_, &field_, value);
    return true;
  }

  bool Bool(std::string_view text) {
    if (text != "true" && text != "false") return false;
    if (field_.is_repeated()) {
      reflection_.AddBool(&message_, &field_, text == "true");
    } else {
      reflection_.SetBool(&message_, &field_, text == "true");
    }
    return true;
  }

  bool Enum(std::string_view text) {
    const pb::EnumValueDescriptor* value = field_.enum_type()->FindValueByName(std::string(text));
    if (value == nullptr) return false;
    if (field_.is_repeated()) {
      reflection_.AddEnum(&message_, &field_, value);
    } else {
      reflection_.SetEnum(&message_, &field_, value);
    }
    return true;
  }

  bool Text(std::string_view text) {
    std::string value(text);
    if (field_.type() == Field::TYPE_BYTES) {
      auto bytes = FromBase64Url(text);
      if (!bytes) bytes = FromBase64(text);
      if (!bytes) return false;
      value = *std::move(bytes);
    } else if (!IsCleanUtf8(text)) {
      return false;
    }
    if (field_.is_repeated()) {
      reflection_.AddString(&message_, &field_, std::move(value));
    } else {
      reflection_.SetString(&message_, &field_, std::move(value));
    }
    return true;
  }

  // Timestamps, durations, masks and wrappers are text in JSON; other messages are no parameter.
  bool Message(std::string_view text, const JsonCodec& codec) {
    if (field_.message_type()->file()->package() != "google.protobuf") return false;
    pb::Message* child = field_.is_repeated() ? reflection_.AddMessage(&message_, &field_)
                                              : reflection_.MutableMessage(&message_, &field_);
    return codec.ParseText(text, *child).ok();
  }

  pb::Message& message_;
  const Field& field_;
  const pb::Reflection& reflection_;
};

class Builder {
 public:
  Builder(const Route& route, const JsonCodec& codec, const RequestParts& parts,
          const JsonLimits& limits)
      : route_(route),
        codec_(codec),
        parts_(parts),
        limits_(limits),
        message_(codec.New(*route.method->input_type())) {}

  absl::StatusOr<std::unique_ptr<pb::Message>> Run() {
    RETURN_IF_ERROR(Body());
    RETURN_IF_ERROR(Query());
    for (const auto& [path, text] : parts_.variables) RETURN_IF_ERROR(SetPath(path, text, true));
    RETURN_IF_ERROR(RequestId());
    RETURN_IF_ERROR(Etag());
    Signal();
    return std::move(message_);
  }

 private:
  absl::Status Body() {
    if (!route_.whole_body && route_.body_field == nullptr) {
      if (parts_.body.empty()) return absl::OkStatus();
      return ErrorWithReason(absl::StatusCode::kInvalidArgument, "BODY_NOT_ALLOWED",
                             "this operation takes no body");
    }
    if (parts_.body.empty()) return absl::OkStatus();
    if (parts_.form) return Pairs(parts_.body, false);
    RETURN_IF_ERROR(GuardJson(parts_.body, limits_));
    if (parts_.body[parts_.body.find_first_not_of(" \t\r\n")] != '{') {
      return InvalidField("body", "not a JSON object");
    }
    pb::Message& target = route_.body_field == nullptr ? *message_
                                                       : *message_->GetReflection()->MutableMessage(
                                                             message_.get(), route_.body_field);
    return codec_.Parse(parts_.body, target);
  }

  absl::Status Query() {
    if (parts_.query.empty()) return absl::OkStatus();
    return Pairs(parts_.query, route_.whole_body);
  }

  // name=value&…; with `none`, the first name is already one too many.
  absl::Status Pairs(std::string_view text, bool none) {
    size_t count = 0;
    for (absl::string_view pair : absl::StrSplit(ToAbsl(text), '&')) {
      if (++count > kQueryParametersMax) {
        return InvalidField("query", absl::StrCat("more than ", kQueryParametersMax).c_str());
      }
      const size_t equals = pair.find('=');
      std::string name, value;
      if (!PercentDecode(ToStd(pair.substr(0, equals)), true, name) ||
          !PercentDecode(equals == absl::string_view::npos ? std::string_view()
                                                           : ToStd(pair.substr(equals + 1)),
                         true, value)) {
        return InvalidField("query", "broken percent encoding");
      }
      if (none) return InvalidField(SafeName(name), "no such parameter");
      RETURN_IF_ERROR(SetPath(name, value, false));
    }
    return absl::OkStatus();
  }

  absl::Status SetPath(const std::string& path, std::string_view text, bool from_path) {
    auto fields = ResolveFieldPath(*message_->GetDescriptor(), path);
    if (!fields.ok()) return InvalidField(SafeName(path), "no such parameter");
    std::string canonical;
    pb::Message* message = message_.get();
    for (size_t i = 0; i < fields->size(); ++i) {
      absl::StrAppend(&canonical, i == 0 ? "" : ".", (*fields)[i]->name());
      if (i + 1 < fields->size()) {
        message = message->GetReflection()->MutableMessage(message, (*fields)[i]);
      }
    }
    const Field& leaf = *fields->back();
    if (fields->front() == route_.body_field && !from_path) {
      return InvalidField(SafeName(path), "belongs into the body");
    }
    if (!set_.insert(canonical).second && !leaf.is_repeated()) {
      return InvalidField(SafeName(path), "given twice");
    }
    if (!Setter(*message, leaf).Set(text, codec_)) {
      return InvalidField(SafeName(path), "not a value of this field's type");
    }
    return absl::OkStatus();
  }

  std::string Get(const Field* field) const {
    return message_->GetReflection()->GetString(*message_, field);
  }
  void Put(const Field* field, std::string value) {
    message_->GetReflection()->SetString(message_.get(), field, std::move(value));
  }

  absl::Status RequestId() {
    const std::string_view key = parts_.idempotency_key;
    if (route_.request_id == nullptr) return absl::OkStatus();
    const std::string in_body = Get(route_.request_id);
    if (key.empty()) {
      const bool write = route_.http_method == "POST" || route_.http_method == "PATCH";
      if (!in_body.empty() || !write) return absl::OkStatus();
      return ErrorWithReason(absl::StatusCode::kInvalidArgument, "IDEMPOTENCY_KEY_REQUIRED",
                             "this operation needs an Idempotency-Key");
    }
    if (key.size() > kIdempotencyKeyBytesMax) {
      return InvalidField("Idempotency-Key",
                          absl::StrCat("at most ", kIdempotencyKeyBytesMax, " bytes").c_str());
    }
    std::string id = RequestIdOf(key, parts_.principal, route_.method->full_name());
    if (!in_body.empty() && in_body != id) {
      return InvalidField("request_id", "differs from Idempotency-Key");
    }
    Put(route_.request_id, std::move(id));
    return absl::OkStatus();
  }

  // The browser's signal, where the operation wants to know of it; a body may say it too.
  void Signal() {
    const Field* field = message_->GetDescriptor()->FindFieldByName("sec_gpc");
    if (!parts_.sec_gpc || field == nullptr || field->cpp_type() != Field::CPPTYPE_BOOL) return;
    message_->GetReflection()->SetBool(message_.get(), field, true);
  }

  absl::Status Etag() {
    if (route_.etag == nullptr) return absl::OkStatus();
    std::string_view match = parts_.if_match;
    const std::string in_body = Get(route_.etag);
    if (match.empty()) {
      if (!in_body.empty() || route_.http_method != "PATCH") return absl::OkStatus();
      return HttpError(428, "PRECONDITION_REQUIRED");
    }
    if (match.size() < 2 || match.front() != '"' || match.back() != '"') {
      return InvalidField("If-Match", "one strong entity tag in quotes is wanted");
    }
    match = match.substr(1, match.size() - 2);
    if (!in_body.empty() && in_body != match) return InvalidField("etag", "differs from If-Match");
    Put(route_.etag, std::string(match));
    return absl::OkStatus();
  }

  const Route& route_;
  const JsonCodec& codec_;
  const RequestParts& parts_;
  const JsonLimits& limits_;
  std::unique_ptr<pb::Message> message_;
  std::set<std::string> set_;
};

}  // namespace

absl::StatusOr<std::vector<const Field*>> ResolveFieldPath(const pb::Descriptor& type,
                                                           std::string_view path) {
  std::vector<const Field*> fields;
  const pb::Descriptor* at = &type;
  for (absl::string_view name : absl::StrSplit(ToAbsl(path), '.')) {
    const bool below = !fields.empty() && fields.back()->is_repeated();
    const Field* field = at == nullptr || below ? nullptr : FindField(*at, ToStd(name));
    if (field == nullptr) return InvalidField(SafeName(path), "no such field");
    fields.push_back(field);
    at = field->message_type();
  }
  return fields;
}

absl::StatusOr<std::unique_ptr<pb::Message>> BuildRequest(const Route& route,
                                                          const JsonCodec& codec,
                                                          const RequestParts& parts,
                                                          const JsonLimits& limits) {
  return Builder(route, codec, parts, limits).Run();
}

std::string RequestIdOf(std::string_view key, std::string_view principal, std::string_view method) {
  if (const auto uuid = Uuid::Parse(key)) return uuid->ToString();
  const std::string text = absl::StrCat("varsam idempotency key\n", principal.size(), ":",
                                        ToAbsl(principal), "\n", ToAbsl(method), "\n", ToAbsl(key));
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  Uuid id;
  std::copy(digest, digest + id.bytes.size(), id.bytes.begin());
  id.bytes[6] = static_cast<uint8_t>((id.bytes[6] & 0x0F) | 0x80);
  id.bytes[8] = static_cast<uint8_t>((id.bytes[8] & 0x3F) | 0x80);
  return id.ToString();
}

}  // namespace varsam::gateway
