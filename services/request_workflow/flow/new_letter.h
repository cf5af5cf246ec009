// Letters and links of a case, ready to be saved with a decision.
#pragma once

#include <string>

#include "services/request_workflow/answer/letters.h"
#include "services/request_workflow/flow/service_parts.h"

namespace varsam::requests {

// A letter to that address, sealed under the case's key. Controller, authority and the right in
// words are filled in.
absl::StatusOr<OutgoingMail> NewLetter(const ServiceParts& parts, const Case& c,
                                       const std::string& to, LetterKind kind, LetterValues values);

// A fresh link to `to`; the token stands only in the letter.
struct FreshLink {
  Link link;
  std::string url;
};
FreshLink NewLink(const ServiceParts& parts, const Case& c, LinkUse use, const std::string& to);

// The address the case answers to; empty when none is on file.
absl::StatusOr<std::string> ContactOf(const ServiceParts& parts, CaseId id);

}  // namespace varsam::requests
