// What a decision knows about one subject (FORMAT 2.2). Lists are spans over memory the caller
// keeps alive during the call, in any order; an empty one means "known: none". A fact the platform
// could not obtain is named in `unavailable` and its value is not looked at.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "absl/time/time.h"
#include "libs/base/ids.h"
#include "libs/calendar/day.h"
#include "services/consent/domain/purpose.h"

namespace varsam::consent {

// The facts that can be missing. Capacity cannot: `unknown` is one of its values.
enum class Fact : uint8_t {
  kPurposeWindow, kDpia, kErasedAt, kRestrictions, kRetention, kHolds, kObjections, kTopicChoices,
  kPartyToContract, kLiObjections, kSource, kConsentEvents, kNoticeChanges, kContacts, kSoftOptIn,
  kLia, kContract, kVendor,
};
inline constexpr int kFactCount = 18;
// The name of the fact in FORMAT 2.2 and in answers: "consent_events".
std::string_view NameOf(Fact fact);
std::optional<Fact> FactOf(std::string_view name);

class FactSet {
 public:
  FactSet() = default;
  FactSet(std::initializer_list<Fact> facts) {
    for (const Fact fact : facts) Add(fact);
  }
  void Add(Fact fact) { bits_ |= 1u << static_cast<int>(fact); }
  bool Has(Fact fact) const { return (bits_ >> static_cast<int>(fact) & 1u) != 0; }
  bool operator==(const FactSet&) const = default;

 private:
  uint32_t bits_ = 0;
};

struct Restriction {  // Art. 18
  absl::Time from;
  std::optional<absl::Time> to;
  Uuid id;
};

struct Hold {
  absl::Time set_at;
  std::optional<absl::Time> released_at;
  Uuid id;
};

enum class ObjectionScope : uint8_t { kAll, kEmail, kPhone };
struct MarketingObjection {  // Art. 21(2)-(3)
  ObjectionScope scope = ObjectionScope::kAll;
  absl::Time at;
  Uuid id;
};

struct TopicChoice {
  std::string_view topic;
  bool on = false;
  absl::Time at;
  Uuid id;
  ObjectionScope channel = ObjectionScope::kAll;  // which mailings of the topic it is about
};

enum class Outcome : uint8_t { kUpheld, kRejected };
struct LiObjection {  // Art. 21(1)
  bool all_purposes = false;
  std::span<const PurposeKey> purposes;
  absl::Time received_at;
  std::optional<Outcome> outcome;
  std::optional<absl::Time> decided_at;
  Uuid id;
};

struct DataSource {
  bool indirect = true;  // the model says `notice: art14`
  absl::Time collected_at;
  std::optional<absl::Time> notice_at;
};

enum class ConsentEventType : uint8_t {
  kRequested, kGiven, kRenewed, kRefused, kWithdrawn, kInvalidated,
};
enum class Actor : uint8_t { kSubject, kStaff, kImport };
// How consent was expressed. Only a clear act can give it; the rest is recorded and never counts.
enum class Mechanism : uint8_t {
  kUntickedBox, kButton, kBannerChoice, kPortalSwitch, kSignedForm,
  kContinuedUse, kScroll, kSilence, kPreticked, kEmailReceived, kBrowserSetting, kBundledTerms,
  kConditionOfService,
  kUnstated,  // none, or one nobody knows: gives no consent
};
bool CanGiveConsent(Mechanism mechanism);

struct ConsentEvent {
  PurposeKey purpose = kNoPurpose;
  ConsentEventType type = ConsentEventType::kRequested;
  absl::Time at;
  Actor actor = Actor::kImport;
  bool verified = false;  // came through a channel that proves it was the person
  Mechanism mechanism = Mechanism::kUnstated;
  bool evidence = false;
  std::string_view recipient;  // empty: names nobody
  Uuid id;
};

struct NoticeChange {
  std::span<const PurposeKey> purposes;
  absl::Time effective_at;
  bool material = false;
};

struct Contact {
  bool two_way = false;  // a reply, a meeting, a sign-in, an updated application
  absl::Time at;
};

enum class Capacity : uint8_t { kLegalPersonRep, kNaturalPerson, kSoleTrader, kUnknown };

struct SoftOptIn {  // MFL 19 § second paragraph
  bool obtained_in_sale = false;
  bool own_similar_services = false;
  bool opt_out_offered_each_time = false;
};

struct Approval {  // of a balancing or impact assessment
  std::optional<absl::Time> approved_at;
  std::optional<calendar::LocalDay> review_by;  // last day, included
};

struct Contract {
  calendar::LocalDay from;
  std::optional<calendar::LocalDay> to;  // last day, included
};

struct Vendor {
  bool dpa_signed = false;
  std::optional<calendar::LocalDay> signed_on, expires_on;
  bool third_country = false;
  bool has_transfer_mechanism = false;
  std::optional<calendar::LocalDay> transfer_valid_to;
};

struct DecideFacts {
  std::optional<absl::Time> in_force_from, in_force_until;  // purpose_window
  std::optional<absl::Time> dpia_approved_at;
  std::optional<absl::Time> erased_at;
  std::span<const Restriction> restrictions;
  // Steps 1-4 of the retention composition for the data asked for, without any hold.
  std::optional<calendar::LocalDay> may_until, must_until;
  std::span<const Hold> holds;
  std::span<const MarketingObjection> objections;
  std::span<const TopicChoice> topic_choices;
  bool party_to_contract = false;
  std::span<const LiObjection> li_objections;
  DataSource source;
  std::span<const ConsentEvent> consent_events;  // all purposes mixed
  std::span<const NoticeChange> notice_changes;
  std::span<const Contact> contacts;
  Capacity capacity = Capacity::kUnknown;
  SoftOptIn soft_opt_in;
  Approval lia;
  std::optional<Contract> contract;
  std::optional<Vendor> vendor;
  FactSet unavailable;
};

enum class RecipientKind : uint8_t { kProcessor, kThirdParty, kAuthority };
struct Recipient {
  RecipientKind kind = RecipientKind::kThirdParty;
  std::string_view id;
  bool under_law = false;  // an authority with a statutory claim
};

struct DecideAsk {
  const Purpose* purpose = nullptr;  // null: the model has no such purpose
  absl::Time at;
  DataSet data;
  std::optional<std::string_view> topic;
  bool contacts_person = false;
  std::optional<Recipient> recipient;  // absent: stays with the controller
};

}  // namespace varsam::consent
