#include "services/connector/adapters/imap/read_message.h"

#include <catch2/catch.hpp>

#include "absl/strings/str_cat.h"
#include "libs/base/strings.h"

namespace varsam::connector::imap {
namespace {

constexpr char kHead[] = "From: Anna <Anna@Post.Example>\r\nTo: b@lexium.se\r\nSubject: hej\r\n";

}  // namespace

TEST_CASE("a message is read as its charset says, and is UTF-8 also when that is a lie") {
  const ReadMessage read = Read(
      absl::StrCat(kHead, "Content-Type: text/plain; charset=iso-8859-1\r\n\r\nsm\xF6rg\xE5s\r\n"));
  CHECK(read.text.starts_with("sm\xC3\xB6rg\xC3\xA5s"));
  CHECK(read.addresses == std::vector<std::string>{"anna@post.example", "b@lexium.se"});
  for (const char* charset : {"utf-8", "utf-17", "us-ascii", ""}) {
    INFO(charset);
    const ReadMessage odd = Read(absl::StrCat(
        "From: \xE5 <\xF6@x.example>\r\nSubject: \xE4 =?utf-9?Q?=FF?=\r\n",
        "Content-Type: text/plain; charset=", charset, "\r\n\r\n\xFF\xFE\xE5 text\r\n"));
    CHECK(IsCleanUtf8(odd.text));
    CHECK(IsCleanUtf8(odd.subject));
    CHECK(IsCleanUtf8(odd.from));
    for (const std::string& address : odd.addresses) CHECK(IsCleanUtf8(address));
    CHECK(odd.text.find("text") != std::string::npos);
  }
}

TEST_CASE("of a message that nests too deep only the head is read") {
  std::string deep = kHead;
  for (int i = 0; i < 50'000; ++i) {
    absl::StrAppend(&deep, "Content-Type: multipart/mixed; boundary=b", i, "\r\n\r\n--b", i,
                    "\r\n");
  }
  absl::StrAppend(&deep, "\r\ntext\r\n");
  const ReadMessage read = Read(deep);
  CHECK(read.subject == "hej");
  CHECK(read.addresses.size() == 2);
  CHECK(read.text.empty());
}

}  // namespace varsam::connector::imap
