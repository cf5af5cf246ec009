// The request workflow with its real neighbours (registry, consent, retention), a real mailbox and
// SMTP sink, and connectors that the test plays itself.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "services/consent/app.h"
#include "services/request_workflow/app.h"
#include "services/retention/app.h"
#include "services/subject_registry/app.h"
#include "tests/support/mail_server.h"
#include "tests/support/service_ground.h"
#include "varsam/connector/v1/connector_service.grpc.pb.h"
#include "varsam/registry/v1/registry_service.grpc.pb.h"
#include "varsam/requests/v1/requests_service.grpc.pb.h"
#include "varsam/retention/v1/retention_service.grpc.pb.h"

namespace varsam::testing {

inline constexpr char kIntakeAddress[] = "affarssupport@lexium.se";

class RequestsStack {
 public:
  RequestsStack();
  ~RequestsStack();

  // A person in the registry, with an address of the given name.
  std::string Register(const std::string& address, const std::string& category = "applicant");
  // Many at once, each with an address; the clock moves once.
  void RegisterAll(const std::vector<std::string>& addresses);
  registry::v1::PolicyModel Policy();  // in force
  requests::v1::RequestsService::Stub& gateway() { return *gateway_; }
  connector::v1::ConnectorService::Stub& crm() { return *crm_; }
  connector::v1::ConnectorService::Stub& other() { return *other_; }
  retention::v1::RetentionService::Stub& retention() { return *retention_stub_; }
  MailServer& mail() { return mail_; }
  std::string lmtp_socket() const { return clock_file_ + ".lmtp"; }
  requests::App& app() { return *app_; }
  ServiceGround& ground() { return ground_; }
  // A further address of a person, on file from now on.
  void AddAddress(const std::string& subject, const std::string& known, const std::string& further);
  void Disclose(const std::string& subject, const std::string& recipient);
  // The request workflow goes away and comes back, on the same port and database.
  void StopService() { app_.reset(); }
  void StartService();
  void AdvanceStopped(absl::Duration by);
  // Time of all four services, driven by the test.
  void Advance(absl::Duration by);
  absl::Time now() const { return now_; }

  // Contexts of callers: nobody, staff, and the person of a case.
  std::unique_ptr<grpc::ClientContext> Nobody() const { return Patient(); }
  std::unique_ptr<grpc::ClientContext> Staff(const std::string& id = "eva") const;
  std::unique_ptr<grpc::ClientContext> Officer() const;  // privacy_officer
  std::unique_ptr<grpc::ClientContext> Person(const std::string& subject,
                                              const std::string& case_id) const;

  // The case as staff sees it.
  requests::v1::Case Case(const std::string& case_id);
  // Waits for a state; CHECKs that it comes within twenty seconds.
  requests::v1::Case AwaitState(const std::string& case_id, requests::v1::CaseState state);
  // Opens a case by form; its id.
  std::string Submit(requests::v1::Right right, const std::string& address);
  // The token in the newest letter to this address after the first `already`.
  std::string AwaitToken(const std::string& address, size_t already = 0);
  std::vector<std::string> LettersTo(const std::string& address) const;
  absl::Status Verify(const std::string& case_id, const std::string& token);
  // Answers every open manual task of the case with NO_DATA; how many.
  int FinishManual(const std::string& case_id);
  absl::Status Approve(const std::string& case_id);
  // The crm and recruiting systems are introduced by connector-crm.
  absl::Status Hello();
  // Leases at most one task; empty id when there is none.
  connector::v1::LeasedTask LeaseOne(const std::string& system);

  static const TestPki& Pki();

 private:
  void WriteClock();
  std::string RegisterNow(const std::string& address, const std::string& category);
  std::unique_ptr<grpc::ClientContext> As(const std::string& id, const std::string& role) const;

  MailServer mail_;
  absl::Time now_;
  std::string clock_file_;
  ServiceGround registry_ground_, consent_ground_, retention_ground_, ground_;
  std::unique_ptr<registry::App> registry_;
  std::unique_ptr<consent::App> consent_;
  std::unique_ptr<retention::App> retention_;
  requests::Config config_;
  std::unique_ptr<requests::App> app_;
  std::unique_ptr<registry::v1::RegistryService::Stub> registry_stub_;
  std::unique_ptr<retention::v1::RetentionService::Stub> retention_stub_;
  std::unique_ptr<requests::v1::RequestsService::Stub> gateway_;
  std::unique_ptr<connector::v1::ConnectorService::Stub> crm_, other_;
  std::unique_ptr<rpc::CallerSigner> signer_;
};

// Looks again and again without sleeping on a clock of its own; false after twenty seconds.
bool ComesTrue(const std::function<bool()>& holds);

}  // namespace varsam::testing
