#include <map>

#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {
namespace {

absl::StatusOr<std::map<std::string, bool>> ChoicesOf(
    const v1::RecordBannerChoicesRequest& request) {
  std::map<std::string, bool> choices;
  if (request.choices_size() > static_cast<int>(kConsentsBatchMax)) {
    return InvalidField("choices", "too many");
  }
  for (const v1::BannerChoice& choice : request.choices()) {
    if (!choices.emplace(choice.purpose(), choice.granted()).second) {
      return InvalidField("choices", "one purpose twice");
    }
  }
  return choices;
}

}  // namespace

// One event for each purpose of the text that rests on consent, in one commit.
absl::StatusOr<BatchRecordConsents> ConsentService::BannerAsk(
    const v1::RecordBannerChoicesRequest& request) const {
  ASSIGN_OR_RETURN(const std::optional<ShownNotice> shown, ShownBy(request.snapshot_token()));
  if (!shown || shown->subject.IsNil()) {
    return ErrorWithReason(absl::StatusCode::kInvalidArgument, "SNAPSHOT_UNKNOWN",
                           "snapshot_token: want that of OpenBanner");
  }
  RETURN_IF_ERROR(BrowserOf(shown->subject.ToString()).status());
  if (!request.mechanism().empty() && request.mechanism() != "banner_choice" &&
      request.mechanism() != "portal_switch") {
    return InvalidField("mechanism", "want banner_choice or portal_switch");
  }
  ASSIGN_OR_RETURN(auto choices, ChoicesOf(request));
  const absl::Time now = parts_.clock.Now();
  const auto catalogue = parts_.table.catalogue();
  const PolicyVersion* policy = catalogue->VersionAt(now, absl::InfiniteFuture());
  const Notice* notice = nullptr;
  for (const Notice& one : catalogue->notices()) {
    if (one.ref == shown->notice) notice = &one;
  }
  varsam::consent::BatchRecordConsents ask;
  if (!parts_.table.CategoriesOf(shown->subject)) ask.introduces = shown->subject;
  for (const std::string& id : notice == nullptr ? std::vector<std::string>() : notice->purposes) {
    const CataloguePurpose* one = policy == nullptr ? nullptr : policy->Find(id);
    if (one == nullptr || !one->terminal || one->purpose.basis != Basis::kConsent) continue;
    std::optional<bool> granted;
    if (const auto named = choices.extract(id)) granted = named.mapped();
    const Standing standing = parts_.table.StandingOf(one->purpose, shown->subject, now);
    ask.consents.push_back(
        {.subject = shown->subject,
         .purpose = one->purpose.id,
         .choice = ChoiceInBanner(standing, granted),
         .verified = true,
         .mechanism = request.mechanism().empty() ? "banner_choice" : request.mechanism(),
         .channel = "banner",
         .shown = shown,
         .gpc = request.sec_gpc()});
  }
  if (!choices.empty() || ask.consents.empty()) {
    return InvalidField("choices", "a purpose that the dialog does not ask about");
  }
  return ask;
}

grpc::ServerUnaryReactor* ConsentService::RecordBannerChoices(
    grpc::CallbackServerContext* context, const v1::RecordBannerChoicesRequest* request,
    v1::RecordBannerChoicesResponse* response) {
  return rpc::Unary(record_banner_choices_, context, [&](rpc::Call& call) {
    if (absl::Status ready = NeedsCatalogue(); !ready.ok()) return call.Finish(ready);
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    auto ask = BannerAsk(*request);
    if (!ask.ok()) return call.Finish(ask.status());
    options->conflict_keys = {"subject/" + ask->consents.front().subject.ToString()};
    // The kept response is a BatchRecordConsentsResponse, which has the same fields.
    parts_.journal.Submit(operations_.batch_record_consents, *std::move(ask), *std::move(options),
                          FinishWrite(call, response));
  });
}

}  // namespace varsam::consent
