#include <catch2/catch.hpp>

#include "services/request_workflow/mail/imap_box.h"
#include "services/request_workflow/mail/tls_rule.h"

namespace varsam::requests {
namespace {

TEST_CASE("only the machine itself is spoken to without TLS") {
  CHECK(MayStayPlain("imap://127.0.0.1:7143"));
  CHECK(MayStayPlain("smtp://localhost"));
  CHECK(MayStayPlain("imap://[::1]:7143/INBOX"));
  CHECK_FALSE(MayStayPlain("imap://mail.example"));
  CHECK_FALSE(MayStayPlain("imap://127.0.0.1.mail.example:143"));
  CHECK_FALSE(MayStayPlain("imap://127.0.0.1@mail.example"));
  CHECK_FALSE(MayStayPlain("imap://[::1].mail.example"));
  CHECK_FALSE(MayStayPlain("127.0.0.1"));
}

TEST_CASE("the arrival of a mail, as IMAP writes it") {
  const absl::Time at = ParseInternalDate("06-Jun-2026 23:50:00 +0200");
  CHECK(absl::FormatTime(absl::RFC3339_sec, at, absl::UTCTimeZone()) ==
        "2026-06-06T21:50:00+00:00");
  CHECK(ParseInternalDate(" 6-Jun-2026 23:50:00 +0200") == at);
  CHECK(ParseInternalDate("yesterday") == absl::InfinitePast());
}

TEST_CASE("only the answer to the search names mails") {
  CHECK(SearchHits("* SEARCH 7 3\r\n") == std::vector<int64_t>{3, 7});
  // Mail has come just now: the numbers of EXISTS and RECENT are no UIDs.
  CHECK(SearchHits("* SEARCH\r\n* 2 EXISTS\r\n* 1 RECENT\r\n").empty());
  CHECK(SearchHits("").empty());
}

}  // namespace
}  // namespace varsam::requests
