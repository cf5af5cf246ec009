// LinkSubjects and UndoLink: a pseudonymous browser is a known person's, by an explicit event that
// can be undone. Pure.
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/ids.h"

namespace varsam::consent {

struct SubjectLink {
  Uuid id;
  SubjectId subject, browser;
  absl::Time at;
  std::string channel, evidence_reference;
  std::optional<absl::Time> undone_at;
};

struct LinkSubjects {
  SubjectId subject, browser;
  std::string channel, evidence_reference;
};
struct LinkSubjectsFacts {
  std::optional<SubjectLink> standing;  // of the browser
  bool browser_is_person = false;       // it is somebody's linked person itself
  bool person_is_browser = false;       // the person is a linked browser
};
struct UndoLink {
  Uuid link;
};
struct UndoLinkFacts {
  std::optional<SubjectLink> link;
};
struct LinkOutcome {
  SubjectLink link;
};

// INVALID_FIELD; FAILED_PRECONDITION LINK_EXISTS: a browser is one person's at a time, and a person
// is nobody's browser.
absl::StatusOr<LinkOutcome> Decide(const LinkSubjects& ask, const LinkSubjectsFacts& facts,
                                   absl::Time now, Uuid fresh);
// NOT_FOUND LINK_UNKNOWN; FAILED_PRECONDITION LINK_UNDONE.
absl::StatusOr<LinkOutcome> Decide(const UndoLink& ask, const UndoLinkFacts& facts,
                                   absl::Time now);

}  // namespace varsam::consent
