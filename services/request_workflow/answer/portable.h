// What Art. 20 hands over: only what the person provided or what was observed, only where the
// processing rests on consent or a contract; as JSON, as one CSV for each system and category, and
// with a schema that says what stands in which file. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "services/request_workflow/answer/package.h"

namespace varsam::requests {

// The data categories of a system that are portable.
std::set<std::string> PortableCategories(const PolicyView& policy, const std::string& system);

// The records and members of an exported document that are portable; what is no JSON is none of
// them. Null stays null.
Document PortablePart(Document document, std::set<std::string> categories);

// "data/<system>-<category>.csv" (UTF-8, CRLF, RFC 4180; a cell that a spreadsheet would run begins
// with an apostrophe) and "schema.json".
absl::Status PortableFiles(const PackageContent& content, const PolicyView& policy,
                           PackageArchive& archive);

}  // namespace varsam::requests
