#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/check.h"
#include "services/gateway/app.h"
#include "tests/integration/services/gateway/raw_socket.h"
#include "tests/integration/services/gateway/signer.h"
#include "tests/load/consent_bench.h"
#include "tests/support/consent_stack.h"

namespace varsam::consent {
namespace {

constexpr int kCallers = 8;  // as c15t was measured
// Seen of c15t 2.2 with a look-up index added by hand (PERFORMANCE.md).
constexpr double kPeerCheck = 1040, kPeerRecord = 350;

gateway::Config ConfigFor(testing::ConsentStack& stack, const gateway::TestKey& key) {
  const testing::TestPki& pki = testing::ConsentStack::Pki();
  const std::string jwks = pki.dir() + "/bench-jwks.json";
  std::ofstream(jwks) << nlohmann::json{{"keys", nlohmann::json::array({key.Public()})}}.dump();
  gateway::Config config;
  config.process.service = "gateway";
  config.process.tls = pki.Files("gateway");
  config.targets = {
      {"consent", absl::StrCat("ipv4:127.0.0.1:", stack.app().host().server().port())}};
  config.caller_signing_key_file = pki.dir() + "/caller-signing.key";
  config.promises_file = std::string(getenv("VARSAM_SOURCE_DIR")) + "/deploy/policy/promises.yaml";
  config.issuers = {{gateway::kDevelopmentIssuer, gateway::kDevelopmentAudience, "roles"}};
  config.jwks = {{gateway::kDevelopmentIssuer, jwks, false}};
  return config;
}

std::string TokenOf(const gateway::TestKey& key) {
  const int64_t now = absl::ToUnixSeconds(SystemClock().Now());
  return key.Sign({{"iss", gateway::kDevelopmentIssuer},
                   {"aud", gateway::kDevelopmentAudience},
                   {"sub", "bench"},
                   {"nbf", now - 5},
                   {"exp", now + 3600},
                   {"roles", {"system"}}});
}

// One call on a connection that is kept; CHECKs that it is answered 200.
void Post(gateway::RawSocket& socket, const std::string& path, const std::string& token,
          const std::string& body) {
  VARSAM_CHECK(socket.Send(absl::StrCat(
      "POST ", path, " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ", token,
      "\r\nContent-Type: application/json\r\nContent-Length: ", body.size(), "\r\n\r\n", body)));
  std::string answer;
  VARSAM_CHECK(socket.ReadUntil("\r\n\r\n", 10'000, answer));
  const size_t head = answer.find("\r\n\r\n") + 4;
  const size_t at = answer.find("Content-Length: ");
  VARSAM_CHECK(at != std::string::npos) << answer;
  const size_t whole = head + std::stoul(answer.substr(at + 16));
  while (answer.size() < whole) VARSAM_CHECK(socket.ReadUntil("}", 10'000, answer));
  VARSAM_CHECK(answer.starts_with("HTTP/1.1 200")) << answer;
}

double Measure(uint16_t port, const std::string& path, const std::string& token,
               absl::Duration time, const std::function<std::string()>& body) {
  std::atomic<int64_t> calls{0};
  const absl::Duration start = MonotonicNow();
  std::vector<std::thread> threads;
  for (int i = 0; i < kCallers; ++i) {
    threads.emplace_back([&] {
      gateway::RawSocket socket(port);
      for (; MonotonicNow() - start < time; ++calls) Post(socket, path, token, body());
    });
  }
  for (std::thread& thread : threads) thread.join();
  return static_cast<double>(calls) / absl::ToDoubleSeconds(MonotonicNow() - start);
}

}  // namespace

void MeasureRest(absl::Duration time) {
  testing::ConsentStack stack;
  stack.adjust = [](Config& config) {
    config.host.server.caller_keys_file =
        testing::ConsentStack::Pki().dir() + "/caller-signing.pub";
  };
  stack.Restart();
  stack.Prepare();
  const std::string anna = stack.Register("applicant");
  gateway::TestKey key("bench", "ES256");
  auto app = gateway::App::Start(ConfigFor(stack, key));
  VARSAM_CHECK(app.ok()) << app.status().ToString();
  const std::string token = TokenOf(key);
  const auto choice = [&](const std::string& subject) {
    return nlohmann::json{{"requestId", testing::FreshId()},
                          {"subjectId", subject},
                          {"purpose", "talent_pool"},
                          {"choice", "CHOICE_GIVEN"},
                          {"actor", "ACTOR_SUBJECT"},
                          {"verified", true},
                          {"mechanism", "unticked_box"},
                          {"channel", "web"},
                          {"notice",
                           {{"noticeId", stack.notice.notice_id()},
                            {"version", stack.notice.version()},
                            {"language", "sv"},
                            {"textSha256", stack.notice.text_sha256()}}}}
        .dump();
  };
  {
    gateway::RawSocket socket((*app)->port());
    Post(socket, "/v1/consents", token, choice(anna));
  }
  const std::string question =
      nlohmann::json{{"query", {{"subjectId", anna}, {"purpose", "talent_pool"}}}}.dump();
  const double check =
      Measure((*app)->port(), "/v1/decisions:decide", token, time, [&] { return question; });
  const double record = Measure((*app)->port(), "/v1/consents", token, time,
                                [&] { return choice(NewUuidV4().ToString()); });
  std::printf("G1  check over REST, %d callers: %8.0f/s, %5.1f x c15t's %.0f   target 15 x\n",
              kCallers, check, check / kPeerCheck, kPeerCheck);
  std::printf("C3  record over REST, %d callers: %7.0f/s, %5.1f x c15t's %.0f   target 40 x\n",
              kCallers, record, record / kPeerRecord, kPeerRecord);
}

}  // namespace varsam::consent
