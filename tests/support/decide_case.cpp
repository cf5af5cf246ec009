#include "tests/support/decide_case.h"

#include "tests/support/lexium_model.h"

namespace varsam::testing {

const ConsentCatalogue& LexiumConsent() {
  static const auto* const catalogue = new ConsentCatalogue(Lexium());
  return *catalogue;
}

DecideCase::DecideCase() {
  facts.capacity = consent::Capacity::kLegalPersonRep;
  facts.dpia_approved_at = At("2020-01-01");
  facts.lia = {At("2020-01-01"), Day("2049-12-31")};
  facts.contract = consent::Contract{Day("2020-01-01"), std::nullopt};
  facts.source = {false, At("2020-01-01"), At("2020-01-01")};
}

consent::ConsentEvent& DecideCase::Event(std::string_view purpose, consent::ConsentEventType type,
                                         absl::Time at) {
  consent::ConsentEvent& event = events.emplace_back();
  event.purpose = LexiumConsent().KeyOf(purpose);
  event.type = type;
  event.at = at;
  event.actor = consent::Actor::kSubject;
  event.verified = true;
  return event;
}

consent::ConsentEvent& DecideCase::Give(std::string_view purpose, absl::Time at) {
  consent::ConsentEvent& event = Event(purpose, consent::ConsentEventType::kGiven, at);
  event.mechanism = consent::Mechanism::kButton;
  event.evidence = true;
  return event;
}

void DecideCase::ChangeNotice(std::string_view purpose, absl::Time at, bool material) {
  keys_.push_back({LexiumConsent().KeyOf(purpose)});
  changes.push_back({keys_.back(), at, material});
}

consent::Decision DecideCase::Ask(std::string_view purpose, absl::Time at) {
  facts.restrictions = restrictions;
  facts.holds = holds;
  facts.objections = objections;
  facts.topic_choices = topics;
  facts.li_objections = li_objections;
  facts.consent_events = events;
  facts.notice_changes = changes;
  facts.contacts = contacts;
  consent::DecideAsk ask;
  ask.purpose = LexiumConsent().Find(purpose);
  ask.at = at;
  if (ask.purpose != nullptr) ask.data = ask.purpose->data;
  if (!topic.empty()) ask.topic = topic;
  ask.contacts_person = contacts_person;
  ask.recipient = recipient;
  return consent::Decide(ask, facts);
}

std::string_view DecideCase::Reason(std::string_view purpose, absl::Time at) {
  return consent::TextOf(Ask(purpose, at).reason).code;
}

}  // namespace varsam::testing
