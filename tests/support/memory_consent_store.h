// ConsentStore in memory: the twin that the contract tests hold against the one on PostgreSQL.
#pragma once

#include <map>
#include <set>
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
  std::map<Uuid, absl::Time> reviewed;  // of suppressions
  std::map<Uuid, SubjectLink> links;
  std::map<Uuid, Uuid> confirmations;  // requested → given
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
  absl::StatusOr<std::vector<LinkSubjectsFacts>> LoadFacts(
      pg::Tx& tx, std::span<const LinkSubjects* const> asks) override;
  absl::StatusOr<std::vector<UndoLinkFacts>> LoadFacts(
      pg::Tx& tx, std::span<const UndoLink* const> asks) override;
  absl::StatusOr<std::vector<ConfirmConsentFacts>> LoadFacts(
      pg::Tx& tx, std::span<const ConfirmConsent* const> asks) override;
  absl::StatusOr<std::vector<ReviewSuppressionFacts>> LoadFacts(
      pg::Tx& tx, std::span<const ReviewSuppression* const> asks) override;
  absl::StatusOr<std::vector<ForgetProofsFacts>> LoadFacts(
      pg::Tx& tx, std::span<const ForgetProofs* const> asks) override;
  void Save(pg::Tx& tx, std::span<const Placed<SubjectLink>> links) override;
  void SaveConfirmations(pg::Tx& tx, std::span<const RecordedConsent* const> given) override;
  void Save(pg::Tx& tx, std::span<const ForgetProofsOutcome* const> outcomes) override;
  void Save(pg::Tx& tx, std::span<const ReviewSuppressionOutcome* const> outcomes) override;
  absl::StatusOr<std::vector<RecordedConsent>> ReadLatestConsents(
      pg::Connection& connection, const SubjectId& subject, const std::string& purpose) override;
  absl::StatusOr<std::optional<RecordedConsent>> ReadConsent(pg::Connection& connection,
                                                             const Uuid& consent) override;
  absl::StatusOr<EndedProofs> ReadEndedProofs(pg::Connection& connection,
                                              std::span<const std::string> purposes,
                                              absl::Time before, const ProofPlace& after) override;
  absl::StatusOr<std::optional<SubjectLink>> ReadLink(pg::Connection& connection,
                                                      const Uuid& link) override;
  absl::StatusOr<std::vector<Review>> ReadReviews(pg::Connection& connection, absl::Time before,
                                                  const Uuid& after, int rows_max) override;
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
  // Of these histories those that have ended.
  std::vector<ProofHistory> Ended(const std::set<std::pair<SubjectId, std::string>>& concerned,
                                  absl::Time before) const;
};

}  // namespace varsam::consent
