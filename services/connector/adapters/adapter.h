// What one system can be asked for, in plain structs. One adapter speaks for one system of the
// policy; the agent leases tasks and hands them here, and knows nothing of tables or mailboxes.
//
// Every call runs on one thread at a time per adapter. A status is for the world (database away,
// credentials refused): the agent reports it as FAILED with the status's reason. What the system
// answers about the person is an Outcome.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "libs/base/personal.h"
#include "services/connector/adapters/spool.h"

namespace varsam::connector {

// The names of varsam.common.v1.IdentifierType.
enum class IdentifierType {
  kEmail = 1,
  kPhone,
  kPersonnummer,
  kCustomerNumber,
  kEmployeeNumber,
  kBrowserId,
  kRecordKey,
};

struct Identifier {
  IdentifierType type = IdentifierType::kEmail;
  Personal<std::string> value;
  std::string system;  // only for kRecordKey
};

struct FieldChange {
  std::string data_category;
  std::string expected_old_sha256;  // 32 bytes
  Personal<std::string> new_value;
};

struct EraseItem {
  std::string id;
  std::string data_category;
  std::string record_key;  // empty: every record of the person
  std::string method;      // delete, anonymise, redact, suppress_hash
};

struct KeepItem {
  std::string data_category;
  std::string record_key;  // empty: every record of the person
  std::string reference;
  std::string keep_until;
};

struct Export {
  std::vector<std::string> data_categories;  // empty: all of the system
};
struct Rectify {
  std::vector<FieldChange> changes;
};
struct Restrict {
  bool lift = false;
};
struct StopProcessing {
  std::vector<std::string> purposes;
};
struct Erase {
  std::vector<EraseItem> items;
  std::vector<KeepItem> keep;
};
struct Verify {
  std::vector<EraseItem> erased;
  std::vector<KeepItem> kept;
  std::vector<FieldChange> changed;
};

using Identifiers = std::vector<Identifier>;

struct CategoryResult {
  std::string data_category;
  std::string record_key;
  std::string item_id;
  uint32_t found = 0;
  uint32_t exported = 0;
  uint32_t deleted = 0;
  uint32_t anonymised = 0;
  uint32_t kept = 0;
  bool operator==(const CategoryResult&) const = default;
};

struct Done {
  std::vector<CategoryResult> results;
};
struct NoData {};
struct PartlyKept {
  std::vector<CategoryResult> results;
  std::vector<KeepItem> kept;
};
struct Refused {
  std::string reason;
};
struct NeedsHuman {
  std::string question;  // a CAPITAL code or a sentence, free of personal data
};
struct Failed {
  std::string reason;  // CAPITAL code
  bool retryable = true;
  absl::Duration after = absl::ZeroDuration();
};
struct Unsupported {
  std::string reason;
};
using Outcome = std::variant<Done, NoData, PartlyKept, Refused, NeedsHuman, Failed, Unsupported>;

// Asked once, when everything is ready and nothing is committed: an error (CANCELLED when the task
// was called off) means that nothing must be committed. It is told what will be reported.
using CommitGate = std::function<absl::Status(const Outcome& prepared)>;

inline constexpr size_t kExportBytesMax = 64 << 20;  // of what an adapter holds in memory
// What the server takes of one task.
inline constexpr uint64_t kSpooledBytesMax = uint64_t{15} << 30;

struct Exported {
  Outcome outcome;
  Spool document;  // JSON (README.md), empty when there is no data
};

// What the data map says an adapter can do.
struct Capability {
  std::string
      action;  // EXPORT, RECTIFY, RESTRICT, LIFT_RESTRICTION, STOP_PROCESSING, ERASE, VERIFY
  std::vector<std::string> data_categories;
  std::vector<IdentifierType> identifier_types;
};

// What the inventory tells of one record of one person: the registry's part …
struct InventoryRelationship {
  std::string kind;  // contract_party, contract_contact, application, employment, assignment
  std::vector<std::string> purposes;
  std::string from, to;  // days YYYY-MM-DD; `to` may be empty
};
struct InventorySubject {
  std::string record_key;
  Identifiers identifiers;
  std::string category;  // of the policy
  Personal<std::string> display_name;
  std::string capacity;  // legal_person_representative, natural_person, sole_trader or empty
  std::string source;    // key of `sources` in the policy; empty: not known
  std::optional<absl::Time> collected_at, notice_at;
  std::map<std::string, std::string> evidence;
  std::vector<InventoryRelationship> relationships;
};
// … and retention's.
struct InventoryEvent {
  std::string type;
  absl::Time at;
};
struct InventoryPurpose {
  std::string purpose;
  std::optional<absl::Time> ended_at;
};
struct InventoryRecord {
  std::string record_key;  // empty: named after the subject once that is known
  std::vector<std::string> data_categories;
  std::map<std::string, std::string> flags;
  std::vector<InventoryPurpose> purposes;
  std::vector<InventoryEvent> events;
};
struct InventoryRow {
  InventorySubject subject;
  std::vector<InventoryRecord> records;
};
struct InventoryPage {
  std::vector<InventoryRow> rows;
  std::string next;  // where the next page starts; empty: this was the last
  // Records left out because a stored value has no meaning in the mapping: "<key>: <path>".
  std::vector<std::string> faults;
};

class Adapter {
 public:
  virtual ~Adapter() = default;

  virtual const std::string& system() const = 0;
  virtual std::vector<Capability> Capabilities() const = 0;

  // Judges the mapping against the live system. OK: its digest (SHA-256 of mapping and of the part
  // of the schema it names). FAILED_PRECONDITION or INVALID_ARGUMENT naming every fault.
  virtual absl::StatusOr<std::string> CheckMapping() = 0;

  virtual absl::StatusOr<Exported> Run(const Identifiers& who, const Export& ask) = 0;
  virtual absl::StatusOr<Outcome> Run(const Identifiers& who, const Rectify& ask,
                                      const CommitGate& gate) = 0;
  virtual absl::StatusOr<Outcome> Run(const Identifiers& who, const Restrict& ask,
                                      const CommitGate& gate) = 0;
  virtual absl::StatusOr<Outcome> Run(const Identifiers& who, const StopProcessing& ask,
                                      const CommitGate& gate) = 0;
  virtual absl::StatusOr<Outcome> Run(const Identifiers& who, const Erase& ask,
                                      const CommitGate& gate) = 0;
  // Reads back by a path of its own. NO_DATA: all is as it was ordered.
  virtual absl::StatusOr<Outcome> Run(const Identifiers& who, const Verify& ask) = 0;

  // One page of everybody the system knows, from the start when `after` is empty.
  virtual absl::StatusOr<InventoryPage> Inventory(const std::string& after, int page_rows_max) = 0;
};

}  // namespace varsam::connector
