#include <algorithm>

#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {
namespace {

// The purposes of the dialog: what the text is about and the policy has for browsers.
std::vector<const CataloguePurpose*> PurposesOf(const Notice& notice, const Catalogue& catalogue,
                                                absl::Time now) {
  std::vector<const CataloguePurpose*> purposes;
  const PolicyVersion* policy = catalogue.VersionAt(now, absl::InfiniteFuture());
  for (const std::string& id : notice.purposes) {
    const CataloguePurpose* purpose = policy == nullptr ? nullptr : policy->Find(id);
    if (purpose != nullptr && purpose->terminal) purposes.push_back(purpose);
  }
  return purposes;
}

bool IsAsked(const CataloguePurpose& one) { return one.purpose.basis == Basis::kConsent; }

}  // namespace

absl::StatusOr<SubjectId> ConsentService::BrowserOf(const std::string& browser_id) const {
  if (browser_id.empty()) return SubjectId(NewUuidV4());
  ASSIGN_OR_RETURN(const SubjectId browser, rpc::ParseSubjectId(browser_id, "browser_id"));
  const auto categories = parts_.table.CategoriesOf(browser);
  const bool own = !categories || (categories->size() == 1 &&
                                   categories->front() == kBrowserCategory);
  if (own && parts_.table.SurvivorOf(browser) == browser) return browser;
  return ErrorWithReason(absl::StatusCode::kPermissionDenied, "BROWSER_ID_FOREIGN",
                         "browser_id: not that of a browser");
}

void ConsentService::SetPurposes(const Served& served, bool gpc,
                                 v1::OpenBannerResponse* response) const {
  const absl::Time now = parts_.clock.Now();  // after what the signal may have written
  const PolicyVersion* policy = served.alive->VersionAt(now, absl::InfiniteFuture());
  for (const CataloguePurpose* one : PurposesOf(*served.notice, *served.alive, now)) {
    v1::BannerPurpose* to = response->add_purposes();
    to->set_purpose(one->purpose.id.value());
    to->set_label(one->terms.purpose_label);
    to->set_necessary(!IsAsked(*one));
    if (!IsAsked(*one)) continue;
    const Standing standing =
        parts_.table.StandingOf(one->purpose, served.shown.subject, now);
    const AskAgain again =
        WhenToAsk(one->purpose, standing, gpc, policy->ask_again_after_refusal, now);
    to->set_state(standing.reason == Reason::kAllowConsent
                      ? "VALID"
                      : std::string(TextOf(standing.reason).code));
    to->set_ask(again.ask);
    if (again.at) ToProto(*again.at, to->mutable_ask_again_at());
    response->set_ask(response->ask() || again.ask);
  }
}

// For a browser we know: direct marketing without an answer is refused, and a banner's yes from
// before the signal is taken back. A switch that was set against the signal stands.
absl::Status ConsentService::HonourSignal(rpc::Call& call, pg::Connection& connection,
                                          const Served& served) {
  const absl::Time now = served.shown.shown_at;
  varsam::consent::BatchRecordConsents ask;
  for (const CataloguePurpose* one : PurposesOf(*served.notice, *served.alive, now)) {
    if (!IsAsked(*one) || !one->purpose.direct_marketing) continue;
    const Standing standing =
        parts_.table.StandingOf(one->purpose, served.shown.subject, now);
    const bool valid = standing.reason == Reason::kAllowConsent;
    if (!valid && !standing.deciding.IsNil()) continue;
    if (valid) {
      ASSIGN_OR_RETURN(const auto given, parts_.store.ReadConsent(connection, standing.deciding));
      if (given && given->evidence_reference == kGpcEvidence) continue;
    }
    ask.consents.push_back({.subject = served.shown.subject,
                            .purpose = one->purpose.id,
                            .choice = ChoiceInBanner(standing, false),
                            .verified = true,
                            .mechanism = "browser_setting",
                            .channel = "banner",
                            .shown = served.shown,
                            .gpc = true});
  }
  if (ask.consents.empty()) return absl::OkStatus();
  journal::SubmitOptions options;
  options.time_left = rpc::TimeLeft(call);
  options.conflict_keys = {"subject/" + served.shown.subject.ToString()};
  ASSIGN_OR_RETURN(journal::Committed committed,
                   parts_.journal.SubmitAndWait(operations_.batch_record_consents, std::move(ask),
                                                std::move(options)));
  if (committed.batch != nullptr) parts_.on_commit(*committed.batch);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* ConsentService::OpenBanner(grpc::CallbackServerContext* context,
                                                     const v1::OpenBannerRequest* request,
                                                     v1::OpenBannerResponse* response) {
  return rpc::Unary(open_banner_, context, [&](rpc::Call& call) {
    Read(call, [this, &call, request, response](pg::Connection& connection) -> absl::Status {
      ASSIGN_OR_RETURN(const SubjectId browser, BrowserOf(request->browser_id()));
      ASSIGN_OR_RETURN(const Served served, Serve(request->notice_id(), request->language(),
                                                  request->ui_sha256(), browser));
      const bool known = parts_.table.CategoriesOf(browser).has_value();
      if (request->sec_gpc() && known) {
        RETURN_IF_ERROR(HonourSignal(call, connection, served));
      }
      response->set_browser_id(browser.ToString());
      ToProto(served.notice->ref, response->mutable_notice());
      response->set_text(*served.notice->text);
      SetPurposes(served, request->sec_gpc(), response);
      response->set_snapshot_token(served.token);
      ToProto(served.shown.valid_until, response->mutable_valid_until());
      response->set_gpc(request->sec_gpc());
      return absl::OkStatus();
    });
  });
}

}  // namespace varsam::consent
