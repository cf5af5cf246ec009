// decide.json: the decision function over the shipped policy model.
#include <algorithm>
#include <deque>
#include <map>
#include <stdexcept>

#include "services/consent/domain/decide.h"
#include "tests/support/consent_catalogue.h"
#include "tests/support/lexium_model.h"
#include "tests/unit/vectors/vectors.h"

namespace varsam::vectors {
namespace {

using nlohmann::json;
using testing::ConsentCatalogue;

template <typename T>
T EnumOf(const std::map<std::string, T>& names, const json& value) {
  const auto found = names.find(value.get<std::string>());
  if (found == names.end()) throw std::runtime_error("unknown value " + value.dump());
  return found->second;
}

// The lists that the spans of the facts look into.
struct CaseMemory {
  std::deque<std::string> texts;
  std::deque<std::vector<consent::PurposeKey>> purposes;
  std::vector<consent::Restriction> restrictions;
  std::vector<consent::Hold> holds;
  std::vector<consent::MarketingObjection> objections;
  std::vector<consent::TopicChoice> topics;
  std::vector<consent::LiObjection> li_objections;
  std::vector<consent::ConsentEvent> events;
  std::vector<consent::NoticeChange> changes;
  std::vector<consent::Contact> contacts;

  std::string_view Keep(const json& text) {
    return texts.emplace_back(text.get<std::string>());
  }
  std::span<const consent::PurposeKey> Keep(const ConsentCatalogue& catalogue, const json& ids) {
    auto& keys = purposes.emplace_back();
    for (const json& id : ids) keys.push_back(catalogue.KeyOf(id.get<std::string>()));
    return keys;
  }
};

consent::Mechanism MechanismOf(const json& value) {
  using consent::Mechanism;
  static const std::map<std::string, Mechanism> kNames = {
      {"unticked_box", Mechanism::kUntickedBox}, {"button", Mechanism::kButton},
      {"banner_choice", Mechanism::kBannerChoice}, {"portal_switch", Mechanism::kPortalSwitch},
      {"signed_form", Mechanism::kSignedForm}, {"continued_use", Mechanism::kContinuedUse},
      {"scroll", Mechanism::kScroll}, {"silence", Mechanism::kSilence},
      {"preticked", Mechanism::kPreticked}, {"email_received", Mechanism::kEmailReceived},
      {"browser_setting", Mechanism::kBrowserSetting},
      {"bundled_terms", Mechanism::kBundledTerms},
      {"condition_of_service", Mechanism::kConditionOfService}};
  return value.is_null() ? Mechanism::kUnstated : EnumOf(kNames, value);
}

consent::ConsentEvent EventOf(const ConsentCatalogue& catalogue, const json& value,
                              CaseMemory& memory) {
  using consent::Actor;
  using Type = consent::ConsentEventType;
  static const std::map<std::string, Type> kTypes = {
      {"requested", Type::kRequested}, {"given", Type::kGiven},
      {"renewed", Type::kRenewed}, {"refused", Type::kRefused},
      {"withdrawn", Type::kWithdrawn}, {"invalidated", Type::kInvalidated}};
  static const std::map<std::string, Actor> kActors = {
      {"subject", Actor::kSubject}, {"staff", Actor::kStaff}, {"import", Actor::kImport}};
  consent::ConsentEvent event;
  event.purpose = catalogue.KeyOf(value.at("purpose").get<std::string>());
  event.type = EnumOf(kTypes, value.at("type"));
  event.at = TimeOf(value.at("at"));
  event.actor = EnumOf(kActors, value.at("actor"));
  event.verified = value.at("verified").get<bool>();
  event.mechanism = MechanismOf(value.at("mechanism"));
  event.evidence = value.at("evidence").get<bool>();
  if (!value.at("recipient").is_null()) event.recipient = memory.Keep(value.at("recipient"));
  return event;
}

consent::LiObjection LiObjectionOf(const ConsentCatalogue& catalogue, const json& value,
                                   CaseMemory& memory) {
  using consent::Outcome;
  static const std::map<std::string, Outcome> kOutcomes = {{"upheld", Outcome::kUpheld},
                                                           {"rejected", Outcome::kRejected}};
  consent::LiObjection objection;
  const json& purposes = value.at("purposes");
  objection.all_purposes = std::find(purposes.begin(), purposes.end(), "all") != purposes.end();
  objection.purposes = memory.Keep(catalogue, value.at("purposes"));
  objection.received_at = TimeOf(value.at("received_at"));
  objection.outcome = OrNull(value.at("outcome"),
                             [](const json& outcome) { return EnumOf(kOutcomes, outcome); });
  objection.decided_at = OrNull(value.at("decided_at"), TimeOf);
  return objection;
}

consent::Vendor VendorOf(const json& value) {
  consent::Vendor vendor;
  const json& dpa = value.at("dpa");
  vendor.dpa_signed = dpa.at("status") == "signed";
  vendor.signed_on = OrNull(dpa.at("signed_on"), DayOf);
  vendor.expires_on = OrNull(dpa.at("expires_on"), DayOf);
  vendor.third_country = value.at("region") != "eea";
  const json& transfer = value.at("transfer");
  vendor.has_transfer_mechanism = !transfer.is_null();
  if (!transfer.is_null()) vendor.transfer_valid_to = OrNull(transfer.at("valid_to"), DayOf);
  return vendor;
}

// Calls read(value) unless the fact is unavailable (then it is null).
template <typename Read>
void ReadFact(const json& facts, consent::Fact fact, const consent::FactSet& unavailable,
              Read read) {
  if (!unavailable.Has(fact)) read(facts.at(std::string(consent::NameOf(fact))));
}

template <typename T, typename Read>
std::span<const T> ReadList(const json& list, std::vector<T>& into, Read read) {
  for (const json& value : list) into.push_back(read(value));
  return into;
}

void ReadLimits(const json& from, CaseMemory& memory, consent::DecideFacts& facts) {
  using consent::Fact;
  const auto read = [&](Fact fact, auto reader) {
    ReadFact(from, fact, facts.unavailable, reader);
  };
  read(Fact::kPurposeWindow, [&](const json& value) {
    facts.in_force_from = OrNull(value.at("from"), TimeOf);
    facts.in_force_until = OrNull(value.at("until"), TimeOf);
  });
  read(Fact::kDpia, [&](const json& value) {
    facts.dpia_approved_at = OrNull(value.at("approved_at"), TimeOf);
  });
  read(Fact::kErasedAt, [&](const json& value) { facts.erased_at = OrNull(value, TimeOf); });
  read(Fact::kRestrictions, [&](const json& value) {
    facts.restrictions = ReadList(value, memory.restrictions, [](const json& one) {
      return consent::Restriction{TimeOf(one.at("from")), OrNull(one.at("to"), TimeOf), {}};
    });
  });
  read(Fact::kRetention, [&](const json& value) {
    facts.may_until = OrNull(value.at("may_until"), DayOf);
    facts.must_until = OrNull(value.at("must_until"), DayOf);
  });
  read(Fact::kHolds, [&](const json& value) {
    facts.holds = ReadList(value, memory.holds, [](const json& one) {
      return consent::Hold{TimeOf(one.at("set_at")), OrNull(one.at("released_at"), TimeOf), {}};
    });
  });
  read(Fact::kSource, [&](const json& value) {
    facts.source.collected_at = TimeOf(value.at("collected_at"));
    facts.source.notice_at = OrNull(value.at("notice_at"), TimeOf);
  });
}

void ReadObjections(const json& from, const ConsentCatalogue& catalogue, CaseMemory& memory,
                    consent::DecideFacts& facts) {
  using consent::Fact;
  using Scope = consent::ObjectionScope;
  static const std::map<std::string, Scope> kScopes = {
      {"all", Scope::kAll}, {"email", Scope::kEmail}, {"phone", Scope::kPhone}};
  const auto read = [&](Fact fact, auto reader) {
    ReadFact(from, fact, facts.unavailable, reader);
  };
  read(Fact::kObjections, [&](const json& value) {
    facts.objections = ReadList(value, memory.objections, [](const json& one) {
      return consent::MarketingObjection{EnumOf(kScopes, one.at("scope")), TimeOf(one.at("at")),
                                         {}};
    });
  });
  read(Fact::kTopicChoices, [&](const json& value) {
    facts.topic_choices = ReadList(value, memory.topics, [&](const json& one) {
      return consent::TopicChoice{memory.Keep(one.at("topic")), one.at("state") == "on",
                                  TimeOf(one.at("at")), {}};
    });
  });
  read(Fact::kLiObjections, [&](const json& value) {
    facts.li_objections = ReadList(value, memory.li_objections, [&](const json& one) {
      return LiObjectionOf(catalogue, one, memory);
    });
  });
}

void ReadConsent(const json& from, const ConsentCatalogue& catalogue, CaseMemory& memory,
                 consent::DecideFacts& facts) {
  using consent::Fact;
  const auto read = [&](Fact fact, auto reader) {
    ReadFact(from, fact, facts.unavailable, reader);
  };
  read(Fact::kConsentEvents, [&](const json& value) {
    facts.consent_events = ReadList(value, memory.events, [&](const json& one) {
      return EventOf(catalogue, one, memory);
    });
  });
  read(Fact::kNoticeChanges, [&](const json& value) {
    facts.notice_changes = ReadList(value, memory.changes, [&](const json& one) {
      return consent::NoticeChange{memory.Keep(catalogue, one.at("purposes")),
                                   TimeOf(one.at("effective_at")),
                                   one.at("material").get<bool>()};
    });
  });
  read(Fact::kContacts, [&](const json& value) {
    facts.contacts = ReadList(value, memory.contacts, [](const json& one) {
      static const std::map<std::string, bool> kTwoWay = {
          {"reply", true}, {"meeting", true}, {"sign_in", true}, {"application_updated", true},
          {"own_mail", false}, {"mail_open", false}, {"link_click", false}};
      return consent::Contact{EnumOf(kTwoWay, one.at("kind")), TimeOf(one.at("at"))};
    });
  });
}

void ReadGrounds(const json& from, consent::DecideFacts& facts) {
  using consent::Capacity;
  using consent::Fact;
  static const std::map<std::string, Capacity> kCapacities = {
      {"legal_person_rep", Capacity::kLegalPersonRep},
      {"natural_person", Capacity::kNaturalPerson},
      {"sole_trader", Capacity::kSoleTrader},
      {"unknown", Capacity::kUnknown}};
  facts.capacity = EnumOf(kCapacities, from.at("capacity"));
  const auto read = [&](Fact fact, auto reader) {
    ReadFact(from, fact, facts.unavailable, reader);
  };
  read(Fact::kPartyToContract,
       [&](const json& value) { facts.party_to_contract = value.get<bool>(); });
  read(Fact::kSoftOptIn, [&](const json& value) {
    facts.soft_opt_in = {value.at("obtained_in_sale").get<bool>(),
                         value.at("own_similar_services").get<bool>(),
                         value.at("opt_out_offered_each_time").get<bool>()};
  });
  read(Fact::kLia, [&](const json& value) {
    facts.lia = {OrNull(value.at("approved_at"), TimeOf), OrNull(value.at("review_by"), DayOf)};
  });
  read(Fact::kContract, [&](const json& value) {
    facts.contract = OrNull(value, [](const json& one) {
      return consent::Contract{DayOf(one.at("from")), OrNull(one.at("to"), DayOf)};
    });
  });
  read(Fact::kVendor, [&](const json& value) { facts.vendor = OrNull(value, VendorOf); });
}

consent::DecideAsk AskOf(const ConsentCatalogue& catalogue, const json& from, CaseMemory& memory) {
  using Kind = consent::RecipientKind;
  static const std::map<std::string, Kind> kKinds = {{"processor", Kind::kProcessor},
                                                     {"third_party", Kind::kThirdParty},
                                                     {"authority", Kind::kAuthority}};
  consent::DecideAsk ask;
  ask.purpose = catalogue.Find(from.at("purpose").get<std::string>());
  ask.at = TimeOf(from.at("at"));
  ask.data = catalogue.Data(from.at("data").get<std::vector<std::string>>());
  if (!from.at("topic").is_null()) ask.topic = memory.Keep(from.at("topic"));
  ask.contacts_person = from.at("contacts_person").get<bool>();
  const json& recipient = from.at("recipient");
  if (!recipient.is_null()) {
    ask.recipient = {EnumOf(kKinds, recipient.at("kind")), memory.Keep(recipient.at("id")),
                     recipient.value("under_law", json()) == json(true)};
  }
  return ask;
}

json Answer(const json& from, const json& ask) {
  static const ConsentCatalogue* const catalogue = new ConsentCatalogue(testing::Lexium());
  CaseMemory memory;
  consent::DecideFacts facts;
  for (const json& name : from.at("unavailable")) {
    const auto fact = consent::FactOf(name.get<std::string>());
    if (!fact) throw std::runtime_error("unknown fact " + name.dump());
    facts.unavailable.Add(*fact);
  }
  ReadLimits(from, memory, facts);
  if (!facts.unavailable.Has(consent::Fact::kSource)) {
    facts.source.indirect = catalogue->IsIndirect(from.at("source").at("code").get<std::string>());
  }
  ReadObjections(from, *catalogue, memory, facts);
  ReadConsent(from, *catalogue, memory, facts);
  ReadGrounds(from, facts);
  const consent::Decision decision = consent::Decide(AskOf(*catalogue, ask, memory), facts);
  json obligations = json::array();
  if (decision.embed_art14_notice) obligations.push_back("EMBED_ART14_NOTICE");
  return {{"effect", decision.allowed() ? "ALLOW" : "DENY"},
          {"reason", std::string(consent::TextOf(decision.reason).code)},
          {"basis", decision.allowed() ? json(std::string(decision.basis())) : json()},
          {"obligations", obligations}};
}

}  // namespace

Tally RunDecide(const json& cases, std::ostream& out) { return RunCases(cases, Answer, out); }

}  // namespace varsam::vectors
