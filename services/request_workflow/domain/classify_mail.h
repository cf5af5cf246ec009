// Which right a message seems to use, by Swedish and English key words. A suggestion: a person
// confirms it (P19). Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "services/request_workflow/domain/right.h"

namespace varsam::requests {

// Every right that the text seems to use, the surest first; empty for a plain question.
std::vector<Right> ClassifyMail(std::string_view subject, std::string_view text);

// Does the writer seem to end the contact (P49)?
bool SeemsContactEnd(std::string_view subject, std::string_view text);

// Swedish unless the text is plainly English.
bool SeemsEnglish(std::string_view text);

}  // namespace varsam::requests
