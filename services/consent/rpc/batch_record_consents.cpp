#include <set>

#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"
#include "absl/strings/str_cat.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::BatchRecordConsents(
    grpc::CallbackServerContext* context, const v1::BatchRecordConsentsRequest* request,
    v1::BatchRecordConsentsResponse* response) {
  return rpc::Unary(batch_record_consents_, context, [&](rpc::Call& call) {
    if (absl::Status ready = NeedsCatalogue(); !ready.ok()) return call.Finish(ready);
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    if (request->consents().empty() ||
        request->consents_size() > static_cast<int>(kConsentsBatchMax)) {
      return call.Finish(InvalidField(
          "consents", absl::StrCat(request->consents_size(), ", want 1..", kConsentsBatchMax)));
    }
    varsam::consent::BatchRecordConsents ask;
    std::set<std::string> subjects;
    for (int i = 0; i < request->consents_size(); ++i) {
      auto one = FromProto(request->consents(i));
      if (!one.ok()) {
        return call.Finish(ErrorWithReason(
            one.status().code(), varsam::ReasonOf(one.status()),
            absl::StrCat("consents[", i, "]: ", one.status().message())));
      }
      auto shown = ShownBy(request->consents(i).snapshot_token());
      if (!shown.ok()) return call.Finish(shown.status());
      one->shown = *std::move(shown);
      subjects.insert("subject/" + one->subject.ToString());
      ask.consents.push_back(*std::move(one));
    }
    options->conflict_keys = {subjects.begin(), subjects.end()};
    parts_.journal.Submit(operations_.batch_record_consents, std::move(ask), *std::move(options),
                          FinishWrite(call, response));
  });
}

}  // namespace varsam::consent
