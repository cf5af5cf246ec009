// What every writing shell says the same way: the caller's request id, a fingerprint of what was
// asked, and the end of a call whose response the journal has kept as bytes.
//
//   return rpc::Unary(publish_notice_, context, [&](rpc::Call& call) {
//     auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
//     if (!options.ok()) return call.Finish(options.status());
//     …
//     journal_.Submit(kPublishNotice, ask, *std::move(options), rpc::FinishWrite(call, response));
//   });
#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "libs/base/error.h"
#include "libs/base/ids.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/call.h"

namespace varsam::rpc {

// INVALID_FIELD unless `text` is a UUID; `field` names it.
absl::StatusOr<RequestId> ParseRequestId(std::string_view text,
                                         std::string_view field = "request_id");
absl::StatusOr<SubjectId> ParseSubjectId(std::string_view text,
                                         std::string_view field = "subject_id");

// SHA-256 over the method, the end user (or the peer) and the message in its deterministic form:
// the same request id with another fingerprint is another request.
std::string Fingerprint(Call& call, const google::protobuf::Message& request);

// Real time until the caller stops waiting.
absl::Duration TimeLeft(const Call& call);

// Options is journal::SubmitOptions; a template keeps this library below the journal.
template <typename Options, typename Request>
absl::StatusOr<Options> WriteOptions(Call& call, const Request& request) {
  Options options;
  ASSIGN_OR_RETURN(options.request_id, ParseRequestId(request.request_id()));
  options.fingerprint = Fingerprint(call, request);
  options.time_left = TimeLeft(call);
  options.bytes = request.ByteSizeLong();
  return options;
}

// A journal::Done that parses the kept bytes into the response and ends the call.
template <typename Response>
auto FinishWrite(Call& call, Response* response) {
  return [&call, response](auto committed) {
    if (!committed.ok()) return call.Finish(committed.status());
    if (!response->ParseFromString(committed->response)) {
      return call.Finish(ErrorWithReason(absl::StatusCode::kDataLoss, "RESPONSE_UNREADABLE",
                                         "the kept response does not parse"));
    }
    call.Finish(absl::OkStatus());
  };
}

}  // namespace varsam::rpc
