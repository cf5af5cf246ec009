#include "libs/rpc/status.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "libs/base/error.h"

namespace varsam::rpc {
namespace {

google::rpc::Status Render(const absl::Status& status) {
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(status.code()));
  wire.set_message(std::string(status.message()));
  if (const std::string reason = ReasonOf(status); !reason.empty()) {
    google::rpc::ErrorInfo info;
    info.set_reason(reason);
    info.set_domain(std::string(kErrorDomain));
    wire.add_details()->PackFrom(info);
  }
  return wire;
}

void RenderHints(const absl::Status& status, google::rpc::Status& wire) {
  if (const auto violations = FieldViolationsOf(status); !violations.empty()) {
    google::rpc::BadRequest bad;
    for (const FieldViolation& violation : violations) {
      auto* const one = bad.add_field_violations();
      one->set_field(violation.field);
      one->set_description(violation.description);
    }
    wire.add_details()->PackFrom(bad);
  }
  if (const auto after = RetryAfterOf(status)) {
    google::rpc::RetryInfo retry;
    const int64_t millis = absl::ToInt64Milliseconds(*after);
    retry.mutable_retry_delay()->set_seconds(millis / 1000);
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(millis % 1000) * 1'000'000);
    wire.add_details()->PackFrom(retry);
  }
}

void ReadDetail(const google::protobuf::Any& any, absl::Status& status) {
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad;
  google::rpc::RetryInfo retry;
  if (any.UnpackTo(&info)) {
    if (info.domain() == kErrorDomain) SetReason(status, info.reason());
  } else if (any.UnpackTo(&bad)) {
    std::vector<FieldViolation> violations;
    for (const auto& one : bad.field_violations()) {
      violations.push_back({one.field(), one.description()});
    }
    SetFieldViolations(status, violations);
  } else if (any.UnpackTo(&retry)) {
    SetRetryAfter(status, absl::Seconds(retry.retry_delay().seconds()) +
                              absl::Nanoseconds(retry.retry_delay().nanos()));
  }
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status();
  google::rpc::Status wire = Render(status);
  const int essential = wire.details_size();
  RenderHints(status, wire);
  std::string bytes = wire.SerializeAsString();
  if (bytes.size() > kErrorDetailsBytesMax) {
    wire.mutable_details()->DeleteSubrange(essential, wire.details_size() - essential);
    wire.mutable_message()->resize(std::min(wire.message().size(), kErrorDetailsBytesMax / 4));
    bytes = wire.SerializeAsString();
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), wire.message(), bytes);
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status out(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status wire;
  if (!status.error_details().empty() && wire.ParseFromString(status.error_details())) {
    for (const auto& any : wire.details()) ReadDetail(any, out);
  }
  return out;
}

}  // namespace varsam::rpc
