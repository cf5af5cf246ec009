// The consent service's store: the only virtual interface. Facts are loaded in one round trip for
// a whole batch, under the ledger's head lock; Save enqueues and costs none. What a choice needs
// to know stands in the catalogue, in memory, so recording one loads nothing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/pg/connection.h"
#include "libs/pg/tx.h"
#include "services/consent/domain/confirm_consent.h"
#include "services/consent/domain/forget_proofs.h"
#include "services/consent/domain/link_subjects.h"
#include "services/consent/domain/objection.h"
#include "services/consent/domain/preferences.h"
#include "services/consent/domain/recorded_consent.h"

namespace varsam::consent {

inline constexpr int kPageRowsMax = 500;
inline constexpr int kPageRowsDefault = 50;
inline constexpr int kStateEventsMax = 4096;  // kinds of choices of one person, for states

// A row with the place of its entry in the ledger.
template <typename T>
struct Placed {
  const T* value = nullptr;
  uint64_t ledger_index = 0;
};

class ConsentStore {
 public:
  virtual ~ConsentStore() = default;

  virtual absl::StatusOr<std::vector<DecideObjectionFacts>> LoadFacts(
      pg::Tx& tx, std::span<const DecideObjection* const> asks) = 0;
  virtual absl::StatusOr<std::vector<UnsubscribeFacts>> LoadFacts(
      pg::Tx& tx, std::span<const Unsubscribe* const> asks) = 0;
  virtual absl::StatusOr<std::vector<UpdatePreferencesFacts>> LoadFacts(
      pg::Tx& tx, std::span<const UpdatePreferences* const> asks) = 0;
  virtual absl::StatusOr<std::vector<AddSuppressionFacts>> LoadFacts(
      pg::Tx& tx, std::span<const AddSuppression* const> asks) = 0;
  virtual absl::StatusOr<std::vector<LinkSubjectsFacts>> LoadFacts(
      pg::Tx& tx, std::span<const LinkSubjects* const> asks) = 0;
  virtual absl::StatusOr<std::vector<UndoLinkFacts>> LoadFacts(
      pg::Tx& tx, std::span<const UndoLink* const> asks) = 0;
  // All but `record`, which stands in the catalogue.
  virtual absl::StatusOr<std::vector<ConfirmConsentFacts>> LoadFacts(
      pg::Tx& tx, std::span<const ConfirmConsent* const> asks) = 0;
  virtual absl::StatusOr<std::vector<ReviewSuppressionFacts>> LoadFacts(
      pg::Tx& tx, std::span<const ReviewSuppression* const> asks) = 0;
  virtual absl::StatusOr<std::vector<ForgetProofsFacts>> LoadFacts(
      pg::Tx& tx, std::span<const ForgetProofs* const> asks) = 0;

  virtual void Save(pg::Tx& tx, std::span<const Placed<RecordedConsent>> consents) = 0;
  virtual void Save(pg::Tx& tx, std::span<const ReviewSuppressionOutcome* const> outcomes) = 0;
  // Removes the choices, and payload and salt of their entries.
  virtual void Save(pg::Tx& tx, std::span<const ForgetProofsOutcome* const> outcomes) = 0;
  virtual void Save(pg::Tx& tx, std::span<const Placed<SubjectLink>> links) = 0;
  // Besides the choices themselves: which requests they confirm.
  virtual void SaveConfirmations(pg::Tx& tx, std::span<const RecordedConsent* const> given) = 0;
  virtual void Save(pg::Tx& tx, std::span<const Placed<ObjectionOutcome>> objections) = 0;
  virtual void Save(pg::Tx& tx, std::span<const Placed<Preferences>> preferences) = 0;
  virtual void Save(pg::Tx& tx, std::span<const Placed<AddSuppressionOutcome>> suppressions) = 0;

  // In order of time, after an id. An empty purpose: all.
  virtual absl::StatusOr<std::vector<RecordedConsent>> ReadConsents(pg::Connection& connection,
                                                                    const SubjectId& subject,
                                                                    const std::string& purpose,
                                                                    const Uuid& after,
                                                                    int rows_max) = 0;
  // Of each purpose, recipient and kind of choice (type, actor, mechanism, proof) the latest only:
  // all that a state depends on, however many choices a person has made. At most kStateEventsMax.
  virtual absl::StatusOr<std::vector<RecordedConsent>> ReadLatestConsents(
      pg::Connection& connection, const SubjectId& subject, const std::string& purpose) = 0;
  virtual absl::StatusOr<std::optional<RecordedConsent>> ReadConsent(pg::Connection& connection,
                                                                     const Uuid& consent) = 0;
  // Histories of these purposes that ended before `before`; none of a person with a link, whose
  // "no" may stand over another's "yes". Looks at up to kProofsPerTickMax ended choices after a
  // place in the order of their ends; `next` is absent once all have been looked at.
  struct EndedProofs {
    std::vector<ProofHistory> histories;
    std::optional<ProofPlace> next;
  };
  virtual absl::StatusOr<EndedProofs> ReadEndedProofs(pg::Connection& connection,
                                                      std::span<const std::string> purposes,
                                                      absl::Time before,
                                                      const ProofPlace& after) = 0;
  virtual absl::StatusOr<std::optional<SubjectLink>> ReadLink(pg::Connection& connection,
                                                              const Uuid& link) = 0;
  // Where the entry of a choice stands; nullopt: no such choice.
  virtual absl::StatusOr<std::optional<uint64_t>> ReadLedgerIndex(pg::Connection& connection,
                                                                  const Uuid& consent) = 0;
  virtual absl::StatusOr<std::optional<Objection>> ReadObjection(pg::Connection& connection,
                                                                 const Uuid& objection) = 0;
  virtual absl::StatusOr<Preferences> ReadPreferences(pg::Connection& connection,
                                                      const SubjectId& subject) = 0;
  struct Review {
    Uuid id;
    std::string scope;
    absl::Time since;
  };
  // Suppressions added or last looked at before `before`, by id, after one.
  virtual absl::StatusOr<std::vector<Review>> ReadReviews(pg::Connection& connection,
                                                          absl::Time before, const Uuid& after,
                                                          int rows_max) = 0;
  struct Address {
    int identifier_type = 0;
    std::string hash;
  };
  // One for each address: may it not be approached?
  virtual absl::StatusOr<std::vector<bool>> ReadSuppressed(pg::Connection& connection,
                                                           std::span<const Address> addresses) = 0;
};

}  // namespace varsam::consent
