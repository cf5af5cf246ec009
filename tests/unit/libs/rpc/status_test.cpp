#include "libs/rpc/status.h"

#include <string>

#include <catch2/catch.hpp>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "libs/base/error.h"

namespace varsam::rpc {

TEST_CASE("every code survives the wire") {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status sent(static_cast<absl::StatusCode>(code), "why");
    const absl::Status got = FromGrpc(ToGrpc(sent));
    CHECK(got == sent);
    CHECK(ReasonOf(got).empty());
  }
  CHECK(ToGrpc(absl::OkStatus()).ok());
  CHECK(FromGrpc(grpc::Status::OK).ok());
}

TEST_CASE("reason, fields and hint survive; the published messages carry them") {
  absl::Status sent = InvalidField("notice.version", "0, want 1..500");
  SetRetryAfter(sent, absl::Milliseconds(1500));
  const grpc::Status wire = ToGrpc(sent);
  google::rpc::Status parsed;
  REQUIRE(parsed.ParseFromString(wire.error_details()));
  REQUIRE(parsed.details_size() == 3);
  CHECK(parsed.details(0).type_url() == "type.googleapis.com/google.rpc.ErrorInfo");
  const absl::Status got = FromGrpc(wire);
  CHECK(ReasonOf(got) == "INVALID_FIELD");
  CHECK(FieldViolationsOf(got) == FieldViolationsOf(sent));
  CHECK(RetryAfterOf(got) == absl::Milliseconds(1500));
}

TEST_CASE("details stay under the metadata bound") {
  std::vector<FieldViolation> many;
  for (int i = 0; i < 500; ++i) many.push_back({"field_" + std::to_string(i), "empty"});
  const grpc::Status wire = ToGrpc(InvalidFields(many));
  CHECK(wire.error_details().size() <= kErrorDetailsBytesMax);
  const absl::Status got = FromGrpc(wire);
  CHECK(got.code() == absl::StatusCode::kInvalidArgument);
  CHECK(ReasonOf(got) == "INVALID_FIELD");
  CHECK_FALSE(got.message().empty());
}

TEST_CASE("details of others give no reason, and rubbish gives none") {
  google::rpc::Status foreign;
  google::rpc::ErrorInfo info;
  info.set_reason("SOMETHING");
  info.set_domain("example.com");
  foreign.add_details()->PackFrom(info);
  CHECK(ReasonOf(FromGrpc(grpc::Status(grpc::StatusCode::INTERNAL, "x",
                                       foreign.SerializeAsString()))).empty());
  CHECK(FromGrpc(grpc::Status(grpc::StatusCode::INTERNAL, "x", "\xff\xff")).message() == "x");
}

}  // namespace varsam::rpc
