#include "tests/support/consent_stack.h"

#include <thread>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "libs/base/error.h"
#include "libs/rpc/status.h"

namespace varsam::testing {
namespace {

const pg::MigrationSet& NoMigrations() {
  static const auto* const none = new pg::MigrationSet{"none", {}};
  return *none;
}

void MustOk(const grpc::Status& status) { VARSAM_CHECK(status.ok()) << status.error_message(); }

}  // namespace

std::string ConsentStack::Ask(const std::string& subject, const std::string& purpose,
                              uint64_t revision, const std::string& topic, int replica) {
  consent::v1::DecideRequest request;
  request.mutable_query()->set_subject_id(subject);
  request.mutable_query()->set_purpose(purpose);
  request.mutable_query()->set_topic(topic);
  request.set_at_least_revision(revision);
  consent::v1::DecideResponse response;
  const absl::Status status =
      rpc::FromGrpc(stub(replica).Decide(Patient().get(), request, &response));
  if (!status.ok()) return ReasonOf(status);
  VARSAM_CHECK(response.revision() >= revision);
  return response.decision().reason();
}

bool Eventually(const std::function<bool()>& holds) {
  const absl::Duration end = MonotonicNow() + absl::Seconds(10);
  while (!holds()) {
    if (MonotonicNow() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

BareLedger::BareLedger(const TestPki& pki, const std::string& service, const std::string& origin)
    : ground_(pki, service, NoMigrations()) {
  auto host = host::Host::Open(
      ground_.config(),
      {.origin = origin, .migrations = &NoMigrations(), .feed_readers = {"consent"}});
  VARSAM_CHECK(host.ok()) << host.status().ToString();
  host_ = *std::move(host);
  const absl::Status started = host_->Start({});
  VARSAM_CHECK(started.ok()) << started.ToString();
  append_.name = "Append";
  append_.load = [](pg::Tx&, std::span<const Raw* const> asks) -> absl::StatusOr<std::vector<Raw>> {
    return std::vector<Raw>(asks.size());
  };
  append_.decide = [](const Raw& ask, const Raw&, const journal::Frozen&) -> absl::StatusOr<Raw> {
    return ask;
  };
  append_.entries = [](const Raw& raw) {
    return std::vector<ledger::Entry>{{raw.kind, raw.payload}};
  };
  append_.save = [](pg::Tx&, std::span<const Raw* const>, std::span<const journal::Position>) {
    return absl::OkStatus();
  };
}

void BareLedger::Append(const std::string& kind, const std::string& payload) {
  const auto done = host_->journal().SubmitAndWait(append_, Raw{kind, payload}, {});
  VARSAM_CHECK(done.ok()) << done.status().ToString();
}

const TestPki& ConsentStack::Pki() {
  static const TestPki* const pki = new TestPki();
  return *pki;
}

ConsentStack::ConsentStack(int replicas)
    : registry_ground_(Pki(), "subject-registry", registry::Migrations()),
      ground_(Pki(), "consent", consent::Migrations()),
      requests_(Pki(), "request-workflow", "varsam/requests"),
      retention_(Pki(), "retention", "varsam/retention") {
  auto registry = registry::App::Start(registry_ground_.config());
  VARSAM_CHECK(registry.ok()) << registry.status().ToString();
  registry_ = *std::move(registry);
  registry_stub_ = registry::v1::RegistryService::NewStub(
      registry_ground_.ChannelAs("gateway", registry_->host().server().port()));
  apps_.resize(replicas);
  stubs_.resize(replicas);
  for (int i = 0; i < replicas; ++i) StartReplica(i);
}

ConsentStack::~ConsentStack() { apps_.clear(); }

void ConsentStack::StartReplica(int replica) {
  consent::Config config{
      .host = ground_.config(),
      .registry_address = absl::StrCat("localhost:", registry_->host().server().port()),
      .requests_address = absl::StrCat("localhost:", requests_.port()),
      .retention_address = absl::StrCat("localhost:", retention_.port())};
  if (adjust) adjust(config);
  auto app = consent::App::Start(std::move(config));
  VARSAM_CHECK(app.ok()) << app.status().ToString();
  apps_[replica] = *std::move(app);
  stubs_[replica] = consent::v1::ConsentService::NewStub(
      ground_.ChannelAs("gateway", apps_[replica]->host().server().port()));
  consent::App& started = *apps_[replica];
  VARSAM_CHECK(Eventually([&] {
    return started.ready() && started.table().has_read(consent::FeedSource::kRequests) &&
           started.table().has_read(consent::FeedSource::kRetention);
  })) << "the feeds were not read";
}

void ConsentStack::Stop(int replica) { apps_[replica].reset(); }

void ConsentStack::Restart(int replica) {
  apps_[replica].reset();
  StartReplica(replica);
}

void ConsentStack::Prepare() {
  registry::v1::ApplyPolicyRequest request;
  request.set_request_id(FreshId());
  request.set_yaml(ReadSource("deploy/policy/lexium.yaml"));
  registry::v1::ApplyPolicyResponse response;
  MustOk(registry_stub_->ApplyPolicy(Patient().get(), request, &response));
  PublishNotice(false);
}

void ConsentStack::PublishNotice(bool material) {
  registry::v1::PublishNoticeRequest request;
  request.set_request_id(FreshId());
  registry::v1::Notice* wanted = request.mutable_notice();
  wanted->set_id("join");
  wanted->set_language("sv");
  wanted->set_text("Vi sparar dina uppgifter.");
  wanted->set_material(material);
  for (const char* purpose :
       {"talent_pool", "web_statistics", "third_party_disclosure", "marketing_email"}) {
    wanted->add_purposes(purpose);
  }
  registry::v1::PublishNoticeResponse response;
  MustOk(registry_stub_->PublishNotice(Patient().get(), request, &response));
  notice.set_notice_id("join");
  notice.set_version(response.notice().version());
  notice.set_language("sv");
  notice.set_text_sha256(response.notice().text_sha256());
  for (const auto& app : apps_) {
    VARSAM_CHECK(Eventually([&] {
      const auto& notices = app->table().catalogue()->notices();
      return !notices.empty() && notices.back().ref.version == notice.version();
    }));
  }
}

void ConsentStack::Approve(const std::string& lia) {
  registry::v1::RecordAssessmentRequest request;
  request.set_request_id(FreshId());
  request.mutable_assessment()->set_kind(registry::v1::ASSESSMENT_KIND_LEGITIMATE_INTEREST);
  request.mutable_assessment()->set_id(lia);
  request.mutable_assessment()->mutable_approved_at()->set_seconds(
      absl::ToUnixSeconds(SystemClock().Now()) - 3600);
  request.mutable_assessment()->set_review_by("2099-12-31");
  request.mutable_assessment()->set_approver("dpo");
  registry::v1::RecordAssessmentResponse response;
  MustOk(registry_stub_->RecordAssessment(Patient().get(), request, &response));
  for (const auto& app : apps_) {
    VARSAM_CHECK(Eventually([&] {
      return app->table()
          .catalogue()
          ->ApprovalAt(consent::AssessmentKind::kLegitimateInterest, lia, SystemClock().Now(),
                       absl::InfiniteFuture())
          .has_value();
    }));
  }
}

void ConsentStack::AwaitKnown(const std::string& subject) {
  const consent::Question question{.subject = *SubjectId::Parse(subject),
                                   .purpose = "cookie_necessary",
                                   .at = SystemClock().Now(),
                                   .known = absl::InfiniteFuture()};
  for (const auto& app : apps_) {
    VARSAM_CHECK(Eventually([&] {
      return app->table().Decide(question).reason != consent::Reason::kIndeterminate;
    })) << "the registration did not arrive";
  }
}

std::string ConsentStack::Register(const std::string& category,
                                   registry::v1::RelationshipKind tie) {
  registry::v1::RegisterSubjectRequest request;
  request.set_request_id(FreshId());
  common::v1::Identifier* identifier = request.add_identifiers();
  identifier->set_type(common::v1::IDENTIFIER_TYPE_EMAIL);
  identifier->set_value(FreshId() + "@example.se");
  request.add_categories(category);
  request.set_capacity(registry::v1::CAPACITY_NATURAL_PERSON);
  request.mutable_source()->set_source("data_subject");
  request.mutable_source()->mutable_collected_at()->set_seconds(1'780'000'000);
  if (tie != registry::v1::RELATIONSHIP_KIND_UNSPECIFIED) {
    request.add_relationships()->set_kind(tie);
    request.mutable_relationships(0)->set_from("2026-01-01");
  }
  registry::v1::RegisterSubjectResponse response;
  MustOk(registry_stub_->RegisterSubject(Patient().get(), request, &response));
  AwaitKnown(response.subject_id());
  return response.subject_id();
}

consent::v1::RecordConsentRequest ConsentStack::Choice(const std::string& subject,
                                                       const std::string& purpose,
                                                       consent::v1::Choice choice) const {
  consent::v1::RecordConsentRequest request;
  request.set_request_id(FreshId());
  request.set_subject_id(subject);
  request.set_purpose(purpose);
  request.set_choice(choice);
  request.set_actor(consent::v1::ACTOR_SUBJECT);
  request.set_verified(true);
  request.set_mechanism("unticked_box");
  *request.mutable_notice() = notice;
  request.set_channel("web");
  return request;
}

}  // namespace varsam::testing
