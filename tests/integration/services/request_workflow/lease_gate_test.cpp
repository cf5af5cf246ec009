// When leases are granted at all: closed hours, the hourly cap, and that what waits or failed
// stands in nobody's way. With real neighbours, over the wire.
#include <catch2/catch.hpp>

#include "libs/rpc/status.h"
#include "tests/support/requests_stack.h"

namespace varsam::requests {
namespace {

using testing::Patient;
using testing::RequestsStack;

absl::Status Introduce(RequestsStack& stack, const std::string& closed, uint32_t cap) {
  cv1::HelloRequest request;
  request.set_protocol_min(1);
  request.set_protocol_max(1);
  cv1::ServedSystem* const crm = request.add_systems();
  crm->set_system("crm");
  crm->set_schema_digest("digest");
  cv1::Capability* const one = crm->add_capabilities();
  one->set_action("EXPORT");
  one->add_identifier_types(common::v1::IDENTIFIER_TYPE_EMAIL);
  if (!closed.empty()) crm->add_closed(closed);
  crm->set_tasks_per_hour_max(cap);
  cv1::HelloResponse response;
  return rpc::FromGrpc(stack.crm().Hello(Patient().get(), request, &response));
}

void Answer(RequestsStack& stack, const cv1::LeasedTask& task, bool fail) {
  cv1::FinishRequest request;
  request.set_task_id(task.task_id());
  request.set_fence(task.fence());
  if (fail) {
    request.mutable_outcome()->mutable_failed()->set_reason("DATABASE_AWAY");
    request.mutable_outcome()->mutable_failed()->set_retryable(true);
    request.mutable_outcome()->mutable_failed()->mutable_after()->set_seconds(600);
  } else {
    request.mutable_outcome()->mutable_no_data();
  }
  cv1::FinishResponse response;
  REQUIRE(stack.crm().Finish(Patient().get(), request, &response).ok());
  REQUIRE(response.accepted());
}

// The task of a case comes a step after its search has begun.
cv1::LeasedTask AwaitLease(RequestsStack& stack) {
  cv1::LeasedTask task;
  REQUIRE(testing::ComesTrue([&] {
    task = stack.LeaseOne("crm");
    return !task.task_id().empty();
  }));
  return task;
}

// A case whose search has begun.
void Search(RequestsStack& stack, const std::string& address) {
  stack.Register(address, "prospect");
  const std::string id = stack.Submit(v1::RIGHT_ACCESS, address);
  REQUIRE(stack.Verify(id, stack.AwaitToken(address)).ok());
  stack.AwaitState(id, v1::CASE_STATE_SEARCHING);
}

}  // namespace

TEST_CASE("a system is left alone in its closed hours and bears no more than it said") {
  if (!testing::MailServer::Available()) exit(77);
  RequestsStack stack;
  CHECK_FALSE(Introduce(stack, "now and then", 0).ok());
  REQUIRE(Introduce(stack, "mon-sun 00:00-24:00", 0).ok());
  for (int i = 0; i < 6; ++i) Search(stack, "p" + std::to_string(i) + "@example.se");
  CHECK(stack.LeaseOne("crm").task_id().empty());
  REQUIRE(Introduce(stack, "", 2).ok());
  const cv1::LeasedTask first = AwaitLease(stack), second = AwaitLease(stack);
  CHECK(stack.LeaseOne("crm").task_id().empty());
  Answer(stack, first, false);
  Answer(stack, second, false);
  CHECK(stack.LeaseOne("crm").task_id().empty());  // finished ones count for an hour
  stack.Advance(absl::Minutes(61));
  AwaitLease(stack);
}

TEST_CASE("five tasks that wait for another try do not hold up the sixth") {
  if (!testing::MailServer::Available()) exit(77);
  RequestsStack stack;
  REQUIRE(Introduce(stack, "", 0).ok());
  for (int i = 0; i < 6; ++i) Search(stack, "p" + std::to_string(i) + "@example.se");
  for (int i = 0; i < 5; ++i) {
    Answer(stack, AwaitLease(stack), true);
  }
  AwaitLease(stack);
  CHECK(stack.LeaseOne("crm").task_id().empty());
}

}  // namespace varsam::requests
