#include "libs/base/error.h"
#include "services/consent/rpc/consent_service.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {

grpc::ServerUnaryReactor* ConsentService::LinkSubjects(grpc::CallbackServerContext* context,
                                                       const v1::LinkSubjectsRequest* request,
                                                       v1::LinkSubjectsResponse* response) {
  return rpc::Unary(link_subjects_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    const auto subject = rpc::ParseSubjectId(request->subject_id());
    if (!subject.ok()) return call.Finish(subject.status());
    const auto browser = rpc::ParseSubjectId(request->browser_subject_id(), "browser_subject_id");
    if (!browser.ok()) return call.Finish(browser.status());
    options->conflict_keys = {"subject/" + subject->ToString()};
    if (*browser != *subject) options->conflict_keys.push_back("subject/" + browser->ToString());
    parts_.journal.Submit(
        operations_.link_subjects,
        varsam::consent::LinkSubjects{*subject, *browser, request->channel(),
                                      request->evidence_reference()},
        *std::move(options), FinishWrite(call, response));
  });
}

}  // namespace varsam::consent
