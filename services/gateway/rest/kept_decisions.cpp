#include "services/gateway/rest/kept_decisions.h"

#include <utility>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/wire_format_lite.h"

namespace varsam::gateway {
namespace {

namespace cv1 = consent::v1;
namespace pb = google::protobuf;
using Wire = pb::internal::WireFormatLite;

constexpr char kDecide[] = "varsam.consent.v1.ConsentService.Decide";

// The value of a number field of a message; 0: it has none.
uint64_t NumberIn(const std::string& message, int field) {
  pb::io::CodedInputStream in(reinterpret_cast<const uint8_t*>(message.data()),
                              static_cast<int>(message.size()));
  const uint32_t wanted = Wire::MakeTag(field, Wire::WIRETYPE_VARINT);
  uint64_t value = 0;
  while (const uint32_t tag = in.ReadTag()) {
    if (tag == wanted ? !in.ReadVarint64(&value) : !Wire::SkipField(&in, tag)) break;
  }
  return value;
}

}  // namespace

KeptDecisions::KeptDecisions(std::shared_ptr<grpc::Channel> consent, const Clock& clock,
                             obs::Metrics& metrics)
    : given_(metrics.AddCounter("varsam_gateway_kept_decisions_total",
                                "Decisions given again from the gateway's memory")),
      decisions_({.answers_max = kKeptDecisionsMax}, std::move(consent), clock) {
  decisions_.Start();
}

bool KeptDecisions::Concerns(const pb::MethodDescriptor& method) {
  return method.full_name() == kDecide;
}

KeptDecisions::Found KeptDecisions::Find(std::string& request) {
  cv1::DecideRequest asked;
  if (!asked.ParseFromString(request)) return {};  // the service says what is wrong
  if (const std::optional<cv1::DecideResponse> kept = decisions_.FindWhole(asked)) {
    given_.Add();
    return {.answer = kept->SerializeAsString()};
  }
  if (asked.keep() || !decisions_.fresh()) return {};
  asked.set_keep(true);
  request = asked.SerializeAsString();
  return {.answer = std::nullopt, .keep = true};
}

std::string KeptDecisions::Keep(const std::string& request, std::string response) {
  cv1::DecideRequest asked;
  cv1::DecideResponse answer;
  if (!asked.ParseFromString(request) || !answer.ParseFromString(response)) return response;
  decisions_.KeepWhole(asked, answer);
  answer.clear_view();
  answer.mutable_decision()->clear_holds_until();
  return answer.SerializeAsString();
}

void KeptDecisions::Heed(const pb::Descriptor& type, const std::string& response) {
  const pb::FieldDescriptor* const revision = type.FindFieldByName("revision");
  if (revision == nullptr || revision->cpp_type() != pb::FieldDescriptor::CPPTYPE_UINT64) return;
  decisions_.Demand(NumberIn(response, revision->number()));
}

}  // namespace varsam::gateway
