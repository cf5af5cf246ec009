// One subject's facts with an owner for every list, for tests of the decision function. The
// defaults deny nothing: a representative of a company, every assessment approved, a contract that
// runs.
#pragma once

#include <string_view>
#include <vector>

#include "services/consent/domain/decide.h"
#include "tests/support/consent_catalogue.h"
#include "tests/support/days.h"

namespace varsam::testing {

const ConsentCatalogue& LexiumConsent();

struct DecideCase {
  consent::DecideFacts facts;
  std::vector<consent::Restriction> restrictions;
  std::vector<consent::Hold> holds;
  std::vector<consent::MarketingObjection> objections;
  std::vector<consent::TopicChoice> topics;
  std::vector<consent::LiObjection> li_objections;
  std::vector<consent::ConsentEvent> events;
  std::vector<consent::NoticeChange> changes;
  std::vector<consent::Contact> contacts;
  std::string_view topic;  // empty: none
  std::optional<consent::Recipient> recipient;
  bool contacts_person = false;

  DecideCase();

  // A consent of the person through a verified channel, with evidence.
  consent::ConsentEvent& Give(std::string_view purpose, absl::Time at);
  consent::ConsentEvent& Event(std::string_view purpose, consent::ConsentEventType type,
                               absl::Time at);
  void ChangeNotice(std::string_view purpose, absl::Time at, bool material = true);

  // Asks for all data of the purpose.
  consent::Decision Ask(std::string_view purpose, absl::Time at);
  std::string_view Reason(std::string_view purpose, absl::Time at);

 private:
  std::vector<std::vector<consent::PurposeKey>> keys_;
};

}  // namespace varsam::testing
