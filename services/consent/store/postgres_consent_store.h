// ConsentStore on PostgreSQL. Stateless; safe from every thread.
#pragma once

#include "libs/pg/migrate.h"
#include "services/consent/store/consent_store.h"

namespace varsam::consent {

// The migration set "consent"; needs those of ledger and journal before it.
const pg::MigrationSet& Migrations();

class PostgresConsentStore final : public ConsentStore {
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
  void Save(pg::Tx& tx, std::span<const Placed<RecordedConsent>> consents) override;
  void Save(pg::Tx& tx, std::span<const ForgetProofsOutcome* const> outcomes) override;
  void Save(pg::Tx& tx, std::span<const ReviewSuppressionOutcome* const> outcomes) override;
  absl::StatusOr<std::vector<Review>> ReadReviews(pg::Connection& connection, absl::Time before,
                                                  const Uuid& after, int rows_max) override;
  void Save(pg::Tx& tx, std::span<const Placed<SubjectLink>> links) override;
  void SaveConfirmations(pg::Tx& tx, std::span<const RecordedConsent* const> given) override;
  void Save(pg::Tx& tx, std::span<const Placed<ObjectionOutcome>> objections) override;
  void Save(pg::Tx& tx, std::span<const Placed<Preferences>> preferences) override;
  void Save(pg::Tx& tx, std::span<const Placed<AddSuppressionOutcome>> suppressions) override;
  absl::StatusOr<std::vector<RecordedConsent>> ReadConsents(pg::Connection& connection,
                                                            const SubjectId& subject,
                                                            const std::string& purpose,
                                                            const Uuid& after,
                                                            int rows_max) override;
  absl::StatusOr<std::vector<RecordedConsent>> ReadLatestConsents(
      pg::Connection& connection, const SubjectId& subject, const std::string& purpose) override;
  absl::StatusOr<std::optional<RecordedConsent>> ReadConsent(pg::Connection& connection,
                                                             const Uuid& consent) override;
  absl::StatusOr<EndedProofs> ReadEndedProofs(pg::Connection& connection,
                                              std::span<const std::string> purposes,
                                              absl::Time before, const ProofPlace& after) override;
  absl::StatusOr<std::optional<SubjectLink>> ReadLink(pg::Connection& connection,
                                                      const Uuid& link) override;
  absl::StatusOr<std::optional<uint64_t>> ReadLedgerIndex(pg::Connection& connection,
                                                          const Uuid& consent) override;
  absl::StatusOr<std::optional<Objection>> ReadObjection(pg::Connection& connection,
                                                         const Uuid& objection) override;
  absl::StatusOr<Preferences> ReadPreferences(pg::Connection& connection,
                                              const SubjectId& subject) override;
  absl::StatusOr<std::vector<bool>> ReadSuppressed(pg::Connection& connection,
                                                   std::span<const Address> addresses) override;
};

}  // namespace varsam::consent
