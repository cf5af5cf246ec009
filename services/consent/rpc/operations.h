// The writes of the consent service as the journal runs them: load, decide, entries, render, save,
// each pointing at the store, the table and the domain.
#pragma once

#include "libs/base/clock.h"
#include "libs/journal/operation.h"
#include "services/consent/domain/confirm_consent.h"
#include "services/consent/domain/link_subjects.h"
#include "services/consent/domain/objection.h"
#include "services/consent/domain/preferences.h"
#include "services/consent/domain/record_consent.h"
#include "services/consent/store/consent_store.h"
#include "services/consent/store/decision_table.h"

namespace varsam::consent {

struct Operations {
  // All of it must outlive the operations.
  Operations(ConsentStore& store, const DecisionTable& table, const Clock& clock);

  journal::Operation<RecordConsent, RecordConsentFacts, RecordConsentOutcome> record_consent;
  journal::Operation<BatchRecordConsents, BatchRecordConsentsFacts, BatchRecordConsentsOutcome>
      batch_record_consents;
  journal::Operation<RecordObjection, RecordObjectionFacts, ObjectionOutcome> record_objection;
  journal::Operation<DecideObjection, DecideObjectionFacts, ObjectionOutcome> decide_objection;
  journal::Operation<Unsubscribe, UnsubscribeFacts, ObjectionOutcome> unsubscribe;
  journal::Operation<UpdatePreferences, UpdatePreferencesFacts, UpdatePreferencesOutcome>
      update_preferences;
  journal::Operation<ConfirmConsent, ConfirmConsentFacts, RecordConsentOutcome> confirm_consent;
  journal::Operation<ReviewSuppression, ReviewSuppressionFacts, ReviewSuppressionOutcome>
      review_suppression;
  journal::Operation<LinkSubjects, LinkSubjectsFacts, LinkOutcome> link_subjects;
  journal::Operation<UndoLink, UndoLinkFacts, LinkOutcome> undo_link;
  journal::Operation<AddSuppression, AddSuppressionFacts, AddSuppressionOutcome> add_suppression;
};

}  // namespace varsam::consent
