// ConsentStore in memory: the twin that the contract tests hold against the one on PostgreSQL.
#pragma once

#include <map>
#include <tuple>

#include "services/consent/store/consent_store.h"
#include "tests/support/memory_tables.h"

namespace varsam::consent {

struct MemoryConsentTables {
  template <typename T>
  struct At {
    T value;
    uint64_t ledger_index = 0;
  };
  std::map<Uuid, At<RecordedConsent>> consents;
  std::map<Uuid, Objection> objections;
  std::map<SubjectId, Preferences> preferences;
  // By type, hash and scope.
  std::map<std::tuple<int, std::string, std::string>, At<Uuid>> suppressions;
};

class MemoryConsentStore final : public ConsentStore,
                                 public testing::MemoryTables<MemoryConsentTables> {
 public:
  absl::StatusOr<std::vector<DecideObjectionFacts>> LoadFacts(
      pg::Tx& tx, std::span<const DecideObjection* const> asks) override;
  absl::StatusOr<std::vector<UnsubscribeFacts>> LoadFacts(
      pg::Tx& tx, std::span<const Unsubscribe* const> asks) override;
  absl::StatusOr<std::vector<UpdatePreferencesFacts>> LoadFacts(
      pg::Tx& tx, std::span<const UpdatePreferences* const> asks) override;
  absl::StatusOr<std::vector<AddSuppressionFacts>> LoadFacts(
      pg::Tx& tx, std::span<const AddSuppression* const> asks) override;
  void Save(pg::Tx& tx, std::span<const Placed<RecordedConsent>> consents) override;
  void Save(pg::Tx& tx, std::span<const Placed<ObjectionOutcome>> objections) override;
  void Save(pg::Tx& tx, std::span<const Placed<Preferences>> preferences) override;
  void Save(pg::Tx& tx, std::span<const Placed<AddSuppressionOutcome>> suppressions) override;
  absl::StatusOr<std::vector<RecordedConsent>> ReadConsents(pg::Connection& connection,
                                                            const SubjectId& subject,
                                                            const std::string& purpose,
                                                            const Uuid& after,
                                                            int rows_max) override;
  absl::StatusOr<std::optional<uint64_t>> ReadLedgerIndex(pg::Connection& connection,
                                                          const Uuid& consent) override;
  absl::StatusOr<std::optional<Objection>> ReadObjection(pg::Connection& connection,
                                                         const Uuid& objection) override;
  absl::StatusOr<Preferences> ReadPreferences(pg::Connection& connection,
                                              const SubjectId& subject) override;
  absl::StatusOr<std::vector<bool>> ReadSuppressed(pg::Connection& connection,
                                                   std::span<const Address> addresses) override;

 private:
  std::optional<Objection> FindObjection(const Uuid& id) const;
  Preferences FindPreferences(const SubjectId& subject) const;
};

}  // namespace varsam::consent
