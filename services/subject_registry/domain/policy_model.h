// The privacy policy as plain values: what `policy.yaml` says, typed, nothing computed. The
// document's order is kept; every entry knows its line, so that lint can point at it. A model that
// parsed may still be wrong (dangling ids, a purpose without basis): lint_policy.h judges it.
//
// Values, no ownership tricks, safe to copy and to share between threads once built.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/calendar/day.h"
#include "libs/calendar/period.h"

namespace varsam::registry {

using SubjectCategoryId = StrongText<struct SubjectCategoryIdTag>;
using DataCategoryId = StrongText<struct DataCategoryIdTag>;
using ContextId = StrongText<struct ContextIdTag>;
using LiaId = StrongText<struct LiaIdTag>;
using DpiaId = StrongText<struct DpiaIdTag>;
using ProcessorId = StrongText<struct ProcessorIdTag>;
using SourceId = StrongText<struct SourceIdTag>;
using RuleId = StrongText<struct RuleIdTag>;

// Where a value comes from (key `o`). Defaults must be confirmed by counsel.
enum class Origin { kUnstated, kPolicy, kLaw, kDefault };

enum class Sensitivity { kNormal, kHigh, kNationalId, kLocation, kSpecialRisk };
enum class Basis {
  kConsent,              // Art. 6(1)(a)
  kContract,             // Art. 6(1)(b)
  kLegalObligation,      // Art. 6(1)(c)
  kLegitimateInterest,   // Art. 6(1)(f)
  kStrictlyNecessary,    // LEK 9 kap. 28 §, exception
};
// Which rule on electronic communication applies besides the GDPR.
enum class EPrivacy { kNone, kTerminal, kMflEmail, kMflOther };
enum class NoticeDuty { kArt13, kArt14 };
enum class RuleKind { kMay, kMust };
enum class Round { kNone, kCalendarYearEnd };
enum class DpiaStatus { kMissing, kToScreen, kNotNeeded, kApproved };
enum class Region { kUnstated, kEea, kThirdCountry };
enum class TransferMechanism { kAdequacy, kScc, kBcr };

struct PolicyDocument {
  std::string id, version, lang;
  std::optional<calendar::LocalDay> published_at, effective_from;
  std::optional<std::string> supersedes, source_sha256;
};

struct Controller {
  std::string name, org_no, address, dpo, contact, supervisory_authority, eprivacy_authority, tz;
};

// What most entries carry: a label per language, the section of the policy text, the origin.
struct Entry {
  std::string sv, en;  // en may be empty
  std::string ref;
  Origin origin = Origin::kUnstated;
  int line = 0;
};

struct SubjectCategory : Entry {
  SubjectCategoryId id;
};

struct DataCategory : Entry {
  DataCategoryId id;
  Sensitivity sensitivity = Sensitivity::kNormal;
  // The Art. 9 or Dataskyddslagen 3:10 ground, once counsel has recorded one.
  std::optional<std::string> special_ground;
};

struct Context : Entry {
  ContextId id;
  std::vector<SubjectCategoryId> subjects;
  std::vector<SourceId> sources;
  std::vector<SystemId> systems;
};

struct Purpose : Entry {
  PurposeId id;
  std::optional<Basis> basis;  // absent: INCOMPLETE_ACTIVITY
  std::optional<Basis> basis_if_party;
  std::optional<std::string> policy_basis;  // what the policy text claims, where it is wrong
  EPrivacy ep = EPrivacy::kNone;
  bool direct_marketing = false;
  bool residual = false;        // survives erasure and restriction
  bool per_recipient = false;   // consent counts per named recipient
  bool dpia_required = false;
  bool output_anonymous = false;
  bool renew_on_two_way_contact = false;
  std::optional<LiaId> lia;
  std::optional<calendar::Period> valid;  // life of a consent
  std::vector<std::string> topics;
  std::vector<DataCategoryId> data;
};

struct Lia {
  LiaId id;
  bool approved = false;
  std::optional<absl::Time> approved_at;
  std::optional<calendar::LocalDay> review_by;
  int line = 0;
};

struct Dpia {
  DpiaId id;
  std::vector<PurposeId> purposes;
  DpiaStatus status = DpiaStatus::kMissing;
  std::optional<absl::Time> approved_at;
  int line = 0;
};

struct System : Entry {
  SystemId id;
  std::vector<DataCategoryId> own;
  std::vector<SystemId> inherits;
  // The only data really taken over from the parents; absent: literally everything ("som ovan").
  std::optional<std::vector<DataCategoryId>> inherit_only;
  std::vector<PurposeId> purposes;
  std::optional<ProcessorId> processor;
  std::vector<std::string> roles;
};

struct Dpa {
  std::optional<calendar::LocalDay> signed_on, expires_on, review_on;
};

struct Transfer {
  TransferMechanism mechanism = TransferMechanism::kScc;
  std::optional<calendar::LocalDay> tia_on, valid_to;
};

struct Processor {
  ProcessorId id;
  std::string name, org_no, role, purpose;
  std::optional<Dpa> dpa;  // absent: `dpa: missing`, sharing is blocked
  Region region = Region::kUnstated;
  bool transfer_unanswered = false;  // `transfer: check`
  std::optional<Transfer> transfer;
  std::vector<std::string> subprocessors;
  int line = 0;
};

struct Source : Entry {
  SourceId id;
  NoticeDuty notice = NoticeDuty::kArt13;
  std::vector<std::string> require;  // evidence an import must bring
};

// Every stated key must equal the flag of the record.
struct RuleCondition {
  std::optional<std::string> origin;  // self_initiated | outbound
  std::optional<bool> customer, contacted;
  std::optional<SourceId> source;
  bool empty() const { return !origin && !customer && !contacted && !source; }
  bool operator==(const RuleCondition&) const = default;
};

struct RetentionRule : Entry {
  RuleId id;
  SystemId system;  // "platform": the platform's own records
  std::optional<SubjectCategoryId> subject;
  std::optional<PurposeId> purpose;
  std::vector<DataCategoryId> data;  // empty: every field of the system
  RuleCondition when;
  std::string clock;                     // empty only when `keep: indefinite`
  std::optional<calendar::Period> keep;  // absent: indefinite
  Round round = Round::kNone;
  RuleKind kind = RuleKind::kMay;
  bool claims = false;
  std::string action;
  std::optional<calendar::Period> notify_before, review;

  // keep P0D: the event itself is the end.
  bool IsTerminator() const;
};

struct Right {
  std::string id, article, promise;
};
struct Channel : Entry {
  std::string id, address, label;
};

struct Cookies {
  std::vector<std::pair<std::string, PurposeId>> categories;
  calendar::Period consent_valid, re_ask_after_refusal;
  bool reject_first_layer = true;
  bool preticked = false;
  Origin origin = Origin::kUnstated;
};

struct Security {
  calendar::Period backup_every, backup_retention, restore_test;
  absl::Duration backup_max_age;
  std::string storage, access, ref;
  calendar::Period access_review, vendor_review, contact_review, lia_review, policy_review;
  Origin origin = Origin::kUnstated;
};

// A known fault of the policy text itself, for counsel.
struct Gap {
  std::string id, text;
  int line = 0;
};

struct PolicyModel {
  PolicyDocument policy;
  Controller controller;
  std::vector<SubjectCategory> subject_categories;
  std::vector<DataCategory> data_categories;
  std::vector<Context> contexts;
  std::vector<Purpose> purposes;
  std::vector<Lia> lias;
  std::vector<Dpia> dpias;
  std::vector<System> systems;
  std::vector<Processor> processors;
  std::vector<Source> sources;
  std::vector<RetentionRule> retention_rules;
  std::vector<Right> rights;
  std::vector<Channel> channels;
  Cookies cookies;
  Security security;
  std::vector<Gap> gaps;
};

// The system whose records are the platform's own (cases, proofs, logs, backups).
inline constexpr char kPlatformSystem[] = "platform";

// The entry with this id, or null. The pointer lives as long as the list and is not shared.
template <typename T, typename Id>
const T* FindById(const std::vector<T>& entries, const Id& id) {
  for (const T& entry : entries) {
    if (entry.id == id) return &entry;
  }
  return nullptr;
}

// The words of the document for the typed values; used by reports and the Art. 30 record.
const char* NameOf(Basis basis);
const char* NameOf(Sensitivity sensitivity);
const char* NameOf(Origin origin);
const char* NameOf(RuleKind kind);

}  // namespace varsam::registry
