#include "absl/strings/str_cat.h"
#include "libs/base/error.h"
#include "services/retention/rpc/convert.h"
#include "services/retention/rpc/retention_service.h"

namespace varsam::retention {

grpc::ServerUnaryReactor* RetentionService::RecordSignals(
    grpc::CallbackServerContext* context, const v1::RecordSignalsRequest* request,
    v1::RecordSignalsResponse* response) {
  return rpc::Unary(record_signals_, context, [&](rpc::Call& call) {
    auto options = rpc::WriteOptions<journal::SubmitOptions>(call, *request);
    if (!options.ok()) return call.Finish(options.status());
    if (request->signals_size() < 1 || request->signals_size() > kSignalsBatchMax) {
      return call.Finish(InvalidField("signals", absl::StrCat(request->signals_size(),
                                                              " entries, want 1..",
                                                              kSignalsBatchMax)));
    }
    varsam::retention::RecordSignals ask;
    for (int i = 0; i < request->signals_size(); ++i) {
      auto signal = FromProto(request->signals(i), absl::StrCat("signals[", i, "]"));
      if (!signal.ok()) return call.Finish(signal.status());
      ask.signals.push_back(*std::move(signal));
    }
    options->conflict_keys = {kRecordsKey};
    parts_.journal.Submit(parts_.operations.record_signals, std::move(ask), *std::move(options),
                          rpc::FinishWrite(call, response));
  });
}

}  // namespace varsam::retention
