// A person with fields under the shipped policy, for tests of plans and runs.
#pragma once

#include <string>
#include <vector>

#include "services/retention/domain/record_signals.h"
#include "services/retention/domain/run_disposal.h"
#include "tests/support/days.h"
#include "tests/support/record_case.h"

namespace varsam::retention {

inline const std::shared_ptr<const Catalogue>& LexiumCatalogue() {
  static const std::shared_ptr<const Catalogue> catalogue =
      std::make_shared<const Catalogue>(CompileCatalogue(
          {{1, "1.0", testing::At("2026-01-01"),
            std::make_shared<const RetentionModel>(testing::LexiumRetention())}}));
  return catalogue;
}

// A prospect who wrote first and was last heard of on that day.
inline Signal IdleProspect(const std::string& key, absl::Time last_reply) {
  Signal signal;
  signal.subject = SubjectId(NewUuidV4());
  signal.system = "crm";
  signal.record_key = key;
  signal.data_categories = {"email", "name", "sales_activity"};
  signal.subject_categories = {"prospect"};
  signal.flags.origin = "self_initiated";
  signal.flags.customer = false;
  signal.collected_at = testing::At("2022-01-10 09:00");
  signal.events = {{"reply", last_reply, last_reply}};
  signal.observed_at = testing::At("2026-11-20 02:00");
  return signal;
}

// The people as they stand after these signals.
inline People PeopleAfter(const std::vector<Signal>& signals, absl::Time now,
                          People people = {}) {
  const auto outcome = Decide(RecordSignals{signals}, PeopleFacts{LexiumCatalogue(), people}, now);
  for (const PersonRecords& one : outcome->changed) people[one.person.id] = one;
  return people;
}

inline std::vector<PersonRecords> Listed(const People& people) {
  std::vector<PersonRecords> all;
  for (const auto& [id, records] : people) all.push_back(records);
  return all;
}

inline FreshIds Fresh() {
  return [](uint32_t) { return NewUuidV7(testing::At("2026-11-25 12:00")); };
}

}  // namespace varsam::retention
