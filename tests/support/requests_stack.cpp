#include "tests/support/requests_stack.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status.h"
#include "tests/support/free_ports.h"

namespace varsam::testing {
namespace {

std::string Local(uint16_t port) { return absl::StrCat("localhost:", port); }

void MustOk(const grpc::Status& status) { VARSAM_CHECK(status.ok()) << status.error_message(); }

template <typename App>
std::unique_ptr<App> Started(absl::StatusOr<std::unique_ptr<App>> app) {
  VARSAM_CHECK(app.ok()) << app.status().ToString();
  return *std::move(app);
}

}  // namespace

bool ComesTrue(const std::function<bool()>& holds) {
  const absl::Duration end = MonotonicNow() + absl::Seconds(20);
  while (!holds()) {
    if (MonotonicNow() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

const TestPki& RequestsStack::Pki() {
  static const TestPki* const pki = new TestPki();
  return *pki;
}

RequestsStack::RequestsStack()
    : mail_({kIntakeAddress}),
      // Behind the real time: what a mail server stamps in whole seconds is then never before it.
      now_(SystemClock().Now() - absl::Minutes(1)),
      clock_file_(absl::StrCat("/tmp/varsam-requests-clock-", getpid())),
      registry_ground_(Pki(), "subject-registry", registry::Migrations()),
      consent_ground_(Pki(), "consent", consent::Migrations()),
      retention_ground_(Pki(), "retention", retention::Migrations()),
      ground_(Pki(), "request-workflow", requests::Migrations()) {
  WriteClock();
  for (ServiceGround* ground :
       {&registry_ground_, &consent_ground_, &retention_ground_, &ground_}) {
    ground->UseClockFile(clock_file_);
  }
  const uint16_t port = FreePorts(2);
  const uint16_t retention_port = port + 1;
  registry_ = Started(registry::App::Start(registry_ground_.config()));
  const std::string registry = Local(registry_->host().server().port());
  registry_stub_ = registry::v1::RegistryService::NewStub(
      registry_ground_.ChannelAs("gateway", registry_->host().server().port()));
  registry::v1::ApplyPolicyRequest policy;
  policy.set_request_id(FreshId());
  policy.set_yaml(ReadSource("deploy/policy/lexium.yaml"));
  registry::v1::ApplyPolicyResponse applied;
  MustOk(registry_stub_->ApplyPolicy(Patient().get(), policy, &applied));

  consent_ = Started(consent::App::Start({.host = consent_ground_.config(),
                                          .registry_address = registry,
                                          .requests_address = Local(port),
                                          .retention_address = Local(retention_port)}));
  retention::Config retention{.host = retention_ground_.config(),
                              .registry_address = registry,
                              .consent_address = Local(consent_->host().server().port()),
                              .requests_address = Local(port),
                              .check_clocks = false};
  retention.host.server.port = retention_port;
  retention_ = Started(retention::App::Start(std::move(retention)));
  retention_stub_ = retention::v1::RetentionService::NewStub(
      retention_ground_.ChannelAs("gateway", retention_port));

  requests::Config config{.host = ground_.config(),
                          .registry_address = registry,
                          .consent_address = Local(consent_->host().server().port()),
                          .retention_address = Local(retention_port),
                          .public_url = "https://varsam.example"};
  config.host.server.port = port;
  config.host.server.caller_keys_file = Pki().dir() + "/caller-signing.pub";
  config.smtp = requests::SmtpConfig{"smtp://" + mail_.smtp(), kIntakeAddress};
  config.mail_reader =
      std::string(std::getenv("VARSAM_BINARY_DIR")) + "/bin/varsam-request-workflow";
  config.imap = requests::ImapConfig{"imap://" + mail_.imap(), kIntakeAddress, mail_.password()};
  config.lmtp = requests::LmtpConfig{lmtp_socket(), kIntakeAddress};
  config_ = std::move(config);
  StartService();
  gateway_ = requests::v1::RequestsService::NewStub(ground_.ChannelAs("gateway", port));
  for (const char* name : {"connector-crm", "connector-other"}) {
    Pki().Issue(name, absl::StrCat("URI:spiffe://varsam/", name, ", DNS:localhost"));
  }
  crm_ = connector::v1::ConnectorService::NewStub(ground_.ChannelAs("connector-crm", port));
  other_ = connector::v1::ConnectorService::NewStub(ground_.ChannelAs("connector-other", port));
  auto signer = rpc::CallerSigner::FromPem(ReadWhole(Pki().dir() + "/caller-signing.key"));
  VARSAM_CHECK(signer.ok());
  signer_ = std::make_unique<rpc::CallerSigner>(*std::move(signer));
}

RequestsStack::~RequestsStack() {
  app_.reset();
  retention_.reset();
  consent_.reset();
  registry_.reset();
  unlink(clock_file_.c_str());
}

void RequestsStack::WriteClock() {
  const std::string fresh = clock_file_ + ".new";
  std::ofstream(fresh) << absl::FormatTime(absl::RFC3339_full, now_, absl::UTCTimeZone());
  VARSAM_CHECK(rename(fresh.c_str(), clock_file_.c_str()) == 0);
}

void RequestsStack::Advance(absl::Duration by) {
  now_ += by;
  WriteClock();
  const absl::Time wanted = absl::FromUnixMicros(absl::ToUnixMicros(now_));
  VARSAM_CHECK(ComesTrue([&] { return app_->host().clock().Now() >= wanted; }));
}

std::string RequestsStack::Register(const std::string& address, const std::string& category) {
  const std::string subject = RegisterNow(address, category);
  Advance(absl::Seconds(1));  // the address was on file before the request
  return subject;
}

void RequestsStack::RegisterAll(const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses) RegisterNow(address, "applicant");
  Advance(absl::Seconds(1));
}

registry::v1::PolicyModel RequestsStack::Policy() {
  registry::v1::GetPolicyRequest request;
  request.set_version("current");
  registry::v1::GetPolicyResponse response;
  MustOk(registry_stub_->GetPolicy(Patient().get(), request, &response));
  return response.model();
}

std::string RequestsStack::RegisterNow(const std::string& address, const std::string& category) {
  registry::v1::RegisterSubjectRequest request;
  request.set_request_id(FreshId());
  common::v1::Identifier* const identifier = request.add_identifiers();
  identifier->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
  identifier->set_value(address);
  request.add_categories(category);
  request.set_display_name("Åsa Exempel");
  request.set_capacity(registry::v1::CAPACITY_NATURAL_PERSON);
  request.mutable_source()->set_source("data_subject");
  request.mutable_source()->mutable_collected_at()->set_seconds(1'780'000'000);
  registry::v1::RegisterSubjectResponse response;
  MustOk(registry_stub_->RegisterSubject(Patient().get(), request, &response));
  return response.subject_id();
}

void RequestsStack::StartService() { app_ = Started(requests::App::Start(config_)); }

void RequestsStack::AdvanceStopped(absl::Duration by) {
  now_ += by;
  WriteClock();
}

void RequestsStack::AddAddress(const std::string& subject, const std::string& known,
                               const std::string& further) {
  registry::v1::RegisterSubjectRequest request;
  request.set_request_id(FreshId());
  for (const std::string* address : {&known, &further}) {
    common::v1::Identifier* const identifier = request.add_identifiers();
    identifier->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
    identifier->set_value(*address);
  }
  request.add_categories("applicant");
  request.mutable_source()->set_source("data_subject");
  request.mutable_source()->mutable_collected_at()->set_seconds(1'780'000'000);
  registry::v1::RegisterSubjectResponse response;
  MustOk(registry_stub_->RegisterSubject(Patient().get(), request, &response));
  VARSAM_CHECK(response.subject_id() == subject);
  Advance(absl::Seconds(1));
}

void RequestsStack::Disclose(const std::string& subject, const std::string& recipient) {
  registry::v1::RecordDisclosureRequest request;
  request.set_request_id(FreshId());
  registry::v1::Disclosure* const disclosure = request.mutable_disclosure();
  disclosure->set_subject_id(subject);
  disclosure->set_recipient(recipient);
  disclosure->set_recipient_kind("third_party");
  disclosure->add_data_categories("phone");
  disclosure->set_purpose("third_party_disclosure");
  disclosure->mutable_disclosed_at()->set_seconds(1'780'000'000);
  registry::v1::RecordDisclosureResponse response;
  MustOk(registry_stub_->RecordDisclosure(Patient().get(), request, &response));
}

std::unique_ptr<grpc::ClientContext> RequestsStack::Staff(const std::string& id) const {
  return As(id, "case_officer");
}

std::unique_ptr<grpc::ClientContext> RequestsStack::Officer() const {
  return As("olga", "privacy_officer");
}

std::unique_ptr<grpc::ClientContext> RequestsStack::As(const std::string& id,
                                                       const std::string& role) const {
  rpc::Caller caller{rpc::CallerKind::kStaff, id, {role}, ""};
  const std::string word = signer_->Sign(caller, "request-workflow", SystemClock().Now());
  return rpc::NewContext(
      {.deadline = SystemClock().Now() + absl::Seconds(10), .caller_assertion = word});
}

std::unique_ptr<grpc::ClientContext> RequestsStack::Person(const std::string& subject,
                                                           const std::string& case_id) const {
  rpc::Caller caller{rpc::CallerKind::kPerson, subject, {}, case_id};
  const std::string word = signer_->Sign(caller, "request-workflow", SystemClock().Now());
  return rpc::NewContext(
      {.deadline = SystemClock().Now() + absl::Seconds(10), .caller_assertion = word});
}

requests::v1::Case RequestsStack::Case(const std::string& case_id) {
  requests::v1::GetRequestRequest request;
  request.set_case_id(case_id);
  requests::v1::GetRequestResponse response;
  MustOk(gateway_->GetRequest(Staff().get(), request, &response));
  return response.case_();
}

requests::v1::Case RequestsStack::AwaitState(const std::string& case_id,
                                             requests::v1::CaseState state) {
  requests::v1::Case seen;
  const bool came = ComesTrue([&] {
    seen = Case(case_id);
    return seen.state() == state;
  });
  VARSAM_CHECK(came) << seen.ShortDebugString();
  return seen;
}

std::string RequestsStack::Submit(requests::v1::Right right, const std::string& address) {
  requests::v1::SubmitRequestRequest request;
  request.set_request_id(FreshId());
  request.set_right(right);
  common::v1::Identifier* const identifier = request.add_identifiers();
  identifier->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
  identifier->set_value(address);
  request.set_message("Hej");
  requests::v1::SubmitRequestResponse response;
  MustOk(gateway_->SubmitRequest(Nobody().get(), request, &response));
  return response.case_id();
}

std::vector<std::string> RequestsStack::LettersTo(const std::string& address) const {
  std::vector<std::string> letters;
  for (const std::string& letter : mail_.Sent()) {
    if (letter.find("To: <" + address + ">") != std::string::npos) letters.push_back(letter);
  }
  return letters;
}

std::string RequestsStack::AwaitToken(const std::string& address, size_t already) {
  std::string token;
  const bool came = ComesTrue([&] {
    const std::vector<std::string> letters = LettersTo(address);
    for (size_t i = already; i < letters.size(); ++i) {
      const std::string mark = "https://varsam.example/c/";
      const size_t at = letters[i].find(mark);
      if (at == std::string::npos) continue;
      token = letters[i].substr(at + mark.size(), 43);
    }
    return !token.empty();
  });
  if (!came) {
    requests::v1::ListRequestsResponse all;
    MustOk(gateway_->ListRequests(Staff().get(), {}, &all));
    VARSAM_CHECK(came) << "no letter with a link: " << all.ShortDebugString();
  }
  return token;
}

absl::Status RequestsStack::Verify(const std::string& case_id, const std::string& token) {
  requests::v1::VerifyRequestRequest request;
  request.set_request_id(FreshId());
  request.set_case_id(case_id);
  request.set_token(token);
  requests::v1::VerifyRequestResponse response;
  return rpc::FromGrpc(gateway_->VerifyRequest(Nobody().get(), request, &response));
}

int RequestsStack::FinishManual(const std::string& case_id) {
  requests::v1::ListTasksRequest list;
  list.set_case_id(case_id);
  requests::v1::ListTasksResponse tasks;
  MustOk(gateway_->ListTasks(Staff().get(), list, &tasks));
  int count = 0;
  for (const requests::v1::Task& task : tasks.tasks()) {
    if (!task.manual() || task.state() != requests::v1::TASK_STATE_OPEN) continue;
    requests::v1::FinishTaskRequest request;
    request.set_request_id(FreshId());
    request.set_task_id(task.id());
    request.set_outcome("NO_DATA");
    request.set_evidence("looked through by hand");
    requests::v1::FinishTaskResponse response;
    MustOk(gateway_->FinishTask(Staff().get(), request, &response));
    ++count;
  }
  return count;
}

absl::Status RequestsStack::Approve(const std::string& case_id) {
  requests::v1::ApproveRequestRequest request;
  request.set_request_id(FreshId());
  request.set_case_id(case_id);
  requests::v1::ApproveRequestResponse response;
  return rpc::FromGrpc(gateway_->ApproveRequest(Staff().get(), request, &response));
}

absl::Status RequestsStack::Hello() {
  connector::v1::HelloRequest request;
  request.set_protocol_min(1);
  request.set_protocol_max(1);
  for (const char* system : {"crm", "recruiting"}) {
    connector::v1::ServedSystem* const served = request.add_systems();
    served->set_system(system);
    connector::v1::Capability* const capability = served->add_capabilities();
    capability->set_action("EXPORT");
    capability->add_identifier_types(common::v1::IDENTIFIER_TYPE_EMAIL);
  }
  connector::v1::HelloResponse response;
  return rpc::FromGrpc(crm_->Hello(Patient().get(), request, &response));
}

connector::v1::LeasedTask RequestsStack::LeaseOne(const std::string& system) {
  connector::v1::LeaseTasksRequest request;
  request.add_systems(system);
  request.set_tasks_max(1);
  connector::v1::LeaseTasksResponse response;
  MustOk(crm_->LeaseTasks(Patient().get(), request, &response));
  return response.tasks().empty() ? connector::v1::LeasedTask() : response.tasks(0);
}

}  // namespace varsam::testing
