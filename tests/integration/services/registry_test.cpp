// The registry over mTLS on a real database: the policy, the people, the refusals.
#include <catch2/catch.hpp>

#include <set>

#include "absl/strings/str_replace.h"
#include "grpc/reflection/v1/reflection.grpc.pb.h"
#include "libs/base/error.h"
#include "libs/rpc/status.h"
#include "services/subject_registry/app.h"
#include "tests/support/service_ground.h"
#include "varsam/ledger/v1/ledger_service.grpc.pb.h"

namespace varsam::registry {
namespace {

using testing::FreshId;
using testing::Patient;

std::string PolicyYaml() { return testing::ReadSource("deploy/policy/lexium.yaml"); }

struct Registry {
  Registry() : ground(Pki(), "subject-registry", Migrations()) { Start(); }

  static const testing::TestPki& Pki() {
    static const testing::TestPki* const pki = new testing::TestPki();
    return *pki;
  }
  void Start() {
    auto started = App::Start(ground.config());
    REQUIRE(started.ok());
    app = *std::move(started);
    gateway =
        v1::RegistryService::NewStub(ground.ChannelAs("gateway", app->host().server().port()));
    workflow = v1::RegistryService::NewStub(
        ground.ChannelAs("request-workflow", app->host().server().port()));
  }

  absl::Status ApplyPolicy(const std::string& yaml, v1::ApplyPolicyResponse* response) {
    v1::ApplyPolicyRequest request;
    request.set_request_id(FreshId());
    request.set_yaml(yaml);
    return rpc::FromGrpc(gateway->ApplyPolicy(Patient().get(), request, response));
  }
  v1::ImportResult Import(const std::string& email, const std::string& source,
                          const std::string& category = "prospect") {
    v1::ImportSubjectsRequest request;
    request.set_request_id(FreshId());
    v1::ImportRow* row = request.add_rows();
    row->set_row_id("1");
    row->add_categories(category);
    row->set_display_name("Åsa Exempel");
    auto* identifier = row->add_identifiers();
    identifier->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
    identifier->set_value(email);
    row->mutable_source()->set_source(source);
    row->mutable_source()->mutable_collected_at()->set_seconds(1'780'000'000);
    v1::ImportSubjectsResponse response;
    const absl::Status status =
        rpc::FromGrpc(gateway->ImportSubjects(Patient().get(), request, &response));
    INFO(status.ToString());
    REQUIRE(status.ok());
    return response.results(0);
  }

  testing::ServiceGround ground;
  std::unique_ptr<App> app;
  std::unique_ptr<v1::RegistryService::Stub> gateway, workflow;
};

}  // namespace

TEST_CASE("Lexium's policy applies with its gaps reported") {
  Registry registry;
  v1::ApplyPolicyResponse applied;
  REQUIRE(registry.ApplyPolicy(PolicyYaml(), &applied).ok());
  CHECK(applied.counts().subject_categories() == 12);
  CHECK(applied.counts().purposes() == 28);
  CHECK(applied.counts().systems() == 8);
  CHECK(applied.counts().retention_rules() == 38);
  for (int gap = 1; gap <= 14; ++gap) {
    const std::string code = "G" + std::to_string(gap);
    const bool reported = std::any_of(applied.findings().begin(), applied.findings().end(),
                                      [&](const auto& one) { return one.code() == code; });
    CHECK(reported);
  }

  SECTION("a change is shown before it is applied, and changes nothing") {
    v1::DiffPolicyRequest request;
    request.set_yaml(absl::StrReplaceAll(
        PolicyYaml(),
        {{"version: \"1.0.0\"", "version: \"1.1.0\""}, {"keep: P90D", "keep: P80D"}}));
    v1::DiffPolicyResponse diff;
    REQUIRE(registry.gateway->DiffPolicy(Patient().get(), request, &diff).ok());
    CHECK(diff.current_version() == "1.0.0");
    CHECK(diff.changes_size() >= 2);
    v1::GetPolicyRequest current;
    current.set_version("current");
    v1::GetPolicyResponse policy;
    REQUIRE(registry.gateway->GetPolicy(Patient().get(), current, &policy).ok());
    CHECK(policy.model().document().version() == "1.0.0");
  }

  SECTION("a published version never changes") {
    v1::ApplyPolicyResponse again;
    CHECK(registry.ApplyPolicy(PolicyYaml(), &again).ok());
    const absl::Status other = registry.ApplyPolicy(
        absl::StrReplaceAll(PolicyYaml(), {{"keep: P90D", "keep: P80D"}}), &again);
    CHECK(ReasonOf(other) == "POLICY_VERSION_REUSED");
  }

  SECTION("a restart knows the policy") {
    registry.app.reset();
    registry.Start();
    v1::ListSystemsResponse systems;
    REQUIRE(registry.gateway->ListSystems(Patient().get(), {}, &systems).ok());
    CHECK(systems.systems_size() == 8);
  }
}

TEST_CASE("a bad policy is refused whole, with field and line") {
  Registry registry;
  v1::ApplyPolicyResponse response;
  const absl::Status unknown = registry.ApplyPolicy(PolicyYaml() + "\nsurprise: 1\n", &response);
  CHECK(ReasonOf(unknown) == "INVALID_FIELD");
  REQUIRE(FieldViolationsOf(unknown).size() == 1);
  CHECK(FieldViolationsOf(unknown)[0].field == "surprise");
  CHECK(std::string(unknown.message()).find("surprise: line ") != std::string::npos);
  CHECK(std::string(unknown.message()).find("unknown key surprise") != std::string::npos);

  const absl::Status dangling = registry.ApplyPolicy(
      absl::StrReplaceAll(PolicyYaml(), {{"processor: v_crm", "processor: v_nobody"}}), &response);
  CHECK(ReasonOf(dangling) == "INVALID_POLICY");
  CHECK(std::string(dangling.message()).find("UNKNOWN_ID [v_nobody]") != std::string::npos);
  REQUIRE_FALSE(FieldViolationsOf(dangling).empty());
  CHECK(FieldViolationsOf(dangling)[0].field.starts_with("systems."));
  CHECK(FieldViolationsOf(dangling)[0].description.starts_with("line "));

  const absl::Status baseless = registry.ApplyPolicy(
      absl::StrReplaceAll(PolicyYaml(), {{"    sv: Lön och skatt\n    basis: legal_obligation\n",
                                          "    sv: Lön och skatt\n"}}),
      &response);
  CHECK(ReasonOf(baseless) == "INVALID_POLICY");
  CHECK(std::string(baseless.message()).find("INCOMPLETE_ACTIVITY [basis]") != std::string::npos);
  REQUIRE_FALSE(FieldViolationsOf(baseless).empty());
  CHECK(FieldViolationsOf(baseless)[0].field == "purposes.payroll");

  v1::GetPolicyRequest current;
  current.set_version("current");
  v1::GetPolicyResponse policy;
  CHECK(registry.gateway->GetPolicy(Patient().get(), current, &policy).error_code() ==
        grpc::StatusCode::NOT_FOUND);
}

TEST_CASE("people come in once, are found, read with a trace, and erased for good") {
  Registry registry;
  v1::ApplyPolicyResponse applied;
  REQUIRE(registry.ApplyPolicy(PolicyYaml(), &applied).ok());

  const v1::ImportResult first = registry.Import("asa@exempel.example", "data_subject");
  CHECK(first.outcome() == "CREATED");
  const v1::ImportResult second = registry.Import(" ASA@Exempel.example ", "data_subject");
  CHECK(second.outcome() == "MATCHED");
  CHECK(second.subject_id() == first.subject_id());

  CHECK(registry.Import("b@exempel.example", "").outcome() == "SOURCE_REQUIRED");
  CHECK(registry.Import("b@exempel.example", "purchased_list").outcome() ==
        "SOURCE_EVIDENCE_MISSING");
  CHECK(registry.Import("b@exempel.example", "data_subject", "nobody").outcome() ==
        "UNKNOWN_CATEGORY");

  v1::GetSubjectRequest get;
  get.set_subject_id(first.subject_id());
  get.set_reason("test");
  v1::GetSubjectResponse subject;
  REQUIRE(registry.gateway->GetSubject(Patient().get(), get, &subject).ok());
  CHECK(subject.subject().display_name() == "Åsa Exempel");
  CHECK(subject.subject().identifiers(0).value() == "asa@exempel.example");
  v1::ListAccessesRequest accesses_of;
  accesses_of.set_subject_id(first.subject_id());
  v1::ListAccessesResponse accesses;
  REQUIRE(registry.gateway->ListAccesses(Patient().get(), accesses_of, &accesses).ok());
  REQUIRE(accesses.accesses_size() == 1);
  CHECK(accesses.accesses(0).operation() == "GetSubject");

  v1::EraseSubjectRequest erase;
  erase.set_request_id(FreshId());
  erase.set_subject_id(first.subject_id());
  v1::EraseSubjectResponse erased;
  CHECK(registry.gateway->EraseSubject(Patient().get(), erase, &erased).error_code() ==
        grpc::StatusCode::PERMISSION_DENIED);
  REQUIRE(registry.workflow->EraseSubject(Patient().get(), erase, &erased).ok());
  v1::EraseSubjectResponse again;
  REQUIRE(registry.workflow->EraseSubject(Patient().get(), erase, &again).ok());
  CHECK(again.SerializeAsString() == erased.SerializeAsString());

  v1::ResolveSubjectRequest resolve;
  resolve.set_reason("test");
  auto* identifier = resolve.add_identifiers();
  identifier->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
  identifier->set_value("asa@exempel.example");
  v1::ResolveSubjectResponse resolved;
  REQUIRE(registry.gateway->ResolveSubject(Patient().get(), resolve, &resolved).ok());
  CHECK(resolved.subject_ids().empty());
  CHECK(registry.Import("asa@exempel.example", "public_web").outcome() == "REIMPORT_SUPPRESSED");
  CHECK(registry.Import("asa@exempel.example", "data_subject").outcome() == "CREATED");
}

TEST_CASE("erasing a person empties the ledger's entries, also those of who was merged into them") {
  Registry registry;
  v1::ApplyPolicyResponse applied;
  REQUIRE(registry.ApplyPolicy(PolicyYaml(), &applied).ok());
  const std::string survivor = registry.Import("asa@exempel.example", "data_subject").subject_id();
  const std::string merged = registry.Import("asa@annan.example", "data_subject").subject_id();
  const std::string other = registry.Import("bo@exempel.example", "data_subject").subject_id();
  v1::MergeSubjectsRequest merge;
  merge.set_request_id(FreshId());
  merge.set_subject_id(survivor);
  merge.set_merged_subject_id(merged);
  v1::MergeSubjectsResponse joined;
  REQUIRE(registry.gateway->MergeSubjects(Patient().get(), merge, &joined).ok());

  v1::EraseSubjectRequest erase;
  erase.set_request_id(FreshId());
  erase.set_subject_id(merged);  // whoever was merged away is the survivor
  v1::EraseSubjectResponse erased;
  REQUIRE(registry.workflow->EraseSubject(Patient().get(), erase, &erased).ok());

  // Imported, imported, joined: emptied. The merge itself, the erasure and the other one stay.
  const auto connection = registry.ground.database().Open();
  const auto counted = connection->Query(
      pg::Statement{"",
                    "SELECT count(*) FILTER (WHERE payload IS NULL), count(payload), "
                    "(SELECT count(*) FROM subject_identifier) FROM ledger_entry "
                    "WHERE kind = 'subject_changed'"},
      pg::Params());
  REQUIRE(counted.ok());
  CHECK((*counted)[0].Int64(0) == 3);
  CHECK((*counted)[0].Int64(1) == 1);
  CHECK((*counted)[0].Int64(2) == 1);
  CHECK(registry.Import("asa@exempel.example", "public_web").outcome() == "REIMPORT_SUPPRESSED");
  CHECK(registry.Import("asa@annan.example", "public_web").outcome() == "REIMPORT_SUPPRESSED");
  CHECK(registry.Import("bo@exempel.example", "public_web").outcome() == "MATCHED");

  auto ledger = ledger::v1::LedgerService::NewStub(
      registry.ground.ChannelAs("gateway", registry.app->host().server().port()));
  ledger::v1::VerifyLogResponse intact;
  REQUIRE(ledger->VerifyLog(Patient().get(), {}, &intact).ok());
  CHECK(intact.intact());
  CHECK(intact.erased() == 3);
}

TEST_CASE("an update needs the etag that was read and a mask of known fields") {
  Registry registry;
  v1::ApplyPolicyResponse applied;
  REQUIRE(registry.ApplyPolicy(PolicyYaml(), &applied).ok());
  const std::string id = registry.Import("c@exempel.example", "data_subject").subject_id();
  v1::UpdateSubjectRequest update;
  update.set_request_id(FreshId());
  update.mutable_subject()->set_id(id);
  update.mutable_subject()->set_etag("1");
  update.mutable_subject()->set_capacity(v1::CAPACITY_NATURAL_PERSON);
  update.add_update_mask("capacity");
  v1::UpdateSubjectResponse updated;
  REQUIRE(registry.gateway->UpdateSubject(Patient().get(), update, &updated).ok());
  CHECK(updated.subject().etag() == "2");

  update.set_request_id(FreshId());
  CHECK(ReasonOf(rpc::FromGrpc(registry.gateway->UpdateSubject(Patient().get(), update,
                                                               &updated))) == "ETAG_MISMATCH");
  update.set_request_id(FreshId());
  update.add_update_mask("registered_at");
  const absl::Status mask =
      rpc::FromGrpc(registry.gateway->UpdateSubject(Patient().get(), update, &updated));
  REQUIRE(FieldViolationsOf(mask).size() == 1);
  CHECK(FieldViolationsOf(mask)[0].field == "update_mask");
  CHECK(FieldViolationsOf(mask)[0].description ==
        "registered_at, want categories, capacity, soft_opt_in or language");
  update.clear_update_mask();
  const absl::Status none =
      rpc::FromGrpc(registry.gateway->UpdateSubject(Patient().get(), update, &updated));
  REQUIRE(FieldViolationsOf(none).size() == 1);
  CHECK(FieldViolationsOf(none)[0].field == "update_mask");
  // What was refused has changed nothing: the etag is that of the one good update.
  v1::GetSubjectRequest get;
  get.set_subject_id(id);
  v1::GetSubjectResponse person;
  REQUIRE(registry.gateway->GetSubject(Patient().get(), get, &person).ok());
  CHECK(person.subject().etag() == "2");
}

TEST_CASE("an operator asks a running service what it offers; the gateway may not") {
  Registry registry;
  const auto ask = [&](const std::string& peer, grpc::reflection::v1::ListServiceResponse* list) {
    const auto stub = grpc::reflection::v1::ServerReflection::NewStub(
        registry.ground.ChannelAs(peer, registry.app->host().server().port()));
    const auto context = Patient();
    const auto stream = stub->ServerReflectionInfo(context.get());
    grpc::reflection::v1::ServerReflectionRequest request;
    request.set_list_services("");
    stream->Write(request);
    stream->WritesDone();
    grpc::reflection::v1::ServerReflectionResponse response;
    while (stream->Read(&response)) *list = response.list_services_response();
    return rpc::FromGrpc(stream->Finish());
  };
  grpc::reflection::v1::ListServiceResponse list;
  CHECK(ReasonOf(ask("gateway", &list)) == "PEER_NOT_ALLOWED");
  CHECK(list.service().empty());
  REQUIRE(ask("operator", &list) == absl::OkStatus());
  std::set<std::string> names;
  for (const auto& one : list.service()) names.insert(one.name());
  CHECK(names == std::set<std::string>{"grpc.reflection.v1.ServerReflection",
                                       "grpc.reflection.v1alpha.ServerReflection",
                                       "varsam.ledger.v1.LedgerService",
                                       "varsam.registry.v1.RegistryService"});
}

TEST_CASE("the ledger tells what happened and verifies") {
  Registry registry;
  v1::ApplyPolicyResponse applied;
  REQUIRE(registry.ApplyPolicy(PolicyYaml(), &applied).ok());
  registry.Import("d@exempel.example", "data_subject");
  auto ledger = ledger::v1::LedgerService::NewStub(
      registry.ground.ChannelAs("gateway", registry.app->host().server().port()));
  ledger::v1::VerifyLogResponse verified;
  REQUIRE(ledger->VerifyLog(Patient().get(), {}, &verified).ok());
  CHECK(verified.intact());
  CHECK(verified.entries() == 2);
}

TEST_CASE("looks are forgotten when the policy's period for the access log is over") {
  Registry registry;
  PostgresRegistryStore store;
  auto connection = registry.ground.database().Open();
  const auto count = [&] {
    static constexpr pg::Statement kCount{"count_accesses", "SELECT count(*) FROM access_log"};
    return connection->Query(kCount, pg::Params())->Only().Int64(0);
  };
  absl::Time now;
  std::string error;
  REQUIRE(absl::ParseTime(absl::RFC3339_full, "2026-11-25T12:00:00Z", &now, &error));
  REQUIRE(connection
              ->Execute("INSERT INTO access_log SELECT gen_random_uuid(), gen_random_uuid(), at, "
                        "'GetSubject', 'test', 'anna' FROM unnest(ARRAY['2024-11-24T22:59:00Z', "
                        "'2024-11-24T23:01:00Z', '2026-11-01T00:00:00Z']::timestamptz[]) AS t (at)")
              .ok());
  CHECK_FALSE(*store.ForgetAccesses(*connection, now));  // no policy, no period
  CHECK(count() == 3);
  v1::ApplyPolicyResponse applied;
  REQUIRE(registry.ApplyPolicy(PolicyYaml(), &applied).ok());
  CHECK_FALSE(*store.ForgetAccesses(*connection, now));
  CHECK(count() == 2);  // P24M: the last lawful day of 25 November 2024 is today
  CHECK_FALSE(*store.ForgetAccesses(*connection, now + absl::Hours(24)));
  CHECK(count() == 1);
}

}  // namespace varsam::registry
