#include <iterator>
#include <set>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {
namespace {

absl::StatusOr<BatchRecordConsents> AskOf(const v1::ImportConsentsRequest& request,
                                          const Catalogue& catalogue, absl::Time now) {
  if (request.format() != v1::CONSENT_RECORD_FORMAT_KANTARA_1_1) {
    return InvalidField("format", "want CONSENT_RECORD_FORMAT_KANTARA_1_1");
  }
  BatchRecordConsents ask;
  for (int i = 0; i < request.records_size(); ++i) {
    ASSIGN_OR_RETURN(std::vector<RecordConsent> of_record,
                     FromKantara(request.records(i), request, now,
                                 absl::StrCat("records[", i, "]")));
    ask.consents.insert(ask.consents.end(), std::make_move_iterator(of_record.begin()),
                        std::make_move_iterator(of_record.end()));
  }
  if (ask.consents.empty() || ask.consents.size() > kConsentsBatchMax) {
    return InvalidField("records", absl::StrCat(ask.consents.size(), " purposes, want 1..",
                                                kConsentsBatchMax));
  }
  for (RecordConsent& one : ask.consents) {
    const CataloguePurpose* purpose =
        catalogue.FindAnywhere(one.purpose.value(), absl::InfiniteFuture());
    // A receipt names third parties for every purpose; only some of ours ask about each.
    if (purpose != nullptr && !purpose->purpose.per_recipient) one.recipient.clear();
  }
  return ask;
}

}  // namespace

grpc::ServerUnaryReactor* ConsentService::ImportConsents(grpc::CallbackServerContext* context,
                                                         const v1::ImportConsentsRequest* request,
                                                         v1::ImportConsentsResponse* response) {
  return rpc::Unary(import_consents_, context, [&](rpc::Call& call) {
    if (absl::Status ready = NeedsCatalogue(); !ready.ok()) return call.Finish(ready);
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    auto ask = AskOf(*request, *parts_.table.catalogue(), parts_.clock.Now());
    if (!ask.ok()) return call.Finish(ask.status());
    std::set<std::string> subjects;
    for (const auto& one : ask->consents) {
      subjects.insert("subject/" + one.subject.ToString());
    }
    options->conflict_keys = {subjects.begin(), subjects.end()};
    // The kept response is a BatchRecordConsentsResponse, which has the same fields.
    parts_.journal.Submit(operations_.batch_record_consents, *std::move(ask), *std::move(options),
                          FinishWrite(call, response));
  });
}

}  // namespace varsam::consent
