// The three services this one calls, each call with a deadline. All writes carry request ids made
// from the case and the deed, so that a step that is done twice has its effect once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "grpcpp/channel.h"
#include "services/request_workflow/domain/case.h"
#include "varsam/consent/v1/consent_service.grpc.pb.h"
#include "varsam/registry/v1/registry_service.grpc.pb.h"
#include "varsam/retention/v1/retention_service.grpc.pb.h"

namespace varsam::requests {

inline constexpr absl::Duration kPeerTime = absl::Seconds(5);

struct PeerChannels {
  std::shared_ptr<grpc::Channel> registry, consent, retention;
};

class Peers {
 public:
  explicit Peers(const PeerChannels& channels);

  absl::StatusOr<std::vector<std::string>> Resolve(
      const google::protobuf::RepeatedPtrField<common::v1::Identifier>& identifiers, CaseId id);
  absl::StatusOr<registry::v1::ListContactPointsResponse> ContactPoints(SubjectId subject,
                                                                        absl::Time before,
                                                                        CaseId id);
  // NOT_FOUND for a person who is erased or unknown.
  absl::StatusOr<registry::v1::Subject> Subject(SubjectId subject, const std::string& reason);
  absl::StatusOr<std::vector<registry::v1::SubjectSource>> Sources(SubjectId subject);
  absl::StatusOr<std::vector<registry::v1::Disclosure>> Disclosures(SubjectId subject);
  absl::Status EraseSubject(SubjectId subject, CaseId id);
  // After a disposal run that has left nothing of the person.
  absl::Status ForgetSubject(SubjectId subject, const std::string& run);

  absl::Status ObjectToMarketing(SubjectId subject, CaseId id, absl::Time at);
  absl::Status ObjectTo(SubjectId subject, CaseId id, absl::Time at,
                        const std::vector<std::string>& purposes);
  // Every consent that stands is withdrawn.
  absl::Status WithdrawAll(SubjectId subject, CaseId id);
  absl::Status Suppress(const common::v1::Identifier& identifier, CaseId id);

  absl::StatusOr<retention::v1::PlanErasureResponse> PlanErasure(SubjectId subject, CaseId id,
                                                                 absl::Time granted_at);
  absl::StatusOr<retention::v1::ExplainRetentionResponse> Explain(SubjectId subject);

 private:
  std::unique_ptr<registry::v1::RegistryService::Stub> registry_;
  std::unique_ptr<consent::v1::ConsentService::Stub> consent_;
  std::unique_ptr<retention::v1::RetentionService::Stub> retention_;
};

}  // namespace varsam::requests
