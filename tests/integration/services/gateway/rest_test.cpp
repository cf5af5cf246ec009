// Calls from outside through the whole gateway (rest_world.h): who gets in, what reaches the
// service, what comes back.
#include <filesystem>
#include <set>
#include <thread>

#include "google/api/annotations.pb.h"
#include "libs/base/ids.h"
#include "services/gateway/auth/operations.h"
#include "services/gateway/descriptors/descriptors.h"
#include "tests/integration/services/gateway/rest_world.h"

namespace varsam::gateway {
namespace {

TEST_CASE("every RPC with an HTTP rule has a row of roles, and every row an RPC") {
  const auto pool = BuildPool(EmbeddedDescriptors());
  REQUIRE(pool.ok());
  std::set<std::string> rows;
  for (const Operation& operation : Operations()) {
    INFO(operation.method);
    CHECK(rows.insert(std::string(operation.method)).second);
    CHECK_FALSE(operation.roles.empty());
    const auto* method = (*pool)->FindMethodByName(std::string(operation.method));
    REQUIRE(method != nullptr);
    CHECK(method->options().HasExtension(google::api::http));
  }
  for (const char* name :
       {"varsam.consent.v1.ConsentService", "varsam.registry.v1.RegistryService",
        "varsam.requests.v1.RequestsService", "varsam.retention.v1.RetentionService"}) {
    const auto* service = (*pool)->FindServiceByName(name);
    REQUIRE(service != nullptr);
    for (int i = 0; i < service->method_count(); ++i) {
      if (!service->method(i)->options().HasExtension(google::api::http)) continue;
      INFO(service->method(i)->full_name());
      CHECK(rows.count(service->method(i)->full_name()) == 1);
    }
  }
}

TEST_CASE("a call with a token reaches the service, with the caller's signed name") {
  World& world = TheWorld();
  const HttpAnswer answer =
      world.Call("POST", "/v1/decisions:decide", world.Token({"system"}, "webshop"),
                 R"({"query":{"subjectId":"s","purpose":"p"},"atLeastRevision":"7"})");
  CHECK(answer.status == 200);
  CHECK(answer.Json()["decision"]["reason"] == "NO_CONSENT");
  CHECK(answer.Json()["revision"] == "7");
  std::lock_guard lock(world.seen.mutex);
  REQUIRE(world.seen.caller.has_value());
  CHECK(world.seen.caller->id == "webshop");
  CHECK(world.seen.caller->roles == std::vector<std::string>{"system"});
}

TEST_CASE("a decision is given again until the service tells of a change, never past a write") {
  World world;
  const std::string token = world.Token({"system"});
  std::string query = absl::StrCat(R"({"query":{"subjectId":")", kSubject,
                                   R"(","purpose":"p","dataCategories":["email"]})");
  // How many calls reach the service, and what is answered.
  const auto asked = [&](const std::string& more = "}") {
    const int before = world.seen.calls;
    const HttpAnswer answer = world.Call("POST", "/v1/decisions:decide", token, query + more);
    REQUIRE(answer.status == 200);
    CHECK(answer.Json()["decision"]["reason"] == "NO_CONSENT");
    CHECK(answer.Json()["decision"]["evidence"] == Json::array({"e"}));
    CHECK_FALSE(answer.Json()["decision"].contains("holdsUntil"));
    CHECK_FALSE(answer.Json().contains("view"));
    return world.seen.calls - before;
  };
  const auto tell = [&](bool changed) {
    while (world.consent.watch() == nullptr) std::this_thread::yield();
    cv1::WatchDecisionsResponse told;
    told.set_revision(world.consent.revision);
    told.mutable_view()->set_revision(world.consent.revision);
    told.set_unchanged(!changed);
    if (changed) told.add_subject_ids(kSubject);
    const int before = world.consent.watch()->told_count;
    world.consent.watch()->Tell(told);
    while (world.consent.watch()->told_count == before) std::this_thread::yield();
  };
  CHECK(asked() == 1);
  CHECK(asked() == 1);  // nothing has been heard of the service yet
  tell(false);
  for (int tries = 0; asked() == 1 && tries < 1000; ++tries) continue;
  CHECK(asked() == 0);
  CHECK(asked(R"(,"atLeastRevision":"5"})") == 0);
  CHECK(asked(R"(,"atLeastRevision":"6"})") == 1);
  // Another question, and one about the past, are for the service.
  const std::string now = query;
  for (const char* more : {R"(,"topic":"nyheter"})", R"(,"at":"2026-03-03T12:00:00Z"})"}) {
    query = now.substr(0, now.size() - 1) + more;
    CHECK(asked() == 1);
  }
  query = now;
  // A write passed through: memory is silent until the service tells of it.
  const auto record = [&] {
    return world
        .Call("POST", "/v1/consents", token, R"({"subjectId":"s","purpose":"next"})",
              absl::StrCat("k", world.consent.revision.load()))
        .status;
  };
  CHECK(asked() == 0);
  CHECK(record() == 200);
  CHECK(asked() == 1);
  CHECK(asked() == 1);
  tell(true);
  for (int tries = 0; asked() == 1 && tries < 1000; ++tries) continue;
  CHECK(asked() == 0);
}

TEST_CASE("nobody gets in unasked") {
  World& world = TheWorld();
  const int before = world.seen.calls;
  const std::string body = R"({"query":{}})";
  const HttpAnswer anonymous = world.Call("POST", "/v1/decisions:decide", "", body);
  CHECK(anonymous.status == 401);
  CHECK(anonymous.headers.at("www-authenticate") == "Bearer");
  CHECK(world.Call("POST", "/v1/decisions:decide", "Bearer x.y.z", body).status == 401);
  CHECK(world.Call("POST", "/v1/decisions:decide", "Basic eDp5", body).status == 401);
  const HttpAnswer no_role = world.Call("POST", "/v1/decisions:decide", world.Token({}), body);
  CHECK(no_role.status == 403);
  CHECK(no_role.Json()["code"] == "ROLE_NOT_ALLOWED");
  CHECK(world.Call("POST", "/v1/policies:apply", world.Token({"marketing"}), "{}", "k").status ==
        403);
  CHECK(world
            .Call("GET", absl::StrCat("/v1/requests/", kCase, "/package"),
                  world.Token({"privacy_officer", "case_officer", "operator"}))
            .status == 403);
  CHECK(world.seen.calls == before);
}

TEST_CASE("idempotency keys become request ids; outcomes become problems") {
  World& world = TheWorld();
  const std::string token = world.Token({"system"});
  const auto record = [&](const char* purpose, const char* key) {
    return world.Call("POST", "/v1/consents", token,
                      absl::StrCat(R"({"subjectId":"s","purpose":")", purpose, "\"}"), key);
  };
  CHECK(record("p", "").Json()["code"] == "IDEMPOTENCY_KEY_REQUIRED");
  const HttpAnswer fine = record("p", kCase);
  CHECK(fine.status == 200);
  CHECK(fine.Json()["revision"] == "18446744073709551615");
  CHECK(world.seen.request_id == kCase);
  CHECK(record("p", "order-17").status == 200);
  const std::string hashed = world.seen.request_id;
  CHECK(Uuid::Parse(hashed).has_value());
  CHECK(record("p", "order-17").status == 200);
  CHECK(world.seen.request_id == hashed);
  CHECK(record("reused", kCase).status == 422);
  const HttpAnswer stale = record("stale", kCase);
  CHECK(stale.status == 400);
  CHECK(stale.headers.at("content-type") == "application/problem+json");
  CHECK(stale.Json()["errors"][0]["field"] == "notice.version");
  const HttpAnswer busy = record("busy", kCase);
  CHECK(busy.status == 429);
  CHECK(busy.headers.at("retry-after") == "3");
  CHECK(busy.body.find("anna") == std::string::npos);
}

TEST_CASE("bad requests stop before the service") {
  World& world = TheWorld();
  const int before = world.seen.calls;
  const std::string token = world.Token({"system"});
  const auto code = [&](const std::string& body) {
    const HttpAnswer answer = world.Call("POST", "/v1/decisions:decide", token, body);
    CHECK(answer.status == 400);
    return answer.Json()["code"].get<std::string>();
  };
  const absl::Duration start = MonotonicNow();
  CHECK(code(R"({"query":)" + std::string(32 * 1024, '[')) == "JSON_TOO_DEEP");
  CHECK(MonotonicNow() - start < absl::Milliseconds(50));
  const HttpAnswer deep =
      world.Call("POST", "/v1/decisions:decide", token, std::string(32 * 1024, '['));
  CHECK(deep.body.find("more than 32 levels") != std::string::npos);
  CHECK(code(R"({"query":{},"query":{}})") == "JSON_DUPLICATE_KEY");
  CHECK(code(R"({"atLeastRevision":1e400})") == "JSON_NUMBER_NOT_EXACT");
  CHECK(code(R"({"nope":1})") == "INVALID_FIELD");
  CHECK(code("{") == "INVALID_JSON");
  CHECK(Fetch(world.app->port(), "POST", "/v1/decisions:decide",
              {{"Authorization", token}, {"Content-Type", "text/plain"}}, "{}")
            .status == 415);
  CHECK(Fetch(world.app->port(), "POST", "/v1/decisions:decide",
              {{"Authorization", token}, {"Content-Type", "application/x-www-form-urlencoded"}},
              "a=b")
            .status == 415);
  CHECK(world.Call("GET", "/nowhere", token).status == 404);
  const HttpAnswer wrong = world.Call("DELETE", "/v1/consents", token);
  CHECK(wrong.status == 405);
  CHECK(wrong.headers.at("allow") == "POST");
  CHECK(
      Fetch(world.app->port(), "GET", "/nowhere", {{"Accept-Language", "sv-SE"}}).Json()["title"] ==
      "Hittades inte");
  CHECK(world.seen.calls == before);
}

TEST_CASE("a service that is down is a 503 with a hint, within its time") {
  World& world = TheWorld();
  const HttpAnswer answer = world.Call("GET", "/v1/purposes", world.Token({"operator"}));
  CHECK(answer.status == 503);
  CHECK(answer.headers.count("retry-after") == 1);
}

TEST_CASE("a case link opens a session for the own case only") {
  World& world = TheWorld();
  CHECK(world.Call("POST", "/v1/caseLinks:exchange", "", R"({"token":"wrong"})").status == 403);
  const HttpAnswer answer =
      world.Call("POST", "/v1/caseLinks:exchange", "", R"({"token":"right"})");
  REQUIRE(answer.status == 200);
  const std::string cookie = answer.headers.at("set-cookie");
  CHECK(cookie.rfind("__Host-varsam=", 0) == 0);
  for (const char* attribute : {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"}) {
    CHECK(cookie.find(attribute) != std::string::npos);
  }
  const std::string session = cookie.substr(0, cookie.find(';'));
  const auto get = [&](const std::string& target, const char* accept) {
    return Fetch(world.app->port(), "GET", target, {{"Cookie", session}, {"Accept", accept}});
  };
  const std::string own = absl::StrCat("/v1/requests/", kCase, "/package");
  CHECK(get(own, "application/json").Json()["fileName"] == "mina-uppgifter.html");
  CHECK(world.seen.caller->case_id == kCase);
  const HttpAnswer file = get(own, "text/html");
  CHECK(file.body == "<p>hej</p>");
  CHECK(file.headers.at("content-disposition") == "attachment; filename=\"mina-uppgifter.html\"");
  // One of many pieces comes as one file; one that breaks off is not taken for the whole.
  const std::string large = own + "?format=PACKAGE_FORMAT_ZIP";
  const HttpAnswer whole = get(large, "text/html");
  CHECK(whole.status == 200);
  CHECK(whole.headers.at("content-type") == "application/zip");
  CHECK(whole.body.ends_with("\r\n0\r\n\r\n"));
  const auto bytes = Unchunked(whole.body);
  CHECK(bytes.size() == size_t{Requests::kPieces} * Requests::kPieceBytes);
  CHECK(std::is_sorted(bytes.begin(), bytes.end()));
  CHECK(get(large, "application/json").Json()["nextPart"] == 3);
  world.requests.breaks_at = 5;
  CHECK_FALSE(get(large, "text/html").body.ends_with("\r\n0\r\n\r\n"));
  world.requests.breaks_at = 1'000'000;
  CHECK(get("/v1/requests/other/package", "*/*").status == 404);
  CHECK(get(absl::StrCat("/v1/subjects/", kSubject, "/consents"), "*/*").status == 200);
  CHECK(get("/v1/subjects/22222222-2222-4222-8222-222222222222/consents", "*/*").status == 404);
  CHECK(get("/v1/requests", "*/*").status == 403);
  // Receipts: those of the own choices, and only by a path that says whose they are.
  const auto receipt = [&](const std::string& of) {
    return get(of + "/consents/c1/receipt", "*/*");
  };
  CHECK(receipt(absl::StrCat("/v1/subjects/", kSubject)).Json()["receipt"] ==
        absl::StrCat("c1 of ", kSubject));
  CHECK(receipt("/v1/subjects/22222222-2222-4222-8222-222222222222").status == 404);
  CHECK(receipt("/v1").status == 404);
  // Another site cannot ride on the session; signing out ends it.
  CHECK(Fetch(world.app->port(), "POST", absl::StrCat("/v1/requests/", kCase, ":withdraw"),
              {{"Cookie", session},
               {"Origin", "https://evil.test"},
               {"Content-Type", "application/json"},
               {"Idempotency-Key", kCase}},
              "{}")
            .Json()["code"] == "CROSS_SITE");
  Fetch(world.app->port(), "POST", "/v1/session:end", {{"Cookie", session}});
  CHECK(get(own, "*/*").status == 401);
}

TEST_CASE("one-click unsubscribe needs no sign-in, and GET changes nothing") {
  World& world = TheWorld();
  const int before = world.seen.calls;
  CHECK(Fetch(world.app->port(), "GET", "/u/abc").status == 405);
  CHECK(world.seen.calls == before);
  CHECK(Fetch(world.app->port(), "POST", "/u/abc",
              {{"Content-Type", "application/x-www-form-urlencoded"}}, "List-Unsubscribe=One-Click")
            .status == 200);
  CHECK(world.seen.token == "abc|One-Click");
}

TEST_CASE("the logs are served under their C2SP paths") {
  World& world = TheWorld();
  const auto get = [&](const char* path) { return Fetch(world.app->port(), "GET", path); };
  CHECK(get("/ledger/consent/checkpoint").body == "varsam/consent\n7\nroot\n\nsignature\n");
  CHECK(get("/ledger/consent/vkey").body == "varsam/consent+key\n");
  CHECK(get("/ledger/consent/tile/0/000").body == "hashes 0 0 256");
  CHECK(get("/ledger/consent/tile/1/x001/x234/067.p/5").body == "hashes 1 1234067 5");
  CHECK(get("/ledger/consent/tile/entries/002").body == "entries 0 2 256");
  for (const char* path : {"/ledger/nobody/checkpoint", "/ledger/consent", "/ledger/consent/",
                           "/ledger/consent/tile/0", "/ledger/consent/tile/8/000",
                           "/ledger/consent/tile/00/000", "/ledger/consent/tile/0/0",
                           "/ledger/consent/tile/0/x000/000", "/ledger/consent/tile/0/000.p/256",
                           "/ledger/consent/tile/0/000.p/0", "/ledger/consent/tile/0/001/002"}) {
    INFO(path);
    CHECK(get(path).status == 404);
  }
}

TEST_CASE("promises, health and the API document") {
  World& world = TheWorld();
  const Json promises = Fetch(world.app->port(), "GET", "/v1/promises").Json()["promises"];
  REQUIRE(promises.size() == 59);
  CHECK(promises[9]["id"] == "P10");
  for (const Json& promise : promises) {
    CHECK((promise["scenario"].is_null() ? promise["status"] == "unproven"
                                         : promise["status"] != "unproven"));
  }
  // P02 is kept by consent, whose ledger answers; P08 by request_workflow, whose ledger does not.
  CHECK(promises[1]["evidence"][0]["reachable"] == true);
  CHECK(promises[1]["evidence"][0]["entries"] == 7);
  CHECK(promises[7]["evidence"][0]["reachable"] == false);
  CHECK(Fetch(world.app->port(), "GET", "/healthz").status == 200);
  CHECK(Fetch(world.app->port(), "GET", "/readyz").status == 200);
  const Json document = Fetch(world.app->port(), "GET", "/openapi.json").Json();
  CHECK(document["openapi"] == "3.1.0");
  CHECK(document["paths"]["/v1/decisions:decide"]["post"]["x-varsam-roles"].size() > 1);
  CHECK(document["paths"]["/v1/notices"]["get"]["security"][0].empty());
}

}  // namespace
}  // namespace varsam::gateway
