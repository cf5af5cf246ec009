// Looks through what a system exported for what a person must decide before it goes out: other
// people (Art. 15(4)) and unfinished text (P27); and carries the decisions out. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/calendar/day.h"
#include "services/request_workflow/answer/package.h"
#include "services/request_workflow/domain/case.h"

namespace varsam::requests {

struct ScanContext {
  // Lower case: the person's own identifiers, and the domains of the controller ("@lexium.se"),
  // whose staff addresses are no other person's data in this sense.
  std::vector<std::string> own;
  std::vector<std::string> own_domains;
  calendar::LocalDay today;
};

// Takes what one system exported record by record, then what stands around the records. Items are
// numbered from `first` on; at most kReviewItemsMax, the last then standing for the whole
// document (path ""). A document that is no shallow JSON is one item for a person to look at.
// An exempt draft comes decided (withhold, DRAFT_TEXT); everything else is pending.
absl::StatusOr<std::vector<ReviewItem>> ScanExport(const std::string& system,
                                                   const Document& document,
                                                   const ScanContext& context, int first);

// The document with the decisions of this system's items carried out: what is redacted or withheld
// is replaced by its code in brackets.
Document Decided(const std::string& system, Document document, std::vector<ReviewItem> items);

}  // namespace varsam::requests
