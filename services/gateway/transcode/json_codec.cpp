#include "services/gateway/transcode/json_codec.h"

#include <map>
#include <mutex>
#include <shared_mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/dynamic_message.h"
#include "google/protobuf/type.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/protobuf/util/type_resolver.h"
#include "google/protobuf/util/type_resolver_util.h"
#include "libs/base/error.h"
#include "libs/base/strings.h"

namespace varsam::gateway {
namespace {

namespace pb = google::protobuf;
constexpr char kUrlPrefix[] = "type.googleapis.com";

// protobuf builds a Type from the descriptor anew for every call; this one remembers it.
class CachedTypes final : public pb::util::TypeResolver {
 public:
  explicit CachedTypes(const pb::DescriptorPool& pool)
      : under_(pb::util::NewTypeResolverForDescriptorPool(kUrlPrefix, &pool)) {}

  pb::util::Status ResolveMessageType(const std::string& url, pb::Type* out) override {
    return Resolve(types_, url, out,
                   [&](pb::Type* type) { return under_->ResolveMessageType(url, type); });
  }
  pb::util::Status ResolveEnumType(const std::string& url, pb::Enum* out) override {
    return Resolve(enums_, url, out,
                   [&](pb::Enum* type) { return under_->ResolveEnumType(url, type); });
  }

 private:
  template <typename Map, typename T, typename Load>
  pb::util::Status Resolve(Map& map, const std::string& url, T* out, Load load) {
    {
      std::shared_lock lock(mutex_);
      if (const auto it = map.find(url); it != map.end()) {
        *out = it->second;
        return {};
      }
    }
    if (auto status = load(out); !status.ok()) return status;
    std::unique_lock lock(mutex_);
    map.emplace(url, *out);
    return {};
  }

  std::unique_ptr<pb::util::TypeResolver> under_;
  std::shared_mutex mutex_;
  std::map<std::string, pb::Type> types_;
  std::map<std::string, pb::Enum> enums_;
};

bool IsIdentifierPath(std::string_view text) {
  if (text.empty() || text.size() > 128) return false;
  for (char c : text) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.' && c != '[' &&
        c != ']') {
      return false;
    }
  }
  return true;
}

// protobuf says "(subject) nope: Cannot find field." or "(subject.born): invalid value "…" for type
// TYPE_INT32": only the names are taken over, since the rest quotes what the caller sent.
absl::Status FieldFault(std::string_view message) {
  std::string field = "body";
  if (const size_t open = message.find('('); open != std::string_view::npos) {
    const size_t close = message.find(')', open);
    if (close != std::string_view::npos) {
      const std::string_view path = message.substr(open + 1, close - open - 1);
      if (IsIdentifierPath(path)) field = std::string(path);
    }
  }
  const size_t unknown = message.find(": Cannot find field");
  if (unknown != std::string_view::npos) {
    const size_t space = message.find_last_of(" )", unknown);
    const std::string_view name =
        message.substr(space == std::string_view::npos ? 0 : space + 1,
                       unknown - (space == std::string_view::npos ? 0 : space + 1));
    if (IsIdentifierPath(name)) {
      field = field == "body" ? std::string(name) : absl::StrCat(field, ".", ToAbsl(name));
    }
    return InvalidField(field, "no such field");
  }
  return InvalidField(field, "not a value of this field's type");
}

std::string Quoted(std::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (static_cast<unsigned char>(c) < 0x20) return "\"\\u0000\"";
    out.push_back(c);
  }
  return out + "\"";
}

}  // namespace

struct JsonCodec::Impl {
  explicit Impl(const pb::DescriptorPool& pool) : types(pool), factory(&pool) {}
  mutable CachedTypes types;
  mutable pb::DynamicMessageFactory factory;
};

JsonCodec::JsonCodec(const pb::DescriptorPool& pool) : impl_(std::make_unique<Impl>(pool)) {}
JsonCodec::~JsonCodec() = default;

std::unique_ptr<pb::Message> JsonCodec::New(const pb::Descriptor& type) const {
  return std::unique_ptr<pb::Message>(impl_->factory.GetPrototype(&type)->New());
}

absl::Status JsonCodec::Parse(std::string_view json, pb::Message& into) const {
  std::string wire;
  const auto status = pb::util::JsonToBinaryString(
      &impl_->types, absl::StrCat(kUrlPrefix, "/", into.GetDescriptor()->full_name()),
      std::string(json), &wire);
  if (!status.ok()) return FieldFault(ToStd({status.message().data(), status.message().size()}));
  if (!into.MergeFromString(wire)) return InvalidField("body", "not a message of this type");
  return absl::OkStatus();
}

absl::Status JsonCodec::ParseText(std::string_view text, pb::Message& into) const {
  return Parse(Quoted(text), into);
}

absl::StatusOr<std::string> JsonCodec::ToJson(const pb::Descriptor& type,
                                              const std::string& wire) const {
  pb::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  const auto status = pb::util::BinaryToJsonString(
      &impl_->types, absl::StrCat(kUrlPrefix, "/", type.full_name()), wire, &json, options);
  if (!status.ok()) {
    return ErrorWithReason(absl::StatusCode::kInternal, "BAD_BACKEND_MESSAGE",
                           absl::StrCat("the answer is no ", type.full_name()));
  }
  return json;
}

}  // namespace varsam::gateway
