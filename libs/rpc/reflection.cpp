#include "libs/rpc/reflection.h"

#include <set>
#include <utility>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "grpc/reflection/v1alpha/reflection.grpc.pb.h"
#include "libs/base/error.h"
#include "libs/rpc/stream.h"

namespace varsam::rpc {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;

constexpr char kRpc[] = "ServerReflectionInfo";
constexpr int kStreamsMax = 8;
constexpr absl::Duration kStreamTimeMax = absl::Minutes(10);

struct V1 {
  using Service = grpc::reflection::v1::ServerReflection;
  using Request = grpc::reflection::v1::ServerReflectionRequest;
  using Response = grpc::reflection::v1::ServerReflectionResponse;
};

struct V1Alpha {
  using Service = grpc::reflection::v1alpha::ServerReflection;
  using Request = grpc::reflection::v1alpha::ServerReflectionRequest;
  using Response = grpc::reflection::v1alpha::ServerReflectionResponse;
};

const DescriptorPool& Pool() { return *DescriptorPool::generated_pool(); }

// One stream of questions. A file is sent with those it imports, each once in a stream.
template <typename V>
class ReflectionStream final : public BidiStream<typename V::Request, typename V::Response> {
 public:
  ReflectionStream(Call& call, const std::vector<std::string>& services)
      : BidiStream<typename V::Request, typename V::Response>(call), services_(services) {
    this->Read(&request_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return this->End(absl::OkStatus());
    if (++asks_ > kReflectionAsksMax) {
      return this->End(ErrorWithReason(absl::StatusCode::kResourceExhausted, "REFLECTION_LIMIT",
                                       "at most 1000 questions in one stream"));
    }
    response_.Clear();
    response_.set_valid_host(request_.host());
    *response_.mutable_original_request() = request_;
    Answer();
    this->Write(&response_);
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return this->End(absl::CancelledError("the client is gone"));
    this->Read(&request_);
  }

 private:
  using Request = typename V::Request;

  void Answer() {
    switch (request_.message_request_case()) {
      case Request::kFileByFilename:
        return Describe(Pool().FindFileByName(request_.file_by_filename()), "file");
      case Request::kFileContainingSymbol:
        return Describe(Pool().FindFileContainingSymbol(request_.file_containing_symbol()),
                        "symbol");
      case Request::kFileContainingExtension: {
        const auto& asked = request_.file_containing_extension();
        const auto* const type = Pool().FindMessageTypeByName(asked.containing_type());
        const auto* const extension =
            type == nullptr ? nullptr
                            : Pool().FindExtensionByNumber(type, asked.extension_number());
        return Describe(extension == nullptr ? nullptr : extension->file(), "extension");
      }
      case Request::kAllExtensionNumbersOfType:
        return ListExtensions(request_.all_extension_numbers_of_type());
      case Request::kListServices:
        for (const std::string& name : services_) {
          response_.mutable_list_services_response()->add_service()->set_name(name);
        }
        return;
      case Request::MESSAGE_REQUEST_NOT_SET:
        break;
    }
    Fail(absl::StatusCode::kInvalidArgument, "message_request: missing or not known here");
  }

  void Describe(const FileDescriptor* file, const std::string& what) {
    if (file == nullptr) return Fail(absl::StatusCode::kNotFound, "no such " + what);
    // Asked for by name again, it is said again; what it imports is not.
    sent_.erase(file);
    AddWithImports(file);
  }

  void AddWithImports(const FileDescriptor* file) {
    if (!sent_.insert(file).second) return;
    google::protobuf::FileDescriptorProto proto;
    file->CopyTo(&proto);
    response_.mutable_file_descriptor_response()->add_file_descriptor_proto(
        proto.SerializeAsString());
    for (int i = 0; i < file->dependency_count(); ++i) AddWithImports(file->dependency(i));
  }

  void ListExtensions(const std::string& type_name) {
    const auto* const type = Pool().FindMessageTypeByName(type_name);
    if (type == nullptr) return Fail(absl::StatusCode::kNotFound, "no such type");
    std::vector<const google::protobuf::FieldDescriptor*> found;
    Pool().FindAllExtensions(type, &found);
    auto* const list = response_.mutable_all_extension_numbers_response();
    list->set_base_type_name(type_name);
    for (const auto* extension : found) list->add_extension_number(extension->number());
  }

  void Fail(absl::StatusCode code, const std::string& message) {
    response_.mutable_error_response()->set_error_code(static_cast<int>(code));
    response_.mutable_error_response()->set_error_message(message);
  }

  const std::vector<std::string>& services_;
  typename V::Request request_;
  typename V::Response response_;
  std::set<const FileDescriptor*> sent_;
  int asks_ = 0;
};

template <typename V>
class Shell final : public V::Service::CallbackService {
 public:
  Shell(const std::vector<std::string>& services, Admission& admission)
      : services_(services), info_(admission.For<typename V::Service>(kRpc)) {}

  grpc::ServerBidiReactor<typename V::Request, typename V::Response>* ServerReflectionInfo(
      grpc::CallbackServerContext* context) override {
    return Stream<grpc::ServerBidiReactor<typename V::Request, typename V::Response>>(
        info_, context, [&](Call& call) { return new ReflectionStream<V>(call, services_); });
  }

 private:
  const std::vector<std::string>& services_;
  Method& info_;
};

}  // namespace

void AllowReflection(AccessTable& access, const std::vector<std::string>& peers) {
  const MethodRules rules{
      .in_flight_max = kStreamsMax, .deadline_max = kStreamTimeMax, .caller = CallerRule::kIgnored};
  access.Allow<V1::Service>(kRpc, peers, rules).Allow<V1Alpha::Service>(kRpc, peers, rules);
}

Reflection::Reflection(const AccessTable& access, Admission& admission) {
  std::set<std::string> names;
  for (const auto& [full_name, entry] : access.entries()) {
    names.insert(full_name.substr(0, full_name.find('/')));
  }
  services_.assign(names.begin(), names.end());
  v1_ = std::make_unique<Shell<V1>>(services_, admission);
  v1alpha_ = std::make_unique<Shell<V1Alpha>>(services_, admission);
}

Reflection::~Reflection() = default;

grpc::Service* Reflection::v1() const { return v1_.get(); }
grpc::Service* Reflection::v1alpha() const { return v1alpha_.get(); }

}  // namespace varsam::rpc
