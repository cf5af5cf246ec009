// The policy side of a decision: policy versions compiled, notices, assessments, agreements, with
// the time each became known, so that the past can be asked. A snapshot never changes; the builder
// makes a new one after each batch of the registry's feed.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "services/consent/domain/decide_facts.h"
#include "services/consent/domain/recorded_consent.h"
#include "services/consent/store/names.h"

namespace varsam::consent {

// One purpose of one policy version.
struct CataloguePurpose {
  Purpose purpose;
  ConsentTerms terms;
  std::string lia, dpia;  // keys of their assessments; empty: none
  std::vector<std::string> topics;
  bool terminal = false;  // LEK 9 kap. 28 §: asked for in the cookie dialog
};

struct PolicyVersion {
  std::string version;
  absl::Time effective_at, recorded_at;
  std::vector<CataloguePurpose> purposes;
  absl::flat_hash_map<std::string, size_t> place;  // of a purpose id
  absl::flat_hash_map<std::string, int> data;      // index of a data category
  absl::flat_hash_set<uint32_t> direct_sources;    // Names numbers; every other source is indirect
  // Contract purposes that a relationship without a list of its own can carry: those of the systems
  // in whose contexts the person's category occurs. Key: Names number of the category.
  absl::flat_hash_map<uint32_t, absl::flat_hash_set<uint16_t>> contract_purposes;
  calendar::Period ask_again_after_refusal = calendar::Months(6);
  // Of the retention rule for proofs of consent (consent_proof); absent: kept for good.
  std::optional<calendar::Period> keep_proof;
  // When the need of a suppressed address is looked at again (suppression_entry).
  std::optional<calendar::Period> review_suppression;

  const CataloguePurpose* Find(std::string_view id) const;
};

enum class AssessmentKind : uint8_t { kLegitimateInterest, kImpact };
struct KnownAssessment {
  AssessmentKind kind = AssessmentKind::kLegitimateInterest;
  std::string id;
  Approval approval;
  absl::Time recorded_at;
};
struct KnownVendor {
  std::string id;
  Vendor vendor;
  absl::Time recorded_at;
  std::string region, transfer;  // for people (ConsentTerms::Processor)
};
struct KnownNotice {
  Notice notice;
  absl::Time recorded_at;
};

class Catalogue {
 public:
  // What stood in force at `at`, as known at `known`. With none in force yet, the first: its
  // purposes are then inactive. Null before any policy.
  const PolicyVersion* VersionAt(absl::Time at, absl::Time known) const;
  // The newest one that has the purpose at all; null: unknown.
  const CataloguePurpose* FindAnywhere(std::string_view id, absl::Time known) const;
  // The approval that reaches furthest back before `at`; nullopt: none.
  std::optional<Approval> ApprovalAt(AssessmentKind kind, std::string_view id, absl::Time at,
                                     absl::Time known) const;
  std::optional<Vendor> VendorAt(std::string_view id, absl::Time known) const;
  // Material changes that name the purpose.
  using NoticeChanges = absl::InlinedVector<NoticeChange, 4>;
  void MaterialChanges(PurposeKey purpose, absl::Time known, NoticeChanges& to) const;

  const std::vector<Notice>& notices() const { return notices_; }
  // The version of a text in force at `at`; null: none.
  const Notice* NoticeAt(std::string_view id, std::string_view language, absl::Time at) const;
  // When a policy, a text or an approval that is known already takes effect next; InfiniteFuture:
  // none does. Last days are not looked at.
  absl::Time NextChangeAfter(absl::Time at) const;
  bool empty() const { return versions_.empty(); }

 private:
  friend class CatalogueBuilder;
  struct Change {
    absl::Time effective_at, recorded_at;
  };
  std::vector<std::shared_ptr<const PolicyVersion>> versions_;  // as recorded
  std::vector<Notice> notices_;
  absl::flat_hash_map<uint16_t, std::vector<Change>> changes_;  // by purpose
  absl::flat_hash_map<std::string, std::vector<KnownAssessment>> lias_, dpias_;
  absl::flat_hash_map<std::string, std::vector<KnownVendor>> vendors_;
};

// One thread at a time.
class CatalogueBuilder {
 public:
  explicit CatalogueBuilder(Names& names) : names_(names) {}
  Names& names() { return names_; }
  void Add(PolicyVersion version);
  void Add(const KnownNotice& notice);
  void Add(const KnownAssessment& assessment);
  void Add(const KnownVendor& vendor);
  std::shared_ptr<const Catalogue> Snapshot() const {
    return std::make_shared<const Catalogue>(catalogue_);
  }

 private:
  // What is known now of the processors, in the terms that a receipt states.
  void TellProcessors(PolicyVersion& version) const;

  Names& names_;
  Catalogue catalogue_;
};

}  // namespace varsam::consent
