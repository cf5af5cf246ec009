// The notification to the supervisory authority (Art. 33(3)), as plain text in its order of
// headings; also the documentation of Art. 33(5). Pure.
#pragma once

#include <string>
#include <vector>

#include "libs/calendar/explained_step.h"
#include "services/request_workflow/domain/case.h"

namespace varsam::requests {

struct BreachReport {
  std::string id, controller, controller_address, contact, data_protection_officer, authority;
  std::string state, facts, concerned, effects, action, risk, reasons_for_delay;
  std::string subjects_informed, authority_reference;
  std::string aware_at, notify_by;  // in words, in the language of the report
  bool late = false;
  std::vector<std::string> notifications;  // each in words
  std::vector<calendar::ExplainedStep> steps;
};

std::string WriteBreachReport(const BreachReport& report, Language language);

}  // namespace varsam::requests
