#include "services/request_workflow/domain/classify_mail.h"

#include <catch2/catch.hpp>

namespace varsam::requests {

TEST_CASE("the classifier proposes what the words say, and nothing for a question") {
  const auto first = [](const char* text) {
    const std::vector<Right> rights = ClassifyMail("", text);
    return rights.empty() ? std::optional<Right>() : std::optional<Right>(rights.front());
  };
  CHECK(first("Hej, vilka uppgifter har ni om mig?") == Right::kAccess);
  CHECK(first("TA BORT ALLT: RADERA MIG") == Right::kErasure);
  CHECK(first("I want to be forgotten, delete my data") == Right::kErasure);
  CHECK(first("Sluta skicka reklam") == Right::kObjectionMarketing);
  CHECK(first("Jag vill ÅTERKALLA mitt samtycke") == Right::kWithdrawConsent);
  CHECK(first("Begär rättelse av mitt namn") == Right::kRectification);
  CHECK_FALSE(first("När öppnar ni på måndag?").has_value());
  CHECK(ClassifyMail("Registerutdrag", "och radera mig sedan").size() == 2);
  CHECK(SeemsEnglish("What do you hold and can you delete my data please"));
  CHECK_FALSE(SeemsEnglish("Hej, jag vill veta vad ni har om mig"));
}

}  // namespace varsam::requests
