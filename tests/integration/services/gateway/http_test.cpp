// The HTTP server over raw sockets: what it must refuse, that nothing behind a refused message is
// taken for a request, and what its clocks and caps do.
#include <atomic>
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "libs/base/clock.h"
#include "libs/base/error.h"
#include "services/gateway/http/server.h"
#include "services/gateway/transcode/problem.h"
#include "tests/integration/services/gateway/raw_socket.h"
#include "tests/support/pki.h"

namespace varsam::gateway {
namespace {

constexpr int kAnswerMs = 5000;

struct Fixture {
  explicit Fixture(const std::function<void(HttpServerConfig&)>& change = {}) {
    HttpServerConfig config;
    config.threads = 2;
    if (change) change(config);
    auto started = HttpServer::Start(
        config,
        [this](HttpRequest request, std::shared_ptr<Responder> responder) {
          ++handled;
          if (handler) return handler(std::move(request), std::move(responder));
          HttpResponse response;
          response.content_type = "text/plain";
          response.body = absl::StrCat(request.method, " ", request.target, " ",
                                       request.body.size(), " ", request.body);
          responder->Send(std::move(response));
        },
        [](const absl::Status& status) {
          const Problem problem = ToProblem(status, "", false);
          HttpResponse response;
          response.status = problem.http_status;
          response.content_type = kProblemContentType;
          response.body = problem.body;
          return response;
        });
    REQUIRE(started.ok());
    server = *std::move(started);
  }

  std::atomic<int> handled{0};
  Handler handler;
  std::unique_ptr<HttpServer> server;
};

std::string Head(std::string_view extra, std::string_view line = "GET /x HTTP/1.1") {
  return absl::StrCat(absl::string_view(line.data(), line.size()), "\r\nHost: a\r\n",
                      absl::string_view(extra.data(), extra.size()), "\r\n");
}

constexpr const char* kBadFields[] = {
    "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    "Content-Length: 5\r\nContent-Length: 5\r\n",
    "Content-Length: 5\r\nContent-Length: 6\r\n",
    "Content-Length: 5, 5\r\n",
    "Content-Length: 5, 6\r\n",
    "Content-Length: +5\r\n",
    "Content-Length: -5\r\n",
    "Content-Length: 0x5\r\n",
    "Content-Length: 5 5\r\n",
    "Content-Length: \r\n",
    "Content-Length: 5;\r\n",
    "Content-Length: \"5\"\r\n",
    "Content-Length: 5.0\r\n",
    "Content-Length: 1e1\r\n",
    "Content-Length: five\r\n",
    "Content-Length: 99999999999999999999\r\n",
    "Content-Length: 18446744073709551616\r\n",
    "Content-Length : 5\r\n",
    "Content-Length\t: 5\r\n",
    " Content-Length: 5\r\n",
    "\tContent-Length: 5\r\n",
    "X: a\r\n Content-Length: 5\r\n",
    "X: a\r\n\tb\r\n",
    "X:\r\n a\r\n",
    "Content-Length:\r\n 5\r\n",
    "Transfer-Encoding: chunked, chunked\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "Transfer-Encoding: gzip, chunked\r\n",
    "Transfer-Encoding: chunked, gzip\r\n",
    "Transfer-Encoding: chunked;q=1\r\n",
    "Transfer-Encoding: \"chunked\"\r\n",
    "Transfer-Encoding : chunked\r\n",
    "Transfer-Encoding\x0b: chunked\r\n",
    "Transfer-Encoding:\x0b"
    "chunked\r\n",
    "Transfer-Encoding: chunked\x0b\r\n",
    "Transfer-Encoding: \x00"
    "chunked\r\n",
    "Transfer-Encoding:\r\n chunked\r\n",
    "Transfer-Encoding: ,chunked\r\n",
    "Transfer-Encoding: chunked,\r\n",
    "Transfer\r-Encoding: chunked\r\n",
    "Transfer-Encoding: chun\rked\r\n",
    "X: a\rb\r\n",
    "X: a\nTransfer-Encoding: chunked\r\n",
    "X: a\r\r\nTransfer-Encoding: chunked\r\n",
    "Foo\r\n",
    ": x\r\n",
    "X Y: z\r\n",
    "X(: z\r\n",
    "X\xc3\xa5: z\r\n",
    "X: \x01\r\n",
    "X: \x7f\r\n",
    "Host: b\r\n",
    "Host: a\r\n",
    "Host:\r\n",
    "\"X\": z\r\n",
    "X/Y: z\r\n",
    "X[]: z\r\n",
    "X@: z\r\n",
    "Content_Length : 5\r\n"};

constexpr const char* kBadLines[] = {"GET  /x HTTP/1.1",
                                     "GET /x  HTTP/1.1",
                                     " GET /x HTTP/1.1",
                                     "GET /x",
                                     "GET",
                                     "GET /x HTTP/1.1 ",
                                     "GET x HTTP/1.1",
                                     "GET http://a/x HTTP/1.1",
                                     "GET https://b/ HTTP/1.1",
                                     "GET * HTTP/1.1",
                                     "OPTIONS * HTTP/1.1",
                                     "CONNECT a:443 HTTP/1.1",
                                     "GET //x HTTP/1.1",
                                     "GET\t/x HTTP/1.1",
                                     "GET /x\tHTTP/1.1",
                                     "G(T /x HTTP/1.1",
                                     "GET /x y HTTP/1.1",
                                     "GET /x#f HTTP/1.1",
                                     "GET /\\x HTTP/1.1",
                                     "GET /x\x80 HTTP/1.1",
                                     "GET /<x> HTTP/1.1",
                                     "GET /\x01 HTTP/1.1",
                                     "GET /x http/1.1",
                                     "GET /x XTTP/1.1",
                                     "GET /x HTTPS/1.1",
                                     "\r\nGET /x HTTP/1.1"};

constexpr const char* kBadChunks[] = {"5;x=y\r\nhello\r\n0\r\n\r\n",
                                      "5;\r\nhello\r\n0\r\n\r\n",
                                      "-5\r\nhello\r\n0\r\n\r\n",
                                      "+5\r\nhello\r\n0\r\n\r\n",
                                      "0x5\r\nhello\r\n0\r\n\r\n",
                                      " 5\r\nhello\r\n0\r\n\r\n",
                                      "5\nhello\r\n0\r\n\r\n",
                                      "5\r\nhelloX\r\n0\r\n\r\n",
                                      "5\r\nhello0\r\n\r\n",
                                      "\r\n5\r\nhello\r\n0\r\n\r\n",
                                      "g\r\nhello\r\n0\r\n\r\n",
                                      "0\r\nX-Trailer: 1\r\n\r\n",
                                      "0\r\nContent-Length: 5\r\n\r\n",
                                      "5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
                                      "10000000000000005\r\nhello\r\n0\r\n\r\n",
                                      "0\r\nAuthorization: Bearer x\r\n\r\n"};

// Everything a second request could hide behind.
std::vector<std::pair<int, std::string>> Corpus() {
  std::vector<std::pair<int, std::string>> corpus;
  const auto post = [](std::string_view extra) { return Head(extra, "POST /x HTTP/1.1"); };
  const std::string hidden = "0\r\n\r\n";
  for (const char* fields : kBadFields) {
    corpus.emplace_back(400, post(fields) + hidden);
  }
  corpus.emplace_back(400, post(std::string("X: a\0b\r\n", 8)));
  corpus.emplace_back(501, post("Transfer-Encoding: identity\r\n"));
  corpus.emplace_back(501, post("Transfer-Encoding: gzip\r\n"));
  corpus.emplace_back(501, post("Transfer-Encoding: xchunked\r\n"));
  corpus.emplace_back(501, post("Transfer-Encoding: chunkedx\r\n"));
  corpus.emplace_back(417, post("Expect: 200-ok\r\n"));
  for (const char* line : kBadLines) {
    corpus.emplace_back(400, Head("", line));
  }
  for (const char* version :
       {"HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/1.10", "HTTP/11", "HTTP/1"}) {
    corpus.emplace_back(505, Head("", absl::StrCat("GET /x ", version)));
  }
  corpus.emplace_back(400, "GET /x HTTP/1.1\r\n\r\n");
  corpus.emplace_back(400, "GET /x HTTP/1.1\nHost: a\n\n");
  corpus.emplace_back(400, "GET /x HTTP/1.1\r\nHost: a\n\r\n");
  corpus.emplace_back(400, "GET /x HTTP/1.1\r\nHost: a/b\r\n\r\n");
  corpus.emplace_back(400, "GET /x HTTP/1.1\r\nHost: a@b\r\n\r\n");
  corpus.emplace_back(400,
                      "POST /x HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
  corpus.emplace_back(400, "\n\nGET /x HTTP/1.1\r\n");
  corpus.emplace_back(400, std::string("\x16\x03\x01\x00\x00", 5));
  corpus.emplace_back(400, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  // Chunked bodies.
  const std::string chunked = post("Transfer-Encoding: chunked\r\n");
  for (const char* body : kBadChunks) {
    corpus.emplace_back(400, chunked + body);
  }
  corpus.emplace_back(413, chunked + "fffffff\r\nhello");
  corpus.emplace_back(413, post("Content-Length: 1048577\r\n"));
  corpus.emplace_back(414, Head("", "GET /" + std::string(8 * 1024, 'x') + " HTTP/1.1"));
  corpus.emplace_back(431, Head("X: " + std::string(16 * 1024, 'x') + "\r\n"));
  corpus.emplace_back(431, Head("X: " + std::string(64 * 1024, 'x') + "\r\n"));
  std::string many;
  for (int i = 0; i < 100; ++i) absl::StrAppend(&many, "X", i, ": y\r\n");
  corpus.emplace_back(431, Head(many));
  return corpus;
}

TEST_CASE("the smuggling corpus: refused, closed, and nothing hides behind it") {
  Fixture fixture;
  const auto corpus = Corpus();
  CHECK(corpus.size() >= 100);
  const std::string second = Head("", "GET /hidden HTTP/1.1");
  for (const auto& [status, bytes] : corpus) {
    INFO(bytes.substr(0, 120));
    fixture.handled = 0;
    RawSocket socket(fixture.server->port());
    socket.Send(bytes + second);
    bool closed = false;
    socket.EndSending();
    const std::string answer = socket.ReadAll(kAnswerMs, &closed);
    CHECK(closed);
    CHECK(StatusOf(answer) == status);
    CHECK(CountAnswers(answer) == 1);
    CHECK(answer.find("Connection: close") != std::string::npos);
    CHECK(answer.find("application/problem+json") != std::string::npos);
    if (status == 413 || status == 414 || status == 431) {
      CHECK(answer.find("more than ") != std::string::npos);  // names the bound
    }
    CHECK(fixture.handled == 0);
  }
}

TEST_CASE("what is right is served: keep-alive, pipelining, chunked, HEAD, 1.0, Expect") {
  Fixture fixture;
  RawSocket socket(fixture.server->port());
  std::string seen;
  socket.Send(Head("", "GET /one HTTP/1.1") + Head("", "GET /two?q=1 HTTP/1.1"));
  CHECK(socket.ReadUntil("GET /two?q=1 0 ", kAnswerMs, seen));
  CHECK(seen.find("GET /one 0 ") < seen.find("GET /two"));
  seen.clear();
  socket.Send(Head("Content-Length: 5\r\n", "POST /p HTTP/1.1") + "hello");
  CHECK(socket.ReadUntil("POST /p 5 hello", kAnswerMs, seen));
  seen.clear();
  socket.Send(Head("Transfer-Encoding: chunked\r\n", "POST /c HTTP/1.1") + "5\r\nhel");
  socket.Send("lo\r\n6\r\n world\r\n0\r\n\r\n");
  CHECK(socket.ReadUntil("POST /c 11 hello world", kAnswerMs, seen));
  seen.clear();
  socket.Send(Head("Content-Length: 2\r\nExpect: 100-continue\r\n", "POST /e HTTP/1.1"));
  CHECK(socket.ReadUntil("100 Continue\r\n\r\n", kAnswerMs, seen));
  socket.Send("ok");
  CHECK(socket.ReadUntil("POST /e 2 ok", kAnswerMs, seen));
  for (const char* header :
       {"X-Content-Type-Options: nosniff", "Cache-Control: no-store",
        "Referrer-Policy: no-referrer", "Content-Security-Policy: default-src", "Date: "}) {
    CHECK(seen.find(header) != std::string::npos);
  }
  RawSocket head(fixture.server->port());
  head.Send(Head("Connection: close\r\n", "HEAD /h HTTP/1.1"));
  const std::string answer = head.ReadAll(kAnswerMs);
  CHECK(answer.find("Content-Length: 9") != std::string::npos);
  CHECK(answer.substr(answer.size() - 4) == "\r\n\r\n");
  RawSocket old(fixture.server->port());
  bool closed = false;
  old.Send(Head("", "GET /old HTTP/1.0"));
  CHECK(old.ReadAll(kAnswerMs, &closed).find("GET /old") != std::string::npos);
  CHECK(closed);
}

TEST_CASE("slow heads, slow bodies and idle connections end") {
  Fixture fixture([](HttpServerConfig& config) {
    config.head_timeout = absl::Milliseconds(200);
    config.body_grace = absl::Milliseconds(200);
    config.idle_timeout = absl::Milliseconds(300);
  });
  RawSocket slow_head(fixture.server->port()), slow_body(fixture.server->port()),
      idle(fixture.server->port()), silent(fixture.server->port());
  slow_head.Send("GET /x HTTP/1.1\r\nHost: a\r\n");
  slow_body.Send(Head("Content-Length: 500000\r\n", "POST /x HTTP/1.1") + "a");
  idle.Send(Head(""));
  bool closed = false;
  CHECK(slow_head.ReadAll(kAnswerMs, &closed).empty());
  CHECK(closed);
  CHECK(slow_body.ReadAll(kAnswerMs, &closed).empty());
  CHECK(closed);
  CHECK(StatusOf(idle.ReadAll(kAnswerMs, &closed)) == 200);
  CHECK(closed);
  CHECK(silent.ReadAll(kAnswerMs, &closed).empty());
  CHECK(closed);
}

TEST_CASE("caps on connections, in all and per address") {
  Fixture fixture([](HttpServerConfig& config) { config.connections_per_address_max = 2; });
  std::string seen;
  RawSocket one(fixture.server->port()), two(fixture.server->port());
  one.Send(Head(""));
  CHECK(one.ReadUntil("GET /x", kAnswerMs, seen));
  seen.clear();
  two.Send(Head(""));
  CHECK(two.ReadUntil("GET /x", kAnswerMs, seen));
  RawSocket three(fixture.server->port());
  bool closed = false;
  three.Send(Head(""));
  CHECK(three.ReadAll(kAnswerMs, &closed).empty());
  CHECK(closed);
}

TEST_CASE("a drain lets the call in flight finish and closes the idle ones") {
  Fixture fixture;
  std::shared_ptr<Responder> held;
  std::atomic<bool> holding{false};
  fixture.handler = [&](HttpRequest, std::shared_ptr<Responder> responder) {
    held = std::move(responder);
    holding = true;
  };
  RawSocket idle(fixture.server->port()), busy(fixture.server->port());
  busy.Send(Head(""));
  while (!holding) std::this_thread::yield();
  std::thread drain([&] { fixture.server->Drain(absl::Seconds(10)); });
  bool closed = false;
  CHECK(idle.ReadAll(kAnswerMs, &closed).empty());
  CHECK(closed);
  HttpResponse response;
  response.body = "finished";
  held->Send(std::move(response));
  held.reset();
  const std::string answer = busy.ReadAll(kAnswerMs, &closed);
  drain.join();
  CHECK(answer.find("finished") != std::string::npos);
  CHECK(answer.find("Connection: close") != std::string::npos);
}

TEST_CASE("streams: chunks arrive, the end is told, a dropped responder answers 500") {
  Fixture fixture;
  std::atomic<bool> gone{false};
  std::shared_ptr<Responder> stream;
  std::atomic<bool> streaming{false};
  fixture.handler = [&](HttpRequest request, std::shared_ptr<Responder> responder) {
    if (request.target != "/stream") return;
    responder->BeginStream({.content_type = "text/event-stream"}, [&gone] { gone = true; });
    responder->Write("data: 1\n\n");
    stream = std::move(responder);
    streaming = true;
  };
  {
    RawSocket socket(fixture.server->port());
    std::string seen;
    socket.Send(Head("", "GET /stream HTTP/1.1"));
    CHECK(socket.ReadUntil("9\r\ndata: 1\n\n\r\n", kAnswerMs, seen));
    while (!streaming) std::this_thread::yield();
    stream->Write("data: 2\n\n");
    CHECK(socket.ReadUntil("data: 2\n\n\r\n", kAnswerMs, seen));
    stream->EndStream();
    CHECK(socket.ReadUntil("0\r\n\r\n", kAnswerMs, seen));
  }
  stream.reset();
  RawSocket dropped(fixture.server->port());
  dropped.Send(Head("Connection: close\r\n", "GET /drop HTTP/1.1"));
  CHECK(StatusOf(dropped.ReadAll(kAnswerMs)) == 500);
  CHECK(gone);
}

TEST_CASE("with certificate and key the same server speaks TLS 1.2 and 1.3 only") {
  testing::TestPki pki;
  const rpc::TlsFiles files = pki.Files("gateway");
  Fixture fixture([&files](HttpServerConfig& config) {
    config.tls_cert_file = files.cert;
    config.tls_key_file = files.key;
  });
  const std::string curl =
      absl::StrCat("curl -sk -i --max-time 5 https://127.0.0.1:", fixture.server->port(), "/tls ");
  const testing::Shown shown = testing::RunCommand(curl);
  CHECK(shown.text.find("GET /tls 0") != std::string::npos);
  CHECK(shown.text.find("Strict-Transport-Security: max-age=") != std::string::npos);
  CHECK(testing::RunCommand(curl + "--tls-max 1.2").code == 0);
  CHECK(testing::RunCommand(curl + "--tlsv1.0 --tls-max 1.1").code != 0);
  RawSocket plain(fixture.server->port());
  bool closed = false;
  plain.Send(Head(""));
  CHECK(plain.ReadAll(kAnswerMs, &closed).find("GET /x") == std::string::npos);
  CHECK(closed);
  HttpServerConfig wrong;
  wrong.tls_cert_file = files.cert;
  wrong.tls_key_file = pki.Files("consent").key;
  CHECK(ReasonOf(HttpServer::Start(wrong, {}, {}).status()) == "INVALID_TLS_FILES");
}

}  // namespace
}  // namespace varsam::gateway
