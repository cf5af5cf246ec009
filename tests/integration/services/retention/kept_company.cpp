#include "tests/integration/services/retention/kept_company.h"

#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "libs/base/check.h"
#include "libs/base/strings.h"
#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/convert_feeds.h"
#include "varsam/registry/v1/registry_service.grpc.pb.h"

namespace varsam::retention {
namespace {

using testing::FreshId;
using testing::Patient;

const testing::TestPki& Pki() {
  static const testing::TestPki* const pki = [] {
    auto* made = new testing::TestPki();
    made->Issue("connector-crm", "URI:spiffe://varsam/connector-crm, DNS:localhost");
    return made;
  }();
  return *pki;
}

void WriteClock(const std::string& path, const std::string& instant) {
  const std::string fresh = path + ".new";
  std::ofstream(fresh) << instant;
  VARSAM_CHECK(std::rename(fresh.c_str(), path.c_str()) == 0);
}

}  // namespace

void Await(const std::function<bool()>& done) {
  const absl::Duration limit = MonotonicNow() + absl::Seconds(60);
  while (!done()) {
    if (MonotonicNow() > limit) FAIL("waited a minute for nothing");
    std::this_thread::yield();
  }
}

google::protobuf::Timestamp Stamp(const std::string& rfc3339) {
  absl::Time at;
  std::string error;
  VARSAM_CHECK(absl::ParseTime(absl::RFC3339_full, rfc3339, &at, &error)) << rfc3339;
  google::protobuf::Timestamp stamp;
  ToProto(at, &stamp);
  return stamp;
}

KeptCompany::KeptCompany(const std::string& database_directory)
    : ground(Pki(), "retention", Migrations()),
      registry_ground_(Pki(), "subject-registry", registry::Migrations()),
      other_store_(ModelFromBytes) {
  clock_path_ = absl::StrCat("/tmp/varsam-test-", getpid(), "-", ground.database().name());
  WriteClock(clock_path_, "2026-11-25T12:00:00Z");
  ground.UseClockFile(clock_path_);
  auto started = registry::App::Start(registry_ground_.config());
  REQUIRE(started.ok());
  registry_ = *std::move(started);
  config.host = ground.config();
  if (!database_directory.empty()) {
    config.host.database = absl::StrReplaceAll(
        config.host.database, {{ground.database().socket_directory(), database_directory}});
  }
  config.registry_address = absl::StrCat("127.0.0.1:", registry_->host().server().port());
  config.housekeeping_every = absl::Milliseconds(20);
  config.check_clocks = false;
  Start();
  auto other = host::Host::Open(
      ground.config(),
      {.origin = "varsam/retention", .migrations = &Migrations(), .access = RetentionAccess()});
  REQUIRE(other.ok());
  other_ = *std::move(other);
  other_operations_ = std::make_unique<Operations>(
      other_store_, DisposalCaps{}, other_->clock(), [this](const SubjectId& subject) {
        return ToHex(other_->vault().BlindIndex(vault::IdentifierType::kRecordKey,
                                                "certificate/" + subject.ToString()));
      });
}

KeptCompany::~KeptCompany() {
  other_.reset();
  app.reset();
  registry_.reset();
  unlink(clock_path_.c_str());
}

void KeptCompany::Start() {
  auto started = App::Start(config);
  INFO(started.status().ToString());
  REQUIRE(started.ok());
  app = *std::move(started);
  const uint16_t port = app->host().server().port();
  gateway = v1::RetentionService::NewStub(ground.ChannelAs("gateway", port));
  workflow = v1::RetentionService::NewStub(ground.ChannelAs("request-workflow", port));
  connector = v1::RetentionService::NewStub(ground.ChannelAs("connector-crm", port));
}

void KeptCompany::Restart() {
  app.reset();
  Start();
}

void KeptCompany::SetTime(const std::string& rfc3339) {
  WriteClock(clock_path_, rfc3339);
  absl::Time want;
  std::string error;
  VARSAM_CHECK(absl::ParseTime(absl::RFC3339_full, rfc3339, &want, &error));
  Await([&] { return Now() == want && other_->clock().Now() == want; });
}

void KeptCompany::ApplyPolicy(const std::string& yaml) {
  auto stub = registry::v1::RegistryService::NewStub(
      registry_ground_.ChannelAs("gateway", registry_->host().server().port()));
  registry::v1::ApplyPolicyRequest request;
  request.set_request_id(FreshId());
  request.set_yaml(yaml);
  registry::v1::ApplyPolicyResponse response;
  const absl::Status applied =
      rpc::FromGrpc(stub->ApplyPolicy(Patient().get(), request, &response));
  INFO(applied.ToString());
  REQUIRE(applied.ok());
  Await([&] {
    return Count(absl::StrCat("SELECT count(*) FROM policy_version WHERE version = '",
                              response.version(), "'")) == 1;
  });
}

void KeptCompany::AwaitRecomputed() {
  // As the service itself asks: a change of rule makes records outdated once when it is
  // announced and again on the day it comes into force.
  auto connection = ground.database().Open();
  Await([&] {
    const absl::StatusOr<bool> outdated = other_store_.HasOutdated(*connection, Now());
    return outdated.ok() && !*outdated;
  });
}

v1::RecordSignal KeptCompany::IdleProspect(const std::string& key, const std::string& last_reply) {
  v1::RecordSignal signal;
  signal.set_subject_id(NewUuidV4().ToString());
  signal.set_system("crm");
  signal.set_record_key(key);
  for (const char* one : {"name", "email", "sales_activity"}) signal.add_data_categories(one);
  signal.add_subject_categories("prospect");
  (*signal.mutable_flags())["origin"] = "self_initiated";
  (*signal.mutable_flags())["customer"] = "false";
  *signal.mutable_collected_at() = Stamp("2022-01-10T08:00:00Z");
  *signal.mutable_observed_at() = Stamp("2026-11-24T02:00:00Z");
  v1::ClockEvent* event = signal.add_events();
  event->set_type("reply");
  *event->mutable_at() = Stamp(last_reply);
  return signal;
}

absl::Status KeptCompany::Record(const std::vector<v1::RecordSignal>& signals) {
  v1::RecordSignalsRequest request;
  request.set_request_id(FreshId());
  for (const v1::RecordSignal& one : signals) *request.add_signals() = one;
  v1::RecordSignalsResponse response;
  return rpc::FromGrpc(connector->RecordSignals(Patient().get(), request, &response));
}

v1::PlanDisposalResponse KeptCompany::Plan() {
  v1::PlanDisposalRequest request;
  request.set_page_size(kPageRowsMax);
  v1::PlanDisposalResponse response;
  const absl::Status status =
      rpc::FromGrpc(gateway->PlanDisposal(Patient().get(), request, &response));
  INFO(status.ToString());
  REQUIRE(status.ok());
  return response;
}

absl::Status KeptCompany::Run(const v1::RunDisposalRequest& request,
                              v1::RunDisposalResponse* response) {
  Await([&] { return app->feeds().Ready().ok(); });
  return rpc::FromGrpc(gateway->RunDisposal(Patient().get(), request, response));
}

std::vector<v1::DisposalItem> KeptCompany::ItemsOf(const std::string& run_id) {
  v1::ListDisposalsRequest request;
  request.set_run_id(run_id);
  request.set_page_size(kPageRowsMax);
  v1::ListDisposalsResponse response;
  REQUIRE(gateway->ListDisposals(Patient().get(), request, &response).ok());
  return {response.items().begin(), response.items().end()};
}

absl::Status KeptCompany::TellRequests(const std::vector<requests::v1::RequestsEntry>& entries) {
  std::vector<ledger::v1::Entry> wrapped(entries.size());
  std::vector<const ledger::v1::Entry*> pointers;
  for (size_t i = 0; i < entries.size(); ++i) {
    wrapped[i].set_index(requests_cursor_++);
    wrapped[i].set_payload(entries[i].SerializeAsString());
    ToProto(Now(), wrapped[i].mutable_time());
    pointers.push_back(&wrapped[i]);
  }
  auto effects = RequestsEffects(pointers);
  if (!effects.ok()) return effects.status();
  return other_->journal()
      .SubmitAndWait(other_operations_->apply_feed,
                     ApplyFeed{"requests", requests_cursor_, *std::move(effects)},
                     {.conflict_keys = {kRecordsKey}})
      .status();
}

std::vector<v1::RetentionEntry> KeptCompany::LedgerEntries(const std::string& kind) {
  auto entries = app->host().reader().Entries(0, ledger::kReadEntriesMax);
  REQUIRE(entries.ok());
  std::vector<v1::RetentionEntry> payloads;
  for (const ledger::StoredEntry& one : *entries) {
    if (one.kind != kind) continue;
    payloads.emplace_back();
    REQUIRE(payloads.back().ParseFromString(*one.payload));
  }
  return payloads;
}

int64_t KeptCompany::Count(const std::string& sql) {
  // Statements are known by their name: one per text.
  static std::map<std::string, std::string>* const names = new std::map<std::string, std::string>();
  auto [at, fresh] = names->emplace(sql, absl::StrCat("kept_count_", names->size()));
  auto connection = ground.database().Open();
  const pg::Statement statement{at->second.c_str(), at->first.c_str()};
  auto rows = connection->Query(statement, pg::Params());
  INFO(rows.status().ToString());
  REQUIRE(rows.ok());
  return rows->Only().Int64(0);
}

v1::RunDisposalRequest RunRequest() {
  v1::RunDisposalRequest request;
  request.set_request_id(FreshId());
  return request;
}

v1::PlaceHoldRequest HoldOn(const std::string& subject) {
  v1::PlaceHoldRequest request;
  request.set_request_id(FreshId());
  request.mutable_hold()->set_matter("T 123-26");
  request.mutable_hold()->set_owner("Eva Holm");
  request.mutable_hold()->set_reason("Tvist");
  request.mutable_hold()->mutable_scope()->add_subject_ids(subject);
  return request;
}

}  // namespace varsam::retention
