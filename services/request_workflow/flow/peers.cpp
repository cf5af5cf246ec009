#include "services/request_workflow/flow/peers.h"

#include <algorithm>

#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status.h"
#include "services/request_workflow/flow/writer.h"
#include "services/request_workflow/rpc/convert.h"

namespace varsam::requests {
namespace {

std::unique_ptr<grpc::ClientContext> Within() {
  auto context = rpc::NewContext({.deadline = SystemClock().Now() + kPeerTime});
  // A blocking call drives its own connection; failing at once would leave the handshake to nobody.
  context->set_wait_for_ready(true);
  return context;
}

std::string DeedId(const std::string& of, std::string_view deed) {
  Uuid uuid;
  const std::string digest = Sha256(of + "|" + std::string(deed));
  std::copy_n(digest.begin(), uuid.bytes.size(), uuid.bytes.begin());
  uuid.bytes[6] = static_cast<uint8_t>((uuid.bytes[6] & 0x0F) | 0x80);  // RFC 9562, version 8
  uuid.bytes[8] = static_cast<uint8_t>((uuid.bytes[8] & 0x3F) | 0x80);
  return uuid.ToString();
}
std::string DeedId(CaseId id, std::string_view deed) { return DeedId(id.ToString(), deed); }

}  // namespace

Peers::Peers(const PeerChannels& channels)
    : registry_(registry::v1::RegistryService::NewStub(channels.registry)),
      consent_(consent::v1::ConsentService::NewStub(channels.consent)),
      retention_(retention::v1::RetentionService::NewStub(channels.retention)) {}

absl::StatusOr<std::vector<std::string>> Peers::Resolve(
    const google::protobuf::RepeatedPtrField<common::v1::Identifier>& identifiers, CaseId id) {
  registry::v1::ResolveSubjectRequest request;
  *request.mutable_identifiers() = identifiers;
  request.set_reason("case " + id.ToString());
  registry::v1::ResolveSubjectResponse response;
  const absl::Status found =
      rpc::FromGrpc(registry_->ResolveSubject(Within().get(), request, &response));
  if (absl::IsNotFound(found)) return std::vector<std::string>();
  RETURN_IF_ERROR(found);
  return std::vector<std::string>(response.subject_ids().begin(), response.subject_ids().end());
}

absl::StatusOr<registry::v1::ListContactPointsResponse> Peers::ContactPoints(SubjectId subject,
                                                                             absl::Time before,
                                                                             CaseId id) {
  registry::v1::ListContactPointsRequest request;
  request.set_subject_id(subject.ToString());
  *request.mutable_on_file_before() = ToProto(before);
  request.set_reason("case " + id.ToString());
  registry::v1::ListContactPointsResponse response;
  RETURN_IF_ERROR(rpc::FromGrpc(registry_->ListContactPoints(Within().get(), request, &response)));
  return response;
}

absl::StatusOr<registry::v1::Subject> Peers::Subject(SubjectId subject, const std::string& reason) {
  registry::v1::GetSubjectRequest request;
  request.set_subject_id(subject.ToString());
  request.set_reason(reason);
  registry::v1::GetSubjectResponse response;
  RETURN_IF_ERROR(rpc::FromGrpc(registry_->GetSubject(Within().get(), request, &response)));
  return response.subject();
}

absl::StatusOr<std::vector<registry::v1::SubjectSource>> Peers::Sources(SubjectId subject) {
  registry::v1::ListSourcesRequest request;
  request.set_subject_id(subject.ToString());
  registry::v1::ListSourcesResponse response;
  RETURN_IF_ERROR(rpc::FromGrpc(registry_->ListSources(Within().get(), request, &response)));
  return std::vector<registry::v1::SubjectSource>(response.sources().begin(),
                                                  response.sources().end());
}

absl::StatusOr<std::vector<registry::v1::Disclosure>> Peers::Disclosures(SubjectId subject) {
  registry::v1::ListDisclosuresRequest request;
  request.set_subject_id(subject.ToString());
  request.set_page_size(500);
  registry::v1::ListDisclosuresResponse response;
  RETURN_IF_ERROR(rpc::FromGrpc(registry_->ListDisclosures(Within().get(), request, &response)));
  return std::vector<registry::v1::Disclosure>(response.disclosures().begin(),
                                               response.disclosures().end());
}

absl::Status Peers::EraseSubject(SubjectId subject, CaseId id) {
  registry::v1::EraseSubjectRequest request;
  request.set_request_id(DeedId(id, "erase"));
  request.set_subject_id(subject.ToString());
  request.set_case_id(id.ToString());
  registry::v1::EraseSubjectResponse response;
  return rpc::FromGrpc(registry_->EraseSubject(Within().get(), request, &response));
}

absl::Status Peers::ForgetSubject(SubjectId subject, const std::string& run) {
  registry::v1::EraseSubjectRequest request;
  request.set_request_id(DeedId(run + "|" + subject.ToString(), "forget"));
  request.set_subject_id(subject.ToString());
  registry::v1::EraseSubjectResponse response;
  return rpc::FromGrpc(registry_->EraseSubject(Within().get(), request, &response));
}

absl::Status Peers::ObjectToMarketing(SubjectId subject, CaseId id, absl::Time at) {
  consent::v1::RecordObjectionRequest request;
  request.set_request_id(DeedId(id, "objection"));
  request.set_subject_id(subject.ToString());
  request.set_marketing_scope("all");
  *request.mutable_at() = ToProto(at);
  request.set_channel("request");
  consent::v1::RecordObjectionResponse response;
  return rpc::FromGrpc(consent_->RecordObjection(Within().get(), request, &response));
}

absl::Status Peers::ObjectTo(SubjectId subject, CaseId id, absl::Time at,
                             const std::vector<std::string>& purposes) {
  consent::v1::RecordObjectionRequest request;
  request.set_request_id(DeedId(id, "objection"));
  request.set_subject_id(subject.ToString());
  for (const std::string& purpose : purposes) request.add_purposes(purpose);
  *request.mutable_at() = ToProto(at);
  request.set_channel("request");
  consent::v1::RecordObjectionResponse response;
  return rpc::FromGrpc(consent_->RecordObjection(Within().get(), request, &response));
}

absl::Status Peers::WithdrawAll(SubjectId subject, CaseId id) {
  consent::v1::ListConsentsRequest list;
  list.set_subject_id(subject.ToString());
  consent::v1::ListConsentsResponse listed;
  const absl::Status seen = rpc::FromGrpc(consent_->ListConsents(Within().get(), list, &listed));
  if (absl::IsNotFound(seen)) return absl::OkStatus();
  RETURN_IF_ERROR(seen);
  for (const consent::v1::ConsentState& state : listed.states()) {
    if (state.state() != "VALID") continue;
    consent::v1::RecordConsentRequest request;
    request.set_request_id(
        DeedId(id, "withdraw/" + state.purpose() + "/" + state.deciding_event().recipient()));
    request.set_subject_id(subject.ToString());
    request.set_purpose(state.purpose());
    request.set_choice(consent::v1::CHOICE_WITHDRAWN);
    request.set_actor(consent::v1::ACTOR_SUBJECT);
    request.set_verified(true);
    request.set_channel("request");
    request.set_recipient(state.deciding_event().recipient());
    consent::v1::RecordConsentResponse response;
    RETURN_IF_ERROR(rpc::FromGrpc(consent_->RecordConsent(Within().get(), request, &response)));
  }
  return absl::OkStatus();
}

absl::Status Peers::Suppress(const common::v1::Identifier& identifier, CaseId id) {
  consent::v1::AddSuppressionRequest request;
  request.set_request_id(DeedId(
      id, "suppress/" + std::to_string(identifier.type()) + "/" + Sha256(identifier.value())));
  *request.mutable_identifier() = identifier;
  request.set_scope("all");
  consent::v1::AddSuppressionResponse response;
  return rpc::FromGrpc(consent_->AddSuppression(Within().get(), request, &response));
}

absl::StatusOr<retention::v1::PlanErasureResponse> Peers::PlanErasure(SubjectId subject, CaseId id,
                                                                      absl::Time granted_at) {
  retention::v1::PlanErasureRequest request;
  request.set_subject_id(subject.ToString());
  request.set_case_id(id.ToString());
  *request.mutable_granted_at() = ToProto(granted_at);
  retention::v1::PlanErasureResponse response;
  RETURN_IF_ERROR(rpc::FromGrpc(retention_->PlanErasure(Within().get(), request, &response)));
  return response;
}

absl::StatusOr<retention::v1::ExplainRetentionResponse> Peers::Explain(SubjectId subject) {
  retention::v1::ExplainRetentionRequest request;
  request.set_subject_id(subject.ToString());
  retention::v1::ExplainRetentionResponse response;
  const absl::Status seen =
      rpc::FromGrpc(retention_->ExplainRetention(Within().get(), request, &response));
  if (absl::IsNotFound(seen)) return response;
  RETURN_IF_ERROR(seen);
  return response;
}

}  // namespace varsam::requests
