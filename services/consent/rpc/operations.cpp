#include "services/consent/rpc/operations.h"

#include <algorithm>
#include <utility>

#include "libs/base/check.h"
#include "libs/base/status_macros.h"
#include "libs/ledger/receipt.h"
#include "services/consent/rpc/convert.h"

namespace varsam::consent {
namespace {

using journal::Frozen;
using journal::Position;
using Entries = std::vector<ledger::Entry>;

uint64_t RevisionAfter(const Position& position) {
  return position.first_index + position.entry_count;
}

bool IsStop(ConsentEventType choice) {
  return choice == ConsentEventType::kRefused || choice == ConsentEventType::kWithdrawn;
}

RecordConsentFacts FactsOf(const RecordConsent& ask,
                           const std::shared_ptr<const Catalogue>& catalogue, absl::Time now) {
  RecordConsentFacts facts{.alive = catalogue, .notices = catalogue->notices()};
  const PolicyVersion* policy = catalogue->VersionAt(now, absl::InfiniteFuture());
  const CataloguePurpose* purpose = policy == nullptr ? nullptr : policy->Find(ask.purpose.value());
  if (purpose == nullptr && IsStop(ask.choice)) {
    // Nobody is kept from saying no to what the policy has dropped.
    purpose = catalogue->FindAnywhere(ask.purpose.value(), absl::InfiniteFuture());
  }
  if (purpose == nullptr) return facts;
  facts.purpose = &purpose->purpose;
  facts.terms = &purpose->terms;
  return facts;
}

template <typename Outcome>
std::string RenderObjection(const Outcome& outcome, const Position& position) {
  v1::RecordObjectionResponse response;
  ToProto(outcome.objection, response.mutable_objection());
  response.set_revision(outcome.append ? RevisionAfter(position)
                                       : outcome.objection.ledger_index + 1);
  return response.SerializeAsString();
}

Entries ObjectionEntries(const ObjectionOutcome& outcome) {
  if (!outcome.append) return {};
  return {{"objection_recorded", ObjectionRecordedEntry(outcome.objection)}};
}

void BuildConsents(ConsentStore& store, const DecisionTable& table, const Clock& clock,
                   Operations& to) {
  to.record_consent.name = "RecordConsent";
  to.record_consent.load = [&](pg::Tx&, std::span<const RecordConsent* const> asks)
      -> absl::StatusOr<std::vector<RecordConsentFacts>> {
    const auto catalogue = table.catalogue();
    std::vector<RecordConsentFacts> facts;
    facts.reserve(asks.size());
    for (const RecordConsent* ask : asks) facts.push_back(FactsOf(*ask, catalogue, clock.Now()));
    return facts;
  };
  to.record_consent.decide = [](const RecordConsent& ask, const RecordConsentFacts& facts,
                                const Frozen& frozen) {
    return Decide(ask, facts, frozen.now, frozen.id);
  };
  to.record_consent.entries = [](const RecordConsentOutcome& outcome) {
    Entries entries;
    entries.push_back(ConsentRecordedEntry(outcome.event, *outcome.terms));
    return entries;
  };
  // No render: the entry in the ledger is the answer, and a replay reads it there.
  to.record_consent.save = [&store](pg::Tx& tx,
                                    std::span<const RecordConsentOutcome* const> outcomes,
                                    std::span<const Position> positions) {
    std::vector<Placed<RecordedConsent>> rows;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      rows.push_back({&outcomes[i]->event, positions[i].first_index});
    }
    store.Save(tx, rows);
    return absl::OkStatus();
  };
}

void BuildBatch(ConsentStore& store, const DecisionTable& table, const Clock& clock,
                Operations& to) {
  auto& batch = to.batch_record_consents;
  batch.name = "BatchRecordConsents";
  batch.load = [&](pg::Tx&, std::span<const BatchRecordConsents* const> asks)
      -> absl::StatusOr<std::vector<BatchRecordConsentsFacts>> {
    const auto catalogue = table.catalogue();
    std::vector<BatchRecordConsentsFacts> facts(asks.size());
    for (size_t i = 0; i < asks.size(); ++i) {
      for (const RecordConsent& ask : asks[i]->consents) {
        facts[i].each.push_back(FactsOf(ask, catalogue, clock.Now()));
      }
    }
    return facts;
  };
  batch.decide = [](const BatchRecordConsents& ask, const BatchRecordConsentsFacts& facts,
                    const Frozen& frozen) {
    std::vector<Uuid> fresh;
    for (size_t i = 0; i < ask.consents.size(); ++i) {
      fresh.push_back(frozen.FreshV7(static_cast<uint32_t>(i)));
    }
    return Decide(ask, facts, frozen.now, fresh);
  };
  batch.entries = [](const BatchRecordConsentsOutcome& outcome) {
    Entries entries;
    if (outcome.introduces) {
      entries.push_back({"browser_seen", BrowserSeenEntry(*outcome.introduces,
                                                          outcome.each.front().event.recorded_at)});
    }
    for (const RecordConsentOutcome& one : outcome.each) {
      entries.push_back(ConsentRecordedEntry(one.event, *one.terms));
    }
    return entries;
  };
  batch.render = [](const BatchRecordConsentsOutcome& outcome, const Position& position) {
    v1::BatchRecordConsentsResponse response;
    for (const RecordConsentOutcome& one : outcome.each) ToProto(one.event, response.add_events());
    response.set_revision(RevisionAfter(position));
    return response.SerializeAsString();
  };
  batch.save = [&store](pg::Tx& tx, std::span<const BatchRecordConsentsOutcome* const> outcomes,
                        std::span<const Position> positions) {
    std::vector<Placed<RecordedConsent>> rows;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      uint64_t index = positions[i].first_index + (outcomes[i]->introduces ? 1 : 0);
      for (const RecordConsentOutcome& one : outcomes[i]->each) {
        rows.push_back({&one.event, index++});
      }
    }
    store.Save(tx, rows);
    return absl::OkStatus();
  };
}

void BuildConfirmation(ConsentStore& store, const DecisionTable& table, const Clock& clock,
                       Operations& to) {
  auto& confirm = to.confirm_consent;
  confirm.name = "ConfirmConsent";
  confirm.load = [&](pg::Tx& tx, std::span<const ConfirmConsent* const> asks)
      -> absl::StatusOr<std::vector<ConfirmConsentFacts>> {
    ASSIGN_OR_RETURN(std::vector<ConfirmConsentFacts> facts, store.LoadFacts(tx, asks));
    const auto catalogue = table.catalogue();
    for (ConfirmConsentFacts& one : facts) {
      if (!one.requested) continue;
      one.record = FactsOf({.purpose = one.requested->purpose, .choice = ConsentEventType::kGiven},
                           catalogue, clock.Now());
    }
    return facts;
  };
  confirm.decide = [](const ConfirmConsent& ask, const ConfirmConsentFacts& facts,
                      const Frozen& frozen) { return Decide(ask, facts, frozen.now, frozen.id); };
  confirm.entries = [](const RecordConsentOutcome& outcome) {
    Entries entries;
    entries.push_back(ConsentRecordedEntry(outcome.event, *outcome.terms));
    return entries;
  };
  confirm.render = [](const RecordConsentOutcome& outcome, const Position& position) {
    v1::ConfirmConsentResponse response;
    ToProto(outcome.event, response.mutable_event());
    response.set_revision(RevisionAfter(position));
    return response.SerializeAsString();
  };
  confirm.save = [&store](pg::Tx& tx, std::span<const RecordConsentOutcome* const> outcomes,
                          std::span<const Position> positions) {
    std::vector<Placed<RecordedConsent>> rows;
    std::vector<const RecordedConsent*> given;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      rows.push_back({&outcomes[i]->event, positions[i].first_index});
      given.push_back(&outcomes[i]->event);
    }
    store.Save(tx, rows);
    store.SaveConfirmations(tx, given);
    return absl::OkStatus();
  };
}

template <typename Operation>
void FinishLink(ConsentStore& store, Operation& operation) {
  operation.load = [&store](pg::Tx& tx, auto asks) { return store.LoadFacts(tx, asks); };
  operation.entries = [](const LinkOutcome& outcome) {
    return Entries{{"subjects_linked", SubjectsLinkedEntry(outcome.link)}};
  };
  operation.render = [](const LinkOutcome& outcome, const Position& position) {
    v1::LinkSubjectsResponse response;  // UndoLinkResponse has the same fields
    ToProto(outcome.link, response.mutable_link());
    response.set_revision(RevisionAfter(position));
    return response.SerializeAsString();
  };
  operation.save = [&store](pg::Tx& tx, std::span<const LinkOutcome* const> outcomes,
                            std::span<const Position> positions) {
    std::vector<Placed<SubjectLink>> rows;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      rows.push_back({&outcomes[i]->link, positions[i].first_index});
    }
    store.Save(tx, rows);
    return absl::OkStatus();
  };
}

void BuildLinks(ConsentStore& store, Operations& to) {
  to.link_subjects.name = "LinkSubjects";
  to.link_subjects.decide = [](const LinkSubjects& ask, const LinkSubjectsFacts& facts,
                               const Frozen& frozen) {
    return Decide(ask, facts, frozen.now, frozen.id);
  };
  FinishLink(store, to.link_subjects);
  to.undo_link.name = "UndoLink";
  to.undo_link.decide = [](const UndoLink& ask, const UndoLinkFacts& facts, const Frozen& frozen) {
    return Decide(ask, facts, frozen.now);
  };
  FinishLink(store, to.undo_link);
}

void BuildReview(ConsentStore& store, Operations& to) {
  auto& review = to.review_suppression;
  review.name = "ReviewSuppression";
  review.load = [&store](pg::Tx& tx, std::span<const ReviewSuppression* const> asks) {
    return store.LoadFacts(tx, asks);
  };
  review.decide = [](const ReviewSuppression& ask, const ReviewSuppressionFacts& facts,
                     const Frozen& frozen) { return Decide(ask, facts, frozen.now); };
  review.entries = [](const ReviewSuppressionOutcome& outcome) {
    return Entries{{"suppression_reviewed", SuppressionReviewedEntry(outcome)}};
  };
  review.render = [](const ReviewSuppressionOutcome&, const Position& position) {
    v1::ReviewSuppressionResponse response;
    response.set_revision(RevisionAfter(position));
    return response.SerializeAsString();
  };
  review.save = [&store](pg::Tx& tx, std::span<const ReviewSuppressionOutcome* const> outcomes,
                         std::span<const Position>) {
    store.Save(tx, outcomes);
    return absl::OkStatus();
  };
}

void SaveObjections(ConsentStore& store, pg::Tx& tx,
                    std::span<const ObjectionOutcome* const> outcomes,
                    std::span<const Position> positions) {
  std::vector<Placed<ObjectionOutcome>> rows;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i]->append) rows.push_back({outcomes[i], positions[i].first_index});
  }
  store.Save(tx, rows);
}

template <typename Operation>
void FinishObjection(ConsentStore& store, Operation& operation) {
  operation.entries = ObjectionEntries;
  operation.render = RenderObjection<ObjectionOutcome>;
  operation.save = [&store](pg::Tx& tx, std::span<const ObjectionOutcome* const> outcomes,
                            std::span<const Position> positions) {
    SaveObjections(store, tx, outcomes, positions);
    return absl::OkStatus();
  };
}

void BuildObjections(ConsentStore& store, const DecisionTable& table, Operations& to) {
  to.record_objection.name = "RecordObjection";
  to.record_objection.load = [&table](pg::Tx&, std::span<const RecordObjection* const> asks)
      -> absl::StatusOr<std::vector<RecordObjectionFacts>> {
    const auto catalogue = table.catalogue();
    std::vector<RecordObjectionFacts> facts(asks.size());
    for (size_t i = 0; i < asks.size(); ++i) {
      for (const std::string& purpose : asks[i]->purposes) {
        facts[i].purpose_known.push_back(catalogue->FindAnywhere(purpose, absl::InfiniteFuture()) !=
                                         nullptr);
      }
    }
    return facts;
  };
  to.record_objection.decide = [](const RecordObjection& ask, const RecordObjectionFacts& facts,
                                  const Frozen& frozen) {
    return Decide(ask, facts, frozen.now, frozen.id);
  };
  FinishObjection(store, to.record_objection);

  to.decide_objection.name = "DecideObjection";
  to.decide_objection.load = [&store](pg::Tx& tx, std::span<const DecideObjection* const> asks) {
    return store.LoadFacts(tx, asks);
  };
  to.decide_objection.decide = [](const DecideObjection& ask, const DecideObjectionFacts& facts,
                                  const Frozen& frozen) { return Decide(ask, facts, frozen.now); };
  FinishObjection(store, to.decide_objection);

  to.unsubscribe.name = "Unsubscribe";
  to.unsubscribe.load = [&store](pg::Tx& tx, std::span<const Unsubscribe* const> asks) {
    return store.LoadFacts(tx, asks);
  };
  to.unsubscribe.decide = [](const Unsubscribe& ask, const UnsubscribeFacts& facts,
                             const Frozen& frozen) -> absl::StatusOr<ObjectionOutcome> {
    return Decide(ask, facts, frozen.now, frozen.id);
  };
  FinishObjection(store, to.unsubscribe);
}

std::vector<std::string> TopicsOf(const Catalogue& catalogue, absl::Time now) {
  std::vector<std::string> topics;
  const PolicyVersion* policy = catalogue.VersionAt(now, absl::InfiniteFuture());
  if (policy == nullptr) return topics;
  for (const CataloguePurpose& purpose : policy->purposes) {
    topics.insert(topics.end(), purpose.topics.begin(), purpose.topics.end());
  }
  return topics;
}

void BuildPreferences(ConsentStore& store, const DecisionTable& table, const Clock& clock,
                      Operations& to) {
  auto& update = to.update_preferences;
  update.name = "UpdatePreferences";
  update.load = [&](pg::Tx& tx, std::span<const UpdatePreferences* const> asks)
      -> absl::StatusOr<std::vector<UpdatePreferencesFacts>> {
    ASSIGN_OR_RETURN(std::vector<UpdatePreferencesFacts> facts, store.LoadFacts(tx, asks));
    const std::vector<std::string> topics = TopicsOf(*table.catalogue(), clock.Now());
    for (UpdatePreferencesFacts& one : facts) one.known_topics = topics;
    return facts;
  };
  update.decide = [](const UpdatePreferences& ask, const UpdatePreferencesFacts& facts,
                     const Frozen& frozen) { return Decide(ask, facts, frozen.now); };
  update.entries = [](const UpdatePreferencesOutcome& outcome) -> Entries {
    if (!outcome.append) return {};
    return {{"preferences_changed", PreferencesChangedEntry(outcome.preferences)}};
  };
  update.render = [](const UpdatePreferencesOutcome& outcome, const Position& position) {
    v1::UpdatePreferencesResponse response;
    ToProto(outcome.preferences, response.mutable_preferences());
    response.set_revision(RevisionAfter(position));
    return response.SerializeAsString();
  };
  update.save = [&store](pg::Tx& tx, std::span<const UpdatePreferencesOutcome* const> outcomes,
                         std::span<const Position> positions) {
    std::vector<Placed<Preferences>> rows;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      if (!outcomes[i]->append) continue;
      rows.push_back({&outcomes[i]->preferences, positions[i].first_index});
    }
    store.Save(tx, rows);
    return absl::OkStatus();
  };
}

void BuildSuppression(ConsentStore& store, Operations& to) {
  auto& add = to.add_suppression;
  add.name = "AddSuppression";
  add.load = [&store](pg::Tx& tx, std::span<const AddSuppression* const> asks) {
    return store.LoadFacts(tx, asks);
  };
  add.decide = [](const AddSuppression& ask, const AddSuppressionFacts& facts,
                  const Frozen& frozen) { return Decide(ask, facts, frozen.id); };
  add.entries = [](const AddSuppressionOutcome& outcome) -> Entries {
    if (!outcome.append) return {};
    return {{"suppression_added", SuppressionAddedEntry(outcome)}};
  };
  add.render = [](const AddSuppressionOutcome& outcome, const Position& position) {
    v1::AddSuppressionResponse response;
    response.set_id(outcome.id.ToString());
    response.set_revision(outcome.append ? RevisionAfter(position) : outcome.existing_index + 1);
    return response.SerializeAsString();
  };
  add.save = [&store](pg::Tx& tx, std::span<const AddSuppressionOutcome* const> outcomes,
                      std::span<const Position> positions) {
    std::vector<Placed<AddSuppressionOutcome>> rows;
    for (size_t i = 0; i < outcomes.size(); ++i) {
      if (outcomes[i]->append) rows.push_back({outcomes[i], positions[i].first_index});
    }
    store.Save(tx, rows);
    return absl::OkStatus();
  };
}

}  // namespace

Operations::Operations(ConsentStore& store, const DecisionTable& table, const Clock& clock) {
  BuildConsents(store, table, clock, *this);
  BuildBatch(store, table, clock, *this);
  BuildConfirmation(store, table, clock, *this);
  BuildLinks(store, *this);
  BuildReview(store, *this);
  BuildObjections(store, table, *this);
  BuildPreferences(store, table, clock, *this);
  BuildSuppression(store, *this);
}

}  // namespace varsam::consent
