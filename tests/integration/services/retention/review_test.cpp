// Reviews, simulations and counts over mTLS on a real database.
#include <set>

#include "libs/base/error.h"
#include "tests/integration/services/retention/kept_company.h"

namespace varsam::retention {
namespace {

using testing::FreshId;
using testing::Patient;
using testing::ReadSource;

absl::Status Open(KeptCompany& company, const std::string& idle_since, v1::Review* review) {
  v1::OpenReviewRequest request;
  request.set_request_id(FreshId());
  request.set_system("crm");
  *request.mutable_idle_since() = Stamp(idle_since);
  v1::OpenReviewResponse response;
  const absl::Status status =
      rpc::FromGrpc(company.gateway->OpenReview(Patient().get(), request, &response));
  *review = response.review();
  return status;
}

v1::SignReviewRequest SignatureFor(const v1::Review& review) {
  v1::SignReviewRequest request;
  request.set_request_id(FreshId());
  request.set_review_id(review.id());
  return request;
}

absl::Status Sign(KeptCompany& company, const v1::SignReviewRequest& request,
                  v1::SignReviewResponse* response) {
  return rpc::FromGrpc(company.gateway->SignReview(Patient().get(), request, response));
}

v1::SimulateRulesRequest Change(const std::string& rule, const std::string& keep) {
  v1::SimulateRulesRequest request;
  request.add_changes()->set_rule(rule);
  request.mutable_changes(0)->set_keep(keep);
  return request;
}

}  // namespace

TEST_CASE("a review puts the idle before who answers for them; what is not kept goes") {
  KeptCompany company;
  company.ApplyPolicy(ReadSource("deploy/policy/lexium.yaml"));
  std::vector<v1::RecordSignal> signals;
  for (int i = 0; i < 4; ++i) {
    signals.push_back(KeptCompany::IdleProspect("idle/" + std::to_string(i),
                                                "2025-06-01T10:00:00Z"));
  }
  signals.push_back(KeptCompany::IdleProspect("lively", "2026-10-20T10:00:00Z"));
  REQUIRE(company.Record(signals).ok());
  v1::Review review;
  REQUIRE(Open(company, "2026-05-25T00:00:00Z", &review).ok());
  CHECK(review.subject_ids_size() == 4);
  CHECK(review.due_by() == "2027-02-25");
  CHECK(review.code().empty());
  CHECK(company.Plan().items().empty());

  // Late: the register says so until it is signed.
  company.SetTime("2027-02-26T00:30:00Z");
  v1::ListReviewsResponse listed;
  REQUIRE(company.gateway->ListReviews(Patient().get(), {}, &listed).ok());
  REQUIRE(listed.reviews_size() == 1);
  CHECK(listed.reviews(0).code() == "REVIEW_OVERDUE");

  v1::SignReviewRequest signature = SignatureFor(review);
  v1::SignReviewResponse response;
  signature.add_keep_subject_ids(signals[4].subject_id());
  signature.set_reason("ny affär");
  CHECK(Sign(company, signature, &response).code() == absl::StatusCode::kInvalidArgument);
  signature = SignatureFor(review);
  signature.add_keep_subject_ids(signals[2].subject_id());
  CHECK(Sign(company, signature, &response).code() == absl::StatusCode::kInvalidArgument);
  signature.set_request_id(FreshId());
  signature.set_reason("ny affär");
  REQUIRE(Sign(company, signature, &response).ok());
  CHECK(response.review().signed_by() == "gateway");
  CHECK(response.review().subject_ids_size() == 3);
  CHECK(response.review().code().empty());
  signature.set_request_id(FreshId());
  CHECK(ReasonOf(Sign(company, signature, &response)) == "REVIEW_SIGNED");

  company.SetTime("2027-02-27T12:00:00Z");
  std::set<std::string> due;
  const v1::PlanDisposalResponse plan = company.Plan();
  for (const v1::DisposalItem& item : plan.items()) due.insert(item.subject_id());
  CHECK(due == std::set<std::string>{signals[0].subject_id(), signals[1].subject_id(),
                                     signals[3].subject_id()});
  CHECK(company.LedgerEntries("review_opened").size() == 1);
  CHECK(company.LedgerEntries("review_signed").size() == 1);
}

TEST_CASE("a shorter period is tried out before it is applied, and changes nothing") {
  KeptCompany company;
  company.ApplyPolicy(ReadSource("deploy/policy/lexium.yaml"));
  std::vector<v1::RecordSignal> signals;
  for (int i = 0; i < 3; ++i) {
    signals.push_back(KeptCompany::IdleProspect(std::to_string(i), "2025-06-10T10:00:00Z"));
  }
  signals.push_back(KeptCompany::IdleProspect("lively", "2026-10-20T10:00:00Z"));
  REQUIRE(company.Record(signals).ok());
  v1::PlaceHoldRequest hold;
  hold.set_request_id(FreshId());
  hold.mutable_hold()->set_matter("T 1-26");
  hold.mutable_hold()->set_owner("Eva Holm");
  hold.mutable_hold()->set_reason("Tvist");
  hold.mutable_hold()->mutable_scope()->add_subject_ids(signals[1].subject_id());
  v1::PlaceHoldResponse placed;
  REQUIRE(company.gateway->PlaceHold(Patient().get(), hold, &placed).ok());
  const int64_t entries = company.Count("SELECT size FROM ledger_head");

  v1::SimulateRulesRequest request = Change("crm_self_initiated_idle", "P12M");
  v1::SimulateRulesResponse found;
  REQUIRE(company.gateway->SimulateRules(Patient().get(), request, &found).ok());
  CHECK(found.people_seen() == 4);
  CHECK(found.people_reached() == 4);
  CHECK(found.fields_earlier() == 12);
  CHECK(found.fields_newly_due() == 6);
  CHECK(found.fields_blocked() == 3);
  REQUIRE(found.sentences_size() == 1);
  CHECK(found.sentences(0).before_sv().find("24 månader") != std::string::npos);
  CHECK(found.sentences(0).after_en().find("12 months") != std::string::npos);
  for (const v1::SimulatedField& field : found.fields()) {
    CHECK((field.blocked_by() == "T 1-26") ==
          (field.subject_id() == signals[1].subject_id()));
  }
  // The same in pages.
  request.set_page_size(3);
  uint32_t people = 0;
  do {
    REQUIRE(company.gateway->SimulateRules(Patient().get(), request, &found).ok());
    people += found.people_seen();
    request.set_page_token(found.next_page_token());
  } while (!found.next_page_token().empty());
  CHECK(people == 4);
  CHECK(company.Plan().items().empty());
  CHECK(company.Count("SELECT size FROM ledger_head") == entries);

  CHECK(company.gateway->SimulateRules(Patient().get(), Change("no_such_rule", "P1D"), &found)
            .error_code() == grpc::StatusCode::INVALID_ARGUMENT);
  CHECK(company.gateway->SimulateRules(Patient().get(), Change("talent_pool", "soon"), &found)
            .error_code() == grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_CASE("statistics tell no cell of fewer than five people") {
  KeptCompany company;
  company.ApplyPolicy(ReadSource("deploy/policy/lexium.yaml"));
  std::vector<v1::RecordSignal> signals;
  for (int i = 0; i < 5; ++i) {
    signals.push_back(KeptCompany::IdleProspect(std::to_string(i), "2026-10-20T10:00:00Z"));
    if (i < 4) signals.back().add_data_categories("phone");
  }
  REQUIRE(company.Record(signals).ok());
  v1::GetStatisticsResponse response;
  REQUIRE(company.gateway->GetStatistics(Patient().get(), {}, &response).ok());
  CHECK(response.cell_min() == 5);
  REQUIRE(response.cells_size() == 4);
  for (const v1::StatisticsCell& cell : response.cells()) {
    const bool small = cell.data_category() == "phone";
    CHECK(cell.suppressed() == small);
    CHECK(cell.people() == (small ? 0u : 5u));
  }
}

}  // namespace varsam::retention
