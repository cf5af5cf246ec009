// One request on its way through Rest. Internal to rest/.
#pragma once

#include <memory>
#include <string>

#include "services/gateway/auth/principal.h"
#include "services/gateway/http/message.h"
#include "services/gateway/rest/answers.h"
#include "services/gateway/rest/rest.h"

namespace varsam::gateway {

struct Rest::Exchange {
  HttpRequest request;
  std::shared_ptr<Responder> responder;
  obs::TraceContext trace;
  bool swedish = false;
  Principal principal;
  size_t route = 0;

  void Fail(const absl::Status& status) { responder->Send(ProblemAnswer(status, trace, swedish)); }
  void FailWith(const absl::Status& status, std::string header, std::string value) {
    HttpResponse response = ProblemAnswer(status, trace, swedish);
    response.headers.emplace_back(std::move(header), std::move(value));
    responder->Send(std::move(response));
  }
};

}  // namespace varsam::gateway
