#include "services/consent/domain/consent_state.h"

#include <algorithm>

#include "libs/calendar/stockholm.h"

namespace varsam::consent {
namespace {

bool Stops(ConsentEventType type) {
  return type == ConsentEventType::kRefused || type == ConsentEventType::kWithdrawn ||
         type == ConsentEventType::kInvalidated;
}

// An approval without a name covers nobody, a stop without a name stops everybody (7-V14).
bool Concerns(const ConsentEvent& event, const Purpose& purpose, std::string_view recipient) {
  if (event.purpose != purpose.key) return false;
  if (!purpose.per_recipient) return true;
  if (event.recipient.empty()) return Stops(event.type);
  return event.recipient == recipient;
}

// How much an event protects the person, for events of one timestamp: the most protective decides
// (7-T3), so that the order of the list never matters. A person's no goes before an invalidated
// consent, which to mail is only no consent (7-V15, 7-V16).
int Protection(const ConsentEvent& event) {
  if (event.type == ConsentEventType::kWithdrawn) return 6;
  if (event.type == ConsentEventType::kRefused) return 5;
  if (event.type == ConsentEventType::kInvalidated) return 4;
  if (!CanGiveConsent(event.mechanism)) return 3;
  if (!event.evidence) return 2;
  return event.actor == Actor::kSubject && event.verified ? 0 : 1;
}

bool Decides(const ConsentEvent& event, const ConsentEvent* than) {
  if (than == nullptr || event.at != than->at) return than == nullptr || event.at > than->at;
  return Protection(event) > Protection(*than);
}

bool Names(const NoticeChange& change, PurposeKey purpose) {
  return std::find(change.purposes.begin(), change.purposes.end(), purpose) !=
         change.purposes.end();
}

bool NoticeChangedSince(const ConsentEvent& given, absl::Time at, const DecideFacts& facts) {
  return std::any_of(facts.notice_changes.begin(), facts.notice_changes.end(),
                     [&](const NoticeChange& change) {
                       return change.material && change.effective_at >= given.at &&
                              change.effective_at <= at && Names(change, given.purpose);
                     });
}

bool Renews(const Contact& contact, absl::Time given_at, absl::Time end, absl::Time at) {
  return contact.two_way && contact.at > given_at && contact.at <= at && contact.at < end;
}

// Periods of months clamp at the end of a month, so that of two contacts this close the earlier one
// may give the later end; further apart, the later contact always does.
constexpr absl::Duration kClampedDays = absl::Hours(4 * 24);

// Each two-way contact before the end then in force moves the end, and none shortens it (7-V13).
// Going on from the latest contact that the end still reaches gives the same end as going through
// them in order of time: a contact reached through a later one would be reached without it.
absl::Time EndAfterContacts(absl::Time given_at, absl::Time end, absl::Time at,
                            calendar::Period valid, std::span<const Contact> contacts) {
  for (absl::Time reached = given_at;;) {
    absl::Time latest = reached;
    for (const Contact& contact : contacts) {
      if (Renews(contact, given_at, end, at)) latest = std::max(latest, contact.at);
    }
    if (latest == reached) return end;
    const absl::Time before = end;
    for (const Contact& contact : contacts) {
      if (contact.at <= latest && contact.at >= latest - kClampedDays &&
          Renews(contact, given_at, before, at)) {
        end = std::max(end, calendar::AddPeriod(contact.at, valid));
      }
    }
    reached = latest;
  }
}

ConsentState StateOf(const Purpose& purpose, const ConsentEvent& deciding, absl::Time at,
                     const DecideFacts& facts) {
  ConsentState state;
  state.deciding = &deciding;
  const auto is = [&](Reason reason) {
    state.reason = reason;
    return state;
  };
  const auto missing = [&](Fact fact) {
    state.missing = fact;
    return is(Reason::kIndeterminate);
  };
  if (deciding.type == ConsentEventType::kRefused) return is(Reason::kConsentRefused);
  if (deciding.type == ConsentEventType::kWithdrawn) return is(Reason::kConsentWithdrawn);
  if (deciding.type == ConsentEventType::kInvalidated) return is(Reason::kConsentInvalidated);
  if (!CanGiveConsent(deciding.mechanism)) return is(Reason::kConsentInvalidated);
  if (!deciding.evidence) return is(Reason::kConsentUnproven);
  if (facts.unavailable.Has(Fact::kNoticeChanges)) return missing(Fact::kNoticeChanges);
  if (NoticeChangedSince(deciding, at, facts)) return is(Reason::kConsentRenewalRequired);
  if (purpose.valid) {
    absl::Time end = calendar::AddPeriod(deciding.at, *purpose.valid);
    if (purpose.renew_on_two_way_contact) {
      if (facts.unavailable.Has(Fact::kContacts)) return missing(Fact::kContacts);
      end = EndAfterContacts(deciding.at, end, at, *purpose.valid, facts.contacts);
    }
    state.expires_at = end;
    if (at >= end) return is(Reason::kConsentExpired);
  }
  return is(Reason::kAllowConsent);
}

}  // namespace

ConsentState ConsentStateAt(const Purpose& purpose, std::string_view recipient, absl::Time at,
                            const DecideFacts& facts) {
  ConsentState state;
  if (facts.unavailable.Has(Fact::kConsentEvents)) {
    state.reason = Reason::kIndeterminate;
    state.missing = Fact::kConsentEvents;
    return state;
  }
  bool requested = false;
  const ConsentEvent* deciding = nullptr;
  for (const ConsentEvent& event : facts.consent_events) {
    if (event.at > at || !Concerns(event, purpose, recipient)) continue;
    if (event.type == ConsentEventType::kRequested) {
      requested = true;
    } else if (Decides(event, deciding)) {
      deciding = &event;
    }
  }
  if (deciding != nullptr) return StateOf(purpose, *deciding, at, facts);
  state.reason = requested ? Reason::kConsentPending : Reason::kNoConsent;
  return state;
}

}  // namespace varsam::consent
