#include "tests/support/record_case.h"

#include "libs/base/check.h"
#include "tests/support/days.h"
#include "tests/support/lexium_model.h"
#include "tests/support/retention_catalogue.h"

namespace varsam::testing {

const retention::RetentionModel& LexiumRetention() {
  static const auto* const model = new retention::RetentionModel(RetentionModelOf(Lexium()));
  return *model;
}

RecordCase::RecordCase(std::vector<std::string> purposes) {
  facts.collected_at = At("2020-01-01");
  for (std::string& purpose : purposes) facts.purposes.push_back({std::move(purpose), {}});
}

RecordCase& RecordCase::Event(std::string_view name, absl::Time at, std::string detail) {
  auto event = retention::EventNamed(name);
  VARSAM_CHECK(event.has_value()) << "no event is called " << name;
  event->at = at;
  const bool of_purpose = event->type == retention::EventType::kConsentWithdrawn;
  (of_purpose ? event->purpose : event->matter) = std::move(detail);
  facts.events.push_back(*std::move(event));
  return *this;
}

retention::RetentionAnswer RecordCase::Ask(std::string system, std::string field,
                                           absl::Time as_of) const {
  return retention::ComputeRetainUntil(LexiumRetention(), facts,
                                       {std::move(system), std::move(field), as_of});
}

std::string ReadersOf(const retention::RetentionAnswer& answer) {
  std::string names;
  if (answer.readers.claims) names += "claims ";
  if (answer.readers.legal) names += "legal ";
  if (answer.readers.ordinary) names += "ordinary ";
  if (!names.empty()) names.pop_back();
  return names;
}

}  // namespace varsam::testing
