// What is known of a case. Plain data, free of personal text: what people wrote and how they are
// reached stands sealed beside it (SealedText). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/calendar/day.h"
#include "services/request_workflow/domain/case_machine.h"
#include "services/request_workflow/domain/due_date.h"
#include "services/request_workflow/domain/right.h"

namespace varsam::requests {

using CaseId = StrongId<struct CaseIdTag>;
using TaskId = StrongId<struct TaskIdTag>;
using BreachId = StrongId<struct BreachIdTag>;

inline constexpr size_t kMessageBytesMax = 64 * 1024;
inline constexpr size_t kIdentifiersMax = 20;
inline constexpr size_t kChangesMax = 50;
inline constexpr size_t kReasonBytesMax = 4000;
inline constexpr size_t kMethodBytesMax = 100;

// How surely the requester is the person (SECURITY 2.2). Numbers are those of the proto.
enum class IdentityLevel : int32_t { kNone = 1, kContact = 2, kTwoFactors = 3, kInPerson = 4 };

// Has the person been told that the request arrived (P19: by the second working day)? The machine
// writes only to an address that was on file before the request; where there is none, a person
// must.
enum class Acknowledgement : int32_t { kNotNeeded = 0, kPending = 1, kOwed = 2, kDone = 3 };

enum class Language : int32_t { kSwedish = 1, kEnglish = 2 };

// What the case worker has to do next; the step survives a crash because it stands in the case.
enum class Step : int32_t {
  kNone = 0,
  kResolve = 1,     // find the person in the registry, send the confirm link to the address on file
  kSearch = 2,      // one export task for every system of the policy
  kActConsent = 3,  // objection or withdrawal through the consent service
  kPlanErasure = 4,   // ask retention what may go, make the erase tasks
  kEraseSubject = 5,  // suppress, erase the person in the registry
  kBuildPackage = 6,
  kActTasks = 7,           // rectify or restrict in every system
  kAnswer = 8,             // write the answer to the person
  kWithdraw = 9,           // taken back while a connector still held a lease
  kNotifyRecipients = 11,  // one task for each recipient, and for each page that was published
  kLiftRestriction = 12,   // the notice of it has been sent and its time has come
  kEndContact = 14,        // P49: tell retention, send the receipt
  kScan = 13,              // look through what the systems exported for what a person must decide
  kAcknowledge = 10,       // tell the person that the letter arrived, if an address is on file
};

// One decision of retention about one data category of one record, kept with the case.
struct PlannedErasure {
  std::string item_id;
  std::string system;
  std::string record_key;
  std::string data_category;
  bool erase = false;
  std::string method;
  std::string keep_until;
  std::string code;
  std::string reference;
  bool operator==(const PlannedErasure&) const = default;
};

// What a person must decide before an answer goes out.
struct ReviewItem {
  std::string id;
  std::string system;
  std::string path;                  // JSON pointer into what the system exported
  std::string kind;                  // THIRD_PARTY, DRAFT
  std::string decision = "pending";  // pending, redact, withhold, release
  std::string code;
  std::string decided_by;
  bool operator==(const ReviewItem&) const = default;
};
inline constexpr size_t kReviewItemsMax = 200;

// A code of 40 bits that reached the person by another way than the link. One for a case.
struct CaseCode {
  CaseId case_id;
  std::string code_mac;  // keyed hash; the code itself is nowhere
  std::string delivery;
  int32_t tries = 0;
  absl::Time expires_at;
  std::optional<absl::Time> used_at;
};
inline constexpr int kCodeTriesMax = 5;
inline constexpr int kIdentityTriesPerDayMax = 10;  // for one person, in all cases together
inline constexpr absl::Duration kCodeLife = absl::Hours(24 * 14);
inline constexpr int kContactEndDays = 7;  // P49: erased within
inline constexpr absl::Duration kCoolingOff = absl::Hours(72);

struct Case {
  CaseId id;
  std::optional<CaseId> parent;
  std::optional<SubjectId> subject;    // proven
  std::optional<SubjectId> candidate;  // found by what the requester said, not proven
  std::optional<Right> right;
  std::optional<Right> suggested;
  CaseState state = CaseState::kReceived;
  std::string channel;
  Language language = Language::kSwedish;
  IdentityLevel identity = IdentityLevel::kNone;
  absl::Time received_at;
  bool large_volume = false;
  std::vector<Question> questions;
  std::optional<Extension> extension;
  std::optional<calendar::LocalDay> due_date;  // for order; the explained date is computed anew
  std::vector<std::string> flags;              // DUE_SOON, OVERDUE as last seen by the tick
  std::vector<std::string> withheld;
  std::vector<std::string> found;  // data categories that the systems hold
  std::vector<PlannedErasure> plan;
  std::vector<std::string> recipients;  // to whom the data was disclosed: told under Art. 19
  int32_t published = 0;                // pages on which the person found the data: Art. 17(2)
  std::string restriction_ground;       // accuracy, unlawful, claims, objection_pending
  std::optional<absl::Time> restricted_at;
  std::optional<absl::Time> lift_at;  // Art. 18(3): told before it is lifted
  std::string lift_reason;
  std::string backup_clear_by;
  std::optional<absl::Time> granted_at;
  std::string refusal_code;
  std::string refusal_by;  // the first of the two people
  std::string certificate_id;
  Acknowledgement acknowledgement = Acknowledgement::kNotNeeded;
  bool package_ready = false;
  bool answer_sent = false;
  bool special_risk = false;  // what the person wrote may reveal special categories (Art. 9)
  bool agent = false;         // somebody asks for the person
  std::string mandate;        // how staff saw that the agent may
  bool contact_end = false;   // the person seems to ask, or asks, for an end of the contact (P49)
  bool stop_wanted = false;   // another address on file says: this was not me
  std::optional<absl::Time> cooling_until;  // proven by a link alone: nothing goes out before
  std::vector<ReviewItem> review;
  bool scanned = false;  // the exports have been looked through
  int32_t link_failures = 0;
  Step step = Step::kNone;
  absl::Time step_at = absl::InfinitePast();
  int32_t step_attempts = 0;
  std::optional<absl::Time> closed_at;
  int64_t version = 0;  // rises with every change
  bool operator==(const Case&) const = default;
};

struct HistoryEntry {
  CaseId case_id;
  absl::Time at;
  std::string event;
  CaseState state = CaseState::kReceived;
  std::string actor;
  std::string note;  // free of personal data
  bool operator==(const HistoryEntry&) const = default;
};

// A text that somebody wrote, or how somebody is reached, under the key of the case.
struct SealedText {
  CaseId case_id;
  std::string name;  // message, identifiers, contact, changes, reasons, question …
  std::string sealed;
};

// A single-use link. Only the SHA-256 of its 256 random bits is stored.
// kStop goes to the other addresses on file: whoever holds one of them may stop a request made in
// the person's name.
enum class LinkUse : int32_t { kConfirm = 1, kOpen = 2, kStop = 3 };
struct Link {
  std::string token_sha256;
  CaseId case_id;
  LinkUse use = LinkUse::kConfirm;
  std::string contact_sha256;  // which address it went to
  absl::Time expires_at;
  std::optional<absl::Time> consumed_at;
  bool operator==(const Link&) const = default;
};
inline constexpr absl::Duration kConfirmLinkLife = absl::Hours(24 * 14);
inline constexpr absl::Duration kOpenLinkLife = absl::Hours(24 * 7);
inline constexpr absl::Duration kPersonSessionLife = absl::Minutes(30);
inline constexpr int kLinkFailuresMax = 5;

// A mail that waits to be sent. Subject lines hold no personal data.
struct OutgoingMail {
  Uuid id;
  CaseId case_id;
  std::string kind;  // confirm, package, answer, refused, extended, question, acknowledged, notice
  std::string subject;
  std::string sealed_to;
  std::string sealed_body;
  std::string to_index;  // keyed hash of the address: letters are counted, not read
  absl::Time made_at;
  absl::Time send_at;
  int32_t attempts = 0;
  std::optional<absl::Time> sent_at;
  bool given_up = false;
  bool operator==(const OutgoingMail&) const = default;
};

// What one address gets in a day without having proven anything: anybody can send requests in
// somebody else's name.
inline constexpr int kUnaskedLettersPerDayMax = 6;
inline constexpr absl::Duration kUnaskedLettersWindow = absl::Hours(24);

// A package: what an access or portability case hands over. Its bytes are sealed under the key that
// the package id names, so that destroying that key ends it.
struct Package {
  CaseId case_id;
  Uuid id;
  std::string sha256_hex;
  int32_t downloads = 0;
  absl::Time expires_at;
  // It is written part by part and handed out when it is whole.
  bool ready = true;
  // A download that is going on, for packages of many parts: the part it gets next. Once the last
  // download has begun, the package ends with it, or kDownloadTimeMax after its latest part.
  Uuid ticket;
  int32_t next_part = 0;
  absl::Time ticket_at = absl::UnixEpoch();
  bool operator==(const Package&) const = default;
};
inline constexpr size_t kPackagePartBytes = size_t{1} << 20;
inline constexpr int kPackagePartsAtOnce = 3;
inline constexpr absl::Duration kDownloadTimeMax = absl::Hours(1);
inline constexpr int kPackageDownloadsMax = 3;
inline constexpr absl::Duration kPackageLife = absl::Hours(24 * 7);

struct Breach {
  BreachId id;
  int32_t state = 1;  // numbers of varsam.requests.v1.BreachState
  absl::Time aware_at;
  std::vector<absl::Time> notified_at;
  std::vector<int32_t> partial;  // of each of them: 1 when more was to follow (Art. 33(4))
  std::string sealed_text;       // facts, effects, action
  std::string risk;
  std::string authority_reference;
  int64_t version = 0;
  bool operator==(const Breach&) const = default;
};

}  // namespace varsam::requests
