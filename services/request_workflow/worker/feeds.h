// What this service learns from others: the policy from the registry, disposals, holds and
// certificates from retention. The cursor is stored in the transaction of the effect.
#pragma once

#include <memory>

#include "libs/client/feed.h"
#include "services/request_workflow/flow/peers.h"
#include "services/request_workflow/flow/service_parts.h"
#include "varsam/connector/v1/connector.pb.h"
#include "varsam/registry/v1/registry_entry.pb.h"
#include "varsam/retention/v1/retention_entry.pb.h"

namespace varsam::requests {

class Feeds {
 public:
  // Reads the stored cursors and the stored policy. `channels` are those of the peers.
  static absl::StatusOr<std::unique_ptr<Feeds>> Open(const ServiceParts& parts, Peers& peers,
                                                     const PeerChannels& channels,
                                                     obs::Metrics& metrics);
  void Start();
  void Stop();

 private:
  Feeds(const ServiceParts& parts, Peers& peers) : parts_(parts), peers_(peers) {}
  absl::Status ApplyRegistry(const client::FeedBatch& batch);
  absl::Status ApplyRetention(const client::FeedBatch& batch);
  // The identifiers that an erasure case kept of its person; none when there is no such case.
  absl::StatusOr<connector::v1::TaskSubject> OfErasedPerson(SubjectId subject);
  absl::Status AddDisposal(const retention::v1::DisposalIssued& issued, Changes& changes);
  absl::Status ForgetPerson(const retention::v1::CertificateIssued& issued);
  absl::Status SaveCertificate(const retention::v1::CertificateIssued& issued);
  absl::Status Save(Changes changes, const char* feed, uint64_t next);

  const ServiceParts parts_;
  Peers& peers_;
  std::unique_ptr<client::Feed> registry_, retention_;
};

}  // namespace varsam::requests
