// Retention under test on its real database over mTLS, with the shipped policy of a real registry,
// a clock that stands where the test puts it, and a second process' hand on the same journal for
// what other services would tell.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "libs/rpc/status.h"
#include "services/retention/app.h"
#include "services/subject_registry/app.h"
#include "tests/support/service_ground.h"
#include "varsam/requests/v1/requests_entry.pb.h"
#include "varsam/retention/v1/retention_entry.pb.h"
#include "varsam/retention/v1/retention_service.grpc.pb.h"

namespace varsam::retention {

class KeptCompany {
 public:
  // `database_directory`: where PostgreSQL is reached (a gate), or its own socket when empty.
  explicit KeptCompany(const std::string& database_directory = "");
  ~KeptCompany();

  // Stops and starts again: a restart.
  void Restart();
  void SetTime(const std::string& rfc3339);
  absl::Time Now() { return app->host().clock().Now(); }
  // Applies the policy and waits until retention knows it.
  void ApplyPolicy(const std::string& yaml);
  // Waits until no field belongs to older rules.
  void AwaitRecomputed();

  // One signal about a new person who wrote first; gives the person.
  static v1::RecordSignal IdleProspect(const std::string& key, const std::string& last_reply);
  absl::Status Record(const std::vector<v1::RecordSignal>& signals);
  v1::PlanDisposalResponse Plan();
  absl::Status Run(const v1::RunDisposalRequest& request, v1::RunDisposalResponse* response);
  std::vector<v1::DisposalItem> ItemsOf(const std::string& run_id);
  // Entries of a requests ledger, applied as the feed would, at the next index.
  absl::Status TellRequests(const std::vector<requests::v1::RequestsEntry>& entries);
  // Every payload of the service's own ledger of that kind.
  std::vector<v1::RetentionEntry> LedgerEntries(const std::string& kind);
  int64_t Count(const std::string& sql);

  testing::ServiceGround ground;
  std::unique_ptr<App> app;
  std::unique_ptr<v1::RetentionService::Stub> gateway, workflow, connector;
  Config config;

 private:
  void Start();

  testing::ServiceGround registry_ground_;
  std::unique_ptr<registry::App> registry_;
  std::string clock_path_;
  std::unique_ptr<host::Host> other_;
  PostgresRetentionStore other_store_;
  std::unique_ptr<Operations> other_operations_;
  uint64_t requests_cursor_ = 0;
};

google::protobuf::Timestamp Stamp(const std::string& rfc3339);
// Requests that are fine as they stand.
v1::RunDisposalRequest RunRequest();
v1::PlaceHoldRequest HoldOn(const std::string& subject);
// Until `done` says so; fails after a minute.
void Await(const std::function<bool()>& done);

}  // namespace varsam::retention
