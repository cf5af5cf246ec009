#include "services/retention/domain/record_signals.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "libs/base/error.h"
#include "libs/base/status_macros.h"

namespace varsam::retention {
namespace {

bool IsPlanned(const std::string& type) {
  const std::optional<RecordEvent> event = EventNamed(type);
  return event && event->clock && MayBePlanned(*event->clock);
}

// A clock shows its latest event. A planned end may be moved back too, so there the later reading
// counts.
bool MergeEvent(const SeenEvent& event, std::vector<SeenEvent>& events) {
  auto at = std::lower_bound(
      events.begin(), events.end(), event.type,
      [](const SeenEvent& one, const std::string& type) { return one.type < type; });
  if (at == events.end() || at->type != event.type) {
    events.insert(at, event);
    return true;
  }
  const bool newer = IsPlanned(event.type) && event.observed_at != at->observed_at
                         ? event.observed_at > at->observed_at
                         : event.at > at->at;
  if (newer) *at = event;
  return newer;
}

auto Said(const Field& field) {
  std::vector<std::pair<std::string, absl::Time>> purposes;
  for (const HeldPurpose& one : field.purposes) {
    purposes.emplace_back(one.purpose, one.ended_at.value_or(absl::InfiniteFuture()));
  }
  const Flags& flags = field.flags;
  return std::make_tuple(field.subject_categories, flags.origin, flags.customer, flags.contacted,
                         flags.source, purposes, field.collected_at, field.claims_need_recorded);
}

Field ReadingOf(const Signal& signal, const std::string& category, absl::Time observed_at) {
  Field field;
  field.key = {signal.subject, signal.system, signal.record_key, category};
  field.subject_categories = signal.subject_categories;
  std::sort(field.subject_categories.begin(), field.subject_categories.end());
  field.flags = signal.flags;
  field.purposes = signal.purposes;
  std::sort(field.purposes.begin(), field.purposes.end(),
            [](const HeldPurpose& a, const HeldPurpose& b) { return a.purpose < b.purpose; });
  field.collected_at = signal.collected_at.value_or(observed_at);
  for (const SeenEvent& event : signal.events) {
    if (signal.collected_at) break;
    field.collected_at = std::min(field.collected_at, event.at);
  }
  field.claims_need_recorded = signal.claims_need_recorded;
  field.observed_at = observed_at;
  return field;
}

// True when the reading replaces what was known. Of two readings of one instant (a clock that a
// file drives stands still) the one that came last.
bool Replaces(const Field& reading, const Field& known) {
  return reading.observed_at >= known.observed_at;
}

bool MergeReading(Field reading, bool collected_is_known, const std::vector<SeenEvent>& events,
                  std::vector<Field>& fields) {
  auto at = std::lower_bound(fields.begin(), fields.end(), reading.key,
                             [](const Field& one, const FieldKey& key) { return one.key < key; });
  bool news = false;
  if (at == fields.end() || at->key != reading.key) {
    at = fields.insert(at, reading);
    news = true;
  } else if (at->disposed_at) {
    if (reading.observed_at <= *at->disposed_at) return false;
    *at = reading;  // it is there again
    news = true;
  } else {
    if (!collected_is_known) {
      // The first sight of it stays.
      const absl::Time first = std::min(reading.collected_at, at->collected_at);
      news = first != at->collected_at;
      reading.collected_at = at->collected_at = first;
    }
    if (Replaces(reading, *at)) {
      news |= Said(reading) != Said(*at);
      reading.events = std::move(at->events);
      reading.item = at->item;
      reading.standing = at->standing;
      *at = std::move(reading);
    }
  }
  for (const SeenEvent& event : events) news |= MergeEvent(event, at->events);
  return news;
}

}  // namespace

absl::Status NeedsPolicy(const Catalogue* catalogue) {
  if (catalogue != nullptr) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, "POLICY_MISSING",
                         "no policy has been applied yet");
}

PersonRecords& PersonIn(People& people, const SubjectId& subject) {
  PersonRecords* records = &people[subject];
  records->person.id = subject;
  while (records->person.merged_into) {
    const SubjectId survivor = *records->person.merged_into;
    records = &people[survivor];
    records->person.id = survivor;
  }
  return *records;
}

bool MergeSignal(const Signal& signal, absl::Time now, PersonRecords& records) {
  const absl::Time observed_at = signal.observed_at.value_or(now);
  std::vector<SeenEvent> events;
  for (SeenEvent event : signal.events) {
    event.observed_at = observed_at;
    MergeEvent(event, events);
  }
  bool news = false;
  for (const std::string& category : signal.data_categories) {
    Field reading = ReadingOf(signal, category, observed_at);
    reading.key.subject = records.person.id;
    news |=
        MergeReading(std::move(reading), signal.collected_at.has_value(), events, records.fields);
  }
  return news;
}

absl::StatusOr<RecordSignalsOutcome> Decide(const RecordSignals& ask, const PeopleFacts& facts,
                                            absl::Time now) {
  RETURN_IF_ERROR(NeedsPolicy(facts.catalogue.get()));
  RecordSignalsOutcome outcome;
  People people = facts.people;
  std::set<SubjectId> touched;
  std::map<std::string, uint32_t> by_system;
  for (const Signal& signal : ask.signals) {
    PersonRecords& records = PersonIn(people, signal.subject);
    const bool news = MergeSignal(signal, now, records);
    outcome.news |= news;
    if (news) touched.insert(records.person.id);
    ++by_system[signal.system];
    absl::Time& heard = outcome.heard.emplace(signal.system, absl::InfinitePast()).first->second;
    heard = std::max(heard, std::min(signal.observed_at.value_or(now), now));
    ++outcome.recorded;
  }
  for (const SubjectId& subject : touched) {
    PersonRecords& records = people[subject];
    if (Recompute(*facts.catalogue, now, records)) {
      outcome.limits.push_back({subject, LimitsOf(records.fields)});
    }
    outcome.changed.push_back(std::move(records));
  }
  outcome.records_by_system.assign(by_system.begin(), by_system.end());
  return outcome;
}

}  // namespace varsam::retention
