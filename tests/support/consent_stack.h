// The consent service with real neighbours: the registry itself, and the ledgers of request
// workflow and retention as bare hosts into which a test writes what they would say.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "services/consent/app.h"
#include "services/subject_registry/app.h"
#include "tests/support/service_ground.h"
#include "varsam/consent/v1/consent_service.grpc.pb.h"
#include "varsam/registry/v1/registry_service.grpc.pb.h"

namespace varsam::testing {

// A service that has nothing but its ledger.
class BareLedger {
 public:
  BareLedger(const TestPki& pki, const std::string& service, const std::string& origin);
  // One entry; CHECKs that it was committed.
  void Append(const std::string& kind, const std::string& payload);
  uint16_t port() { return host_->server().port(); }

 private:
  struct Raw {
    std::string kind, payload;
  };
  ServiceGround ground_;
  std::unique_ptr<host::Host> host_;
  journal::Operation<Raw, Raw, Raw> append_;
};

class ConsentStack {
 public:
  explicit ConsentStack(int replicas = 1);
  ~ConsentStack();

  // Applies Lexium's policy and publishes one notice, "join" in Swedish, about talent_pool,
  // web_statistics, third_party_disclosure and marketing_email.
  void Prepare();
  // A person known to the registry and to every replica. The source is art13.
  std::string Register(
      const std::string& category,
      registry::v1::RelationshipKind tie = registry::v1::RELATIONSHIP_KIND_UNSPECIFIED);
  void Approve(const std::string& lia);
  void PublishNotice(bool material);

  consent::App& app(int replica = 0) { return *apps_[replica]; }
  consent::v1::ConsentService::Stub& stub(int replica = 0) { return *stubs_[replica]; }
  registry::v1::RegistryService::Stub& registry() { return *registry_stub_; }
  BareLedger& requests() { return requests_; }
  BareLedger& retention() { return retention_; }
  ServiceGround& ground() { return ground_; }
  void Stop(int replica);
  void Restart(int replica = 0);
  // Changes what a replica is started with (the connection through a gate …).
  std::function<void(consent::Config&)> adjust;

  // A request for a choice that is fine; change it at will.
  consent::v1::RecordConsentRequest Choice(const std::string& subject, const std::string& purpose,
                                           consent::v1::Choice choice) const;
  consent::v1::NoticeReference notice;
  // The reason of the decision about now, or of its refusal. CHECKs the revision of an answer.
  std::string Ask(const std::string& subject, const std::string& purpose, uint64_t revision = 0,
                  const std::string& topic = "", int replica = 0);

  static const TestPki& Pki();

 private:
  void StartReplica(int replica);
  void AwaitKnown(const std::string& subject);

  ServiceGround registry_ground_, ground_;
  BareLedger requests_, retention_;
  std::unique_ptr<registry::App> registry_;
  std::unique_ptr<registry::v1::RegistryService::Stub> registry_stub_;
  std::vector<std::unique_ptr<consent::App>> apps_;
  std::vector<std::unique_ptr<consent::v1::ConsentService::Stub>> stubs_;
};

// Tries without sleeping on a clock of its own until it holds; false after ten seconds.
bool Eventually(const std::function<bool()>& holds);

}  // namespace varsam::testing
