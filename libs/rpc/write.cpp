#include "libs/rpc/write.h"

#include <openssl/sha.h>

#include <algorithm>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "libs/base/clock.h"

namespace varsam::rpc {

absl::StatusOr<RequestId> ParseRequestId(std::string_view text, std::string_view field) {
  if (auto id = RequestId::Parse(text); id && !id->IsNil()) return *id;
  return InvalidField(field, text.empty() ? "missing, want a UUID" : "not a UUID");
}

absl::StatusOr<SubjectId> ParseSubjectId(std::string_view text, std::string_view field) {
  if (auto id = SubjectId::Parse(text); id && !id->IsNil()) return *id;
  return InvalidField(field, text.empty() ? "missing, want a UUID" : "not a UUID");
}

std::string Fingerprint(Call& call, const google::protobuf::Message& request) {
  std::string bytes = call.method().full_name();
  bytes.push_back('\n');
  bytes += call.caller() != nullptr ? call.caller()->id : std::string(call.peer());
  bytes.push_back('\n');
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    request.SerializeToCodedStream(&coded);
  }
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

absl::Duration TimeLeft(const Call& call) {
  return std::max(call.deadline() - SystemClock().Now(), absl::ZeroDuration());
}

}  // namespace varsam::rpc
