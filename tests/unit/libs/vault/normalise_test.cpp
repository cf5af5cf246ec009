#include "libs/vault/normalise.h"

#include <catch2/catch.hpp>

#include "libs/base/error.h"

namespace varsam::vault {
namespace {

constexpr int kYear = 2026;

std::string Norm(IdentifierType type, std::string_view text) {
  const auto normal = Normalise(type, text, kYear);
  return normal.ok() ? *normal : "refused";
}

}  // namespace

TEST_CASE("e-mail addresses") {
  using enum IdentifierType;
  CHECK(Norm(kEmail, "anna@example.se") == "anna@example.se");
  CHECK(Norm(kEmail, "  Anna.Berg@Example.SE\t") == "anna.berg@example.se");
  CHECK(Norm(kEmail, "a.b+tag@x.se") == "a.b+tag@x.se");  // no dot removal, no tag removal
  CHECK(Norm(kEmail, "a@ÖL.se") == Norm(kEmail, "a@xn--l-0ga.se"));
  // e with a combining acute accent is the one letter é (NFC).
  CHECK(Norm(kEmail, "rene\xCC\x81@x.se") == Norm(kEmail, "ren\xC3\xA9@x.se"));
  CHECK(Norm(kEmail,
             "\xC2\xA0"
             "anna@x.se") == "anna@x.se");  // no-break space
  for (const char* bad : {"", " ", "anna", "@x.se", "anna@", "a@b@c", "a b@x.se", "a@x..se",
                          "a@x.se\n\x01", "a@\xff"}) {
    CHECK(Norm(kEmail, bad) == "refused");
  }
}

TEST_CASE("telephone numbers") {
  using enum IdentifierType;
  for (const char* same : {"070-123 45 67", "0701234567", "+46701234567", "0046 70 123 45 67",
                           "+46 (0)70-123 45 67", "(070) 1234567", "+46.70.1234567"}) {
    CHECK(Norm(kPhone, same) == "+46701234567");
  }
  CHECK(Norm(kPhone, "+45 12 34 56 78") == "+4512345678");
  for (const char* bad :
       {"", "12345678", "07", "+46abc1234567", "+0123456789", "+1234567890123456", "070123456x"}) {
    CHECK(Norm(kPhone, bad) == "refused");
  }
}

TEST_CASE("personal numbers") {
  using enum IdentifierType;
  // 811218-9876 is the specimen of the Swedish Tax Agency.
  for (const char* same :
       {"811218-9876", "8112189876", "19811218-9876", "198112189876", " 19811218 9876 "}) {
    CHECK(Norm(kPersonnummer, same) == "198112189876");
  }
  CHECK(Norm(kPersonnummer, "811218+9876") == "188112189876");
  CHECK(Norm(kPersonnummer, "811278-9873") == "198112789873");  // coordination number
  for (const char* bad : {"", "811218-9875", "811232-9876", "811318-9876", "8112189", "811218/9876",
                          "81121898765", "abcdefghij"}) {
    CHECK(Norm(kPersonnummer, bad) == "refused");
  }
}

TEST_CASE("numbers, browser ids and record keys") {
  using enum IdentifierType;
  CHECK(Norm(kCustomerNumber, " ab 12 34 ") == "AB1234");
  CHECK(Norm(kEmployeeNumber, "e-17") == "E-17");
  CHECK(Norm(kBrowserId, " AbC-1 ") == "abc-1");
  CHECK(Norm(kRecordKey, " crm/Case 7 ") == "crm/Case 7");
}

TEST_CASE("a refusal has a reason and does not repeat the value") {
  const auto refused = Normalise(IdentifierType::kEmail, "secret-canary", kYear);
  CHECK(ReasonOf(refused.status()) == "INVALID_IDENTIFIER");
  CHECK(refused.status().ToString().find("secret-canary") == std::string::npos);
  const std::string large(kIdentifierBytesMax + 1, 'a');
  CHECK_FALSE(Normalise(IdentifierType::kCustomerNumber, large, kYear).ok());
}

TEST_CASE("normalising twice changes nothing") {
  using enum IdentifierType;
  for (const auto& [type, text] : {std::pair{kEmail, "Åsa@ÖL.se"},
                                   {kPhone, "070-123 45 67"},
                                   {kPersonnummer, "811218-9876"},
                                   {kCustomerNumber, "ß 1"},
                                   {kBrowserId, "XyZ"},
                                   {kRecordKey, "a/b"}}) {
    const std::string once = Norm(type, text);
    CHECK(Norm(type, once) == once);
  }
}

}  // namespace varsam::vault
