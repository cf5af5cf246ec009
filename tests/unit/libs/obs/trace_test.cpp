#include "libs/obs/trace.h"

#include <set>

#include <catch2/catch.hpp>

namespace varsam::obs {

TEST_CASE("a traceparent is read and written unchanged") {
  // The example of the W3C recommendation, section 3.2.3.
  const char kText[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const auto trace = ParseTraceparent(kText);
  REQUIRE(trace);
  CHECK(trace->sampled);
  CHECK(trace->ToTraceparent() == kText);
  CHECK(trace->TraceIdHex() == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(trace->SpanIdHex() == "00f067aa0ba902b7");
}

TEST_CASE("anything but a valid traceparent is nothing") {
  for (const char* bad : {
           "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-extra",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
           "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01extra"}) {
    INFO(bad);
    CHECK_FALSE(ParseTraceparent(bad));
  }
  // A later version is read by its first four fields.
  CHECK(ParseTraceparent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more"));
}

TEST_CASE("new traces and spans differ") {
  std::set<std::string> seen;
  const TraceContext trace = NewTrace();
  for (int i = 0; i < 1000; ++i) {
    CHECK(trace.Child().trace_id == trace.trace_id);
    seen.insert(trace.Child().SpanIdHex());
    seen.insert(NewTrace().TraceIdHex());
  }
  CHECK(seen.size() == 2000);
  CHECK(ParseTraceparent(trace.ToTraceparent()) == trace);
}

}  // namespace varsam::obs
