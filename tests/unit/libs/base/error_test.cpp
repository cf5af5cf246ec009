#include "libs/base/error.h"

#include <catch2/catch.hpp>

namespace varsam {

TEST_CASE("a field error carries field, bound and reason") {
  const absl::Status status = InvalidFields({{"page_size", "0, want 1..500"}, {"name", "empty"}});
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(ReasonOf(status) == "INVALID_FIELD");
  const std::vector<FieldViolation> expected{{"page_size", "0, want 1..500"}, {"name", "empty"}};
  CHECK(FieldViolationsOf(status) == expected);
  CHECK(status.message() == "page_size: 0, want 1..500; name: empty");
}

TEST_CASE("a retry hint survives") {
  const absl::Status status =
      RetryLater(absl::StatusCode::kResourceExhausted, "QUEUE_FULL", "full", absl::Seconds(2));
  CHECK(ReasonOf(status) == "QUEUE_FULL");
  CHECK(RetryAfterOf(status) == absl::Seconds(2));
  CHECK_FALSE(RetryAfterOf(absl::NotFoundError("x")));
}

}  // namespace varsam
