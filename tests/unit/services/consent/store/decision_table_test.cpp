// The table over rows: the same answer as the decision function over lists; merging, erasing, the
// past.
#include "services/consent/store/decision_table.h"

#include <catch2/catch.hpp>

#include <rapidcheck.h>
#include <cstdio>
#include <set>

#include "libs/base/clock.h"
#include "libs/calendar/stockholm.h"

namespace varsam::consent {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'790'000'000);
absl::Time At(int hour) { return kStart + absl::Hours(hour); }

struct Table : DecisionTable {
  Table() {
    PolicyVersion version{.version = "1", .effective_at = At(0), .recorded_at = At(0)};
    Add(version, "pool", Basis::kConsent);
    Add(version, "hire", Basis::kContract);
    Add(version, "sell", Basis::kLegitimateInterest);
    version.purposes[2].purpose.direct_marketing = true;
    version.purposes[2].purpose.objection_channels = {true, true};
    version.purposes[2].lia = "lia";
    version.direct_sources.insert(names().NumberOf("self"));
    version.contract_purposes[names().NumberOf("applicant")].insert(1);
    builder.Add(version);
    builder.Add(KnownAssessment{AssessmentKind::kLegitimateInterest,
                                "lia",
                                {At(0), calendar::LocalDay::Of(2099, 1, 1)},
                                At(0)});
    SetCatalogue(builder.Snapshot());
    for (const FeedSource feed :
         {FeedSource::kRegistry, FeedSource::kRequests, FeedSource::kRetention}) {
      SetRead(feed);
    }
    Know(anna);
  }
  void Add(PolicyVersion& version, const std::string& id, Basis basis) {
    CataloguePurpose purpose;
    purpose.purpose.key = names().PurposeKeyOf(id);
    purpose.purpose.id = PurposeId(id);
    purpose.purpose.basis = basis;
    const int index = names().DataIndexOf("name");
    version.data["name"] = index;
    purpose.purpose.data.Add(index);
    version.place.emplace(id, version.purposes.size());
    version.purposes.push_back(std::move(purpose));
  }
  Classification Person(SubjectId subject) const {
    return {.subject = subject,
            .categories = {"applicant"},
            .capacity = Capacity::kNaturalPerson,
            .sources = {{"self", At(0), std::nullopt}}};
  }
  void Know(SubjectId subject) { Apply(Person(subject), At(0)); }
  void Choose(SubjectId subject, ConsentEventType type, int at, int recorded) {
    RecordedConsent consent;
    consent.id = NewUuidV7(At(recorded));
    consent.subject = subject;
    consent.purpose = PurposeId("pool");
    consent.type = type;
    consent.at = At(at);
    consent.recorded_at = At(recorded);
    consent.verified = true;
    consent.mechanism = "button";
    consent.notice.id = "n";
    Apply(consent);
  }
  std::string Ask(SubjectId subject, std::string_view purpose, int at = 1000, int known = 100'000) {
    const Decision decision =
        Decide({.subject = subject, .purpose = purpose, .at = At(at), .known = At(known)});
    return std::string(TextOf(decision.reason).code);
  }

  CatalogueBuilder builder{names()};
  SubjectId anna{NewUuidV4()};
};

}  // namespace

TEST_CASE("latest choice decides, in valid time and in recorded time") {
  Table table;
  CHECK(table.Ask(table.anna, "pool") == "NO_CONSENT");
  table.Choose(table.anna, ConsentEventType::kGiven, 10, 10);
  table.Choose(table.anna, ConsentEventType::kWithdrawn, 20, 30);
  CHECK(table.Ask(table.anna, "pool", 9) == "NO_CONSENT");
  CHECK(table.Ask(table.anna, "pool", 15) == "ALLOW_CONSENT");
  CHECK(table.Ask(table.anna, "pool", 25) == "CONSENT_WITHDRAWN");
  // At 25 the person had withdrawn, but nobody here knew before 30.
  CHECK(table.Ask(table.anna, "pool", 25, 29) == "ALLOW_CONSENT");
  CHECK(table.Ask(table.anna, "pool", 25, 30) == "CONSENT_WITHDRAWN");
}

TEST_CASE("a material change names whom it concerns until they are asked anew, each once") {
  Table table;
  const SubjectId bo{NewUuidV4()}, cia{NewUuidV4()}, dan{NewUuidV4()};
  for (const SubjectId& subject : {bo, cia, dan}) table.Know(subject);
  for (const SubjectId& subject : {table.anna, bo}) {
    table.Choose(subject, ConsentEventType::kRequested, 9, 9);  // asked before the change: no note
    table.Choose(subject, ConsentEventType::kGiven, 10, 10);
  }
  table.Choose(cia, ConsentEventType::kGiven, 10, 10);
  table.Choose(cia, ConsentEventType::kWithdrawn, 11, 11);
  const auto renewals = [&](int at) {
    std::set<SubjectId> all;
    const CataloguePurpose* pool = table.catalogue()->FindAnywhere("pool", At(100'000));
    for (size_t part = 0; part < DecisionTable::kParts; ++part) {
      for (const SubjectId& one : table.RenewalsIn(part, pool->purpose, At(at))) all.insert(one);
    }
    return all;
  };
  CHECK(renewals(19).empty());
  table.builder.Add(KnownNotice{{{"n", 2, "sv", ""}, {"pool"}, true, At(20), nullptr}, At(15)});
  table.SetCatalogue(table.builder.Snapshot());
  CHECK(renewals(19).empty());
  CHECK(renewals(20) == std::set<SubjectId>{table.anna, bo});
  table.Choose(bo, ConsentEventType::kRequested, 21, 21);
  CHECK(renewals(22) == std::set<SubjectId>{table.anna});
  CHECK(table.Ask(bo, "pool", 22) == "CONSENT_RENEWAL_REQUIRED");
  table.Choose(table.anna, ConsentEventType::kRenewed, 23, 23);
  CHECK(renewals(24).empty());
  // The next change concerns both again.
  table.Choose(bo, ConsentEventType::kRenewed, 24, 24);
  table.builder.Add(KnownNotice{{{"n", 3, "sv", ""}, {"pool"}, true, At(30), nullptr}, At(30)});
  table.SetCatalogue(table.builder.Snapshot());
  CHECK(renewals(31) == std::set<SubjectId>{table.anna, bo});
}

TEST_CASE("unknown person, unread feed, unknown purpose") {
  Table table;
  CHECK(table.Ask(SubjectId(NewUuidV4()), "pool") == "INDETERMINATE");
  CHECK(table.Ask(table.anna, "nonsense") == "PURPOSE_UNKNOWN");
  CHECK(table.Ask(table.anna, "pool", -1) == "PURPOSE_INACTIVE");
  DecisionTable unread;
  CHECK(unread.Decide({.subject = table.anna, .purpose = "pool", .at = At(1)}).allowed() == false);
}

TEST_CASE("what is asked for, within the category's limit; a hold for claims") {
  Table table;
  table.Choose(table.anna, ConsentEventType::kGiven, 10, 10);
  const calendar::LocalDay day = calendar::LocalDayOf(At(1000));
  table.Apply(DataLimits{table.anna, {{"name", day - 1, std::nullopt}}}, At(20));
  CHECK(table.Ask(table.anna, "pool") == "RETENTION_EXPIRED");
  CHECK(table.Ask(table.anna, "pool", 1000, 19) == "ALLOW_CONSENT");
  ScopedHold hold{.hold = {.set_at = At(30), .id = NewUuidV4()},
                  .subjects = {table.anna},
                  .recorded_at = At(30)};
  table.Apply(hold);
  CHECK(table.Ask(table.anna, "pool") == "HELD_FOR_CLAIMS_ONLY");
  hold.hold.released_at = At(40);
  table.Apply(hold);
  CHECK(table.Ask(table.anna, "pool") == "RETENTION_EXPIRED");
  table.Apply(DataLimits{table.anna, {{"name", day, std::nullopt}}}, At(50));
  CHECK(table.Ask(table.anna, "pool") == "ALLOW_CONSENT");
}

TEST_CASE("a relationship carries the contract purposes of its categories while it runs") {
  Table table;
  CHECK(table.Ask(table.anna, "hire") == "CONTRACT_NOT_ACTIVE");
  Classification person = table.Person(table.anna);
  const calendar::LocalDay today = calendar::LocalDayOf(At(1000));
  person.relationships = {{RelationshipKind::kApplication, {}, today - 10, today}};
  table.Apply(person, At(5));
  CHECK(table.Ask(table.anna, "hire") == "ALLOW_CONTRACT");
  CHECK(table.Ask(table.anna, "hire", 1000 + 25) == "CONTRACT_NOT_ACTIVE");
  CHECK(table.Ask(table.anna, "hire", 1000, 4) == "CONTRACT_NOT_ACTIVE");
  const size_t rows = table.Measure().rows;
  table.Apply(person, At(6));  // told again: nothing new
  CHECK(table.Measure().rows == rows);
  person.relationships[0].kind = RelationshipKind::kContractContact;
  table.Apply(person, At(7));
  CHECK(table.Ask(table.anna, "hire") == "CONTRACT_NOT_ACTIVE");
}

TEST_CASE("the one stop over all marketing counts from when it was switched on, until it is off") {
  Table table;
  CHECK(table.Ask(table.anna, "sell") == "ALLOW_LEGITIMATE_INTEREST");
  table.Apply(Preferences{.subject = table.anna, .global_stop = true}, At(10));
  CHECK(table.Ask(table.anna, "sell") == "OBJECTION_MARKETING");
  CHECK(table.Ask(table.anna, "sell", 9) == "ALLOW_LEGITIMATE_INTEREST");
  table.Apply(Preferences{.subject = table.anna, .global_stop = false}, At(20));
  CHECK(table.Ask(table.anna, "sell") == "ALLOW_LEGITIMATE_INTEREST");
}

TEST_CASE("merged people keep every choice, whichever record it was made for") {
  Table table;
  const SubjectId old(NewUuidV4());
  table.Know(old);
  table.Choose(table.anna, ConsentEventType::kGiven, 10, 10);
  table.Choose(old, ConsentEventType::kWithdrawn, 20, 20);
  CHECK(table.Ask(table.anna, "pool") == "ALLOW_CONSENT");
  table.Merge(table.anna, old);
  CHECK(table.Ask(table.anna, "pool") == "CONSENT_WITHDRAWN");
  CHECK(table.Ask(old, "pool") == "CONSENT_WITHDRAWN");
  table.Choose(old, ConsentEventType::kGiven, 30, 30);
  CHECK(table.Ask(table.anna, "pool") == "ALLOW_CONSENT");
  table.Erase(table.anna, At(40), At(40));
  CHECK(table.Ask(table.anna, "pool") == "SUBJECT_ERASED");
  CHECK(table.Ask(table.anna, "pool", 35) == "ALLOW_CONSENT");
}

TEST_CASE("questions asked together get the answers they get alone") {
  Table table;
  const SubjectId bo(NewUuidV4()), nobody(NewUuidV4());
  table.Know(bo);
  table.Choose(table.anna, ConsentEventType::kGiven, 10, 10);
  table.Choose(bo, ConsentEventType::kWithdrawn, 20, 30);
  DecisionTable::Asking asking(table);
  std::set<Reason> reasons;
  for (const int known : {25, 100'000}) {
    for (const int at : {-1, 9, 15, 1000}) {
      for (const std::string_view purpose : {"pool", "pool", "hire", "sell", "nonsense"}) {
        for (const SubjectId& subject : {table.anna, bo, nobody}) {
          const Question question{
              .subject = subject, .purpose = purpose, .at = At(at), .known = At(known)};
          const Decision alone = table.Decide(question), together = asking.Decide(question);
          CHECK(together.reason == alone.reason);
          CHECK(together.evidence == alone.evidence);
          reasons.insert(alone.reason);
        }
      }
    }
  }
  CHECK(reasons.size() >= 6);
}

TEST_CASE("any order of choices gives the answer of the latest one") {
  rc::check("order does not matter", [] {
    Table table;
    const auto hours = *rc::gen::unique<std::vector<int>>(5, rc::gen::inRange(1, 900));
    int latest = 0;
    ConsentEventType type = ConsentEventType::kGiven;
    for (const int hour : hours) {
      const auto one = *rc::gen::element(ConsentEventType::kGiven, ConsentEventType::kRefused,
                                         ConsentEventType::kWithdrawn);
      table.Choose(table.anna, one, hour, 950);
      if (hour < latest) continue;
      latest = hour;
      type = one;
    }
    RC_ASSERT((table.Ask(table.anna, "pool") == "ALLOW_CONSENT") ==
              (type == ConsentEventType::kGiven));
  });
}

TEST_CASE("decisions from memory: how many in a second, how many bytes", "[.][figures]") {
  Table table;
  std::vector<SubjectId> people;
  for (int i = 0; i < 100'000; ++i) {
    people.emplace_back(NewUuidV4());
    table.Know(people.back());
    for (int n = 0; n < 5; ++n) table.Choose(people.back(), ConsentEventType::kGiven, n + 1, n + 1);
  }
  const DecisionTable::Size size = table.Measure();
  const absl::Duration start = MonotonicNow();
  int allowed = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    allowed += table
                   .Decide({.subject = people[static_cast<size_t>(i) * 7919 % people.size()],
                            .purpose = "pool",
                            .at = At(1000),
                            .known = absl::InfiniteFuture()})
                   .allowed();
  }
  const double seconds = absl::ToDoubleSeconds(MonotonicNow() - start);
  std::printf("%.0f decisions/s on one thread, %zu bytes a person with 5 choices\n", 1e6 / seconds,
              size.bytes / size.subjects);
  CHECK(allowed == 1'000'000);
}

}  // namespace varsam::consent
