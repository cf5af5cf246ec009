// Everything a decision needs, in memory: the catalogue and, for each person, one packed list of
// rows. Decide reads no database and takes one shared lock of one shard. Safe from every
// thread; writes of one source (own ledger, each feed) come from one thread each, in order.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "services/consent/domain/banner.h"
#include "services/consent/domain/consent_state.h"
#include "services/consent/domain/decision.h"
#include "services/consent/domain/objection.h"
#include "services/consent/domain/preferences.h"
#include "services/consent/domain/recorded_consent.h"
#include "services/consent/store/catalogue.h"
#include "services/consent/store/change_hub.h"
#include "services/consent/store/links.h"
#include "services/consent/store/packed_rows.h"
#include "services/consent/store/subject_facts.h"

namespace varsam::consent {

// What a browser that nobody has registered is taken for.
inline constexpr std::string_view kBrowserCategory = "website_visitor";
inline constexpr std::string_view kBrowserSource = "cookie";

// Numbers of varsam.registry.v1.RelationshipKind.
enum class RelationshipKind : uint8_t {
  kUnstated,
  kContractParty,
  kContractContact,
  kApplication,
  kEmployment,
  kAssignment,
};

// The whole classification of a person, as the registry tells it after each change.
struct Classification {
  struct Source {
    std::string source;
    absl::Time collected_at;
    std::optional<absl::Time> notice_at;
  };
  struct Relationship {
    RelationshipKind kind = RelationshipKind::kUnstated;
    std::vector<std::string> purposes;
    calendar::LocalDay from;
    std::optional<calendar::LocalDay> to;
  };
  SubjectId subject;
  std::vector<std::string> categories;
  Capacity capacity = Capacity::kUnknown;
  SoftOptIn soft_opt_in;
  std::vector<Source> sources;
  std::vector<Relationship> relationships;
};

struct RestrictionChange {
  SubjectId subject;
  Uuid case_id;
  absl::Time from;
  std::optional<absl::Time> to;
};

struct DataLimits {
  struct Limit {
    std::string data_category;
    std::optional<calendar::LocalDay> may_until, must_until;
  };
  SubjectId subject;
  std::vector<Limit> limits;
};

struct ScopedHold {
  Hold hold;
  std::vector<SubjectId> subjects;
  std::vector<uint32_t> categories;  // Names numbers
  DataSet data;                      // empty: all
  absl::Time recorded_at;
};

// The ledgers that facts come from. One that was never read to its end leaves its facts
// unavailable.
enum class FeedSource : uint8_t { kRegistry, kRequests, kRetention };

struct Question {
  SubjectId subject;
  std::string_view purpose;
  std::span<const std::string_view> data;
  absl::Time at;
  absl::Time known;  // InfiniteFuture: all that is known now
  std::optional<std::string_view> topic;
  bool contacts_person = false;
  std::optional<Recipient> recipient;
};

class DecisionTable {
 public:
  DecisionTable();

  Names& names() { return names_; }

  // From the own ledger.
  void Apply(const RecordedConsent& consent);
  void Apply(const Objection& objection, absl::Time recorded_at);
  void Apply(const Preferences& preferences, absl::Time recorded_at);
  void Apply(const SubjectLink& link, absl::Time recorded_at);
  // A browser that nobody has registered. What the registry says of it, before or after, wins.
  void Introduce(SubjectId browser, absl::Time at, absl::Time recorded_at);
  // The choices of a person for a purpose before a moment are gone (consent_proof).
  void Forget(SubjectId subject, std::string_view purpose, absl::Time before);
  // From the feeds.
  void Apply(const Classification& classification, absl::Time recorded_at);
  void Erase(SubjectId subject, absl::Time at, absl::Time recorded_at);
  // The merged person's choices count for the survivor from now on.
  void Merge(SubjectId survivor, SubjectId merged);
  void Apply(const RestrictionChange& change, absl::Time recorded_at);
  void Apply(const DataLimits& limits, absl::Time recorded_at);
  void Apply(const ScopedHold& hold);
  void SetCatalogue(std::shared_ptr<const Catalogue> catalogue);
  std::shared_ptr<const Catalogue> catalogue() const;
  void SetRead(FeedSource feed) { read_[static_cast<int>(feed)].store(true); }
  bool has_read(FeedSource feed) const { return read_[static_cast<int>(feed)].load(); }

  Decision Decide(const Question& question) const;
  // Until when time alone does not change the answer to a question of now: the next midnight of
  // Stockholm at the latest, sooner where something begins or ends by the clock. nullopt: it is not
  // to be kept (facts are missing, or the person's record was merged into another).
  std::optional<absl::Time> HoldsUntil(const Question& question) const;
  // Many decisions on one view of the catalogue: what the policy says of a purpose at a moment is
  // looked up again only when a question differs in those from the one before. For one thread; the
  // texts of a question live until the next one.
  class Asking;
  // The state of a consent for one purpose, on the choices given (ListConsents).
  ConsentState StateOf(const Purpose& purpose, std::string_view recipient,
                       std::span<const ConsentEvent> events, absl::Time at) const;
  // How the consent of a person stands for one purpose now, links included.
  Standing StandingOf(const Purpose& purpose, SubjectId subject, absl::Time at) const;
  // People of one part of the table whose consent for the purpose a material notice change has
  // ended, and who were not asked anew since; parts are 0..kParts-1.
  static constexpr size_t kParts = 256;
  std::vector<SubjectId> RenewalsIn(size_t part, const Purpose& purpose, absl::Time at) const;
  // The categories of a person as known now; nullopt: nobody has told of them.
  std::optional<std::vector<std::string>> CategoriesOf(SubjectId subject) const;
  // Is any legal hold open that may reach the person?
  bool MayBeHeld(SubjectId subject, absl::Time at) const;
  // The person a merged record leads to; the id itself otherwise.
  SubjectId SurvivorOf(SubjectId subject) const;

  struct Size {
    size_t subjects = 0, rows = 0, bytes = 0;
  };
  Size Measure() const;

  // Called after each change with the person it concerns (nil: everybody), the purpose (empty: any)
  // and where it came from.
  using Listener = std::function<void(SubjectId, std::string_view, ChangeSource)>;
  void SetListener(Listener listener) { listener_ = std::move(listener); }

 private:
  struct alignas(64) Shard {
    mutable absl::Mutex mutex;
    absl::flat_hash_set<PackedRows, PersonHash, PersonEq> people;
  };
  static constexpr size_t kShards = kParts;

  // What holds for a purpose at a moment, whoever is asked about.
  struct Terms {
    const Catalogue* catalogue = nullptr;
    const PolicyVersion* policy = nullptr;      // null: none known
    const CataloguePurpose* purpose = nullptr;  // null: unknown
    DecideFacts facts;                          // those that are the same for everybody
    Catalogue::NoticeChanges changes;
    calendar::LocalDay today;
  };
  Terms TermsOf(const Catalogue& catalogue, const Question& question) const;
  // Under the lock of the shard.
  struct LinkedRows;
  Decision AnswerLocked(const Terms& terms, const Shard& shard, SubjectId subject,
                        const Question& question, const std::vector<LinkedRows>& linked) const;

  Shard& ShardOf(SubjectId subject) const;
  void Append(SubjectId subject, std::span<const Row> rows);
  // The rows that follow the last row of kind `head` and belong to it; appended unless they are
  // equal.
  void Replace(SubjectId subject, const Row& head, std::span<const Row> rows);
  void Tell(SubjectId subject, ChangeSource source, std::string_view purpose = {}) const;
  // The rows of whom the person was linked to, with the moment of each link.
  struct LinkedRows {
    absl::Time since;
    std::vector<Row> rows;
  };
  std::vector<LinkedRows> RowsOfLinked(const Question& question) const;
  bool Lacks(FeedSource feed) const { return !has_read(feed); }

  Names names_;
  std::unique_ptr<std::array<Shard, kShards>> shards_;
  mutable absl::Mutex merged_mutex_;
  absl::flat_hash_map<SubjectId, SubjectId> merged_;
  std::atomic<bool> any_merged_{false};
  Links links_;
  std::shared_ptr<const Catalogue> catalogue_;
  // The same for Decide, which reads it under the lock of a shard: a catalogue goes only after
  // every shard has been locked once since it was replaced.
  std::atomic<const Catalogue*> current_;
  std::shared_ptr<const std::vector<ScopedHold>> holds_;
  std::array<std::atomic<bool>, 3> read_{};
  Listener listener_;
};

class DecisionTable::Asking {
 public:
  explicit Asking(const DecisionTable& table) : table_(table), catalogue_(table.catalogue()) {}
  Decision Decide(const Question& question);

 private:
  const DecisionTable& table_;
  const std::shared_ptr<const Catalogue> catalogue_;
  std::string_view purpose_;
  absl::Time at_, known_;
  std::optional<Terms> terms_;
};

}  // namespace varsam::consent
