#include "tests/support/memory_consent_store.h"

namespace varsam::consent {

std::optional<Objection> MemoryConsentStore::FindObjection(const Uuid& id) const {
  const auto found = committed().objections.find(id);
  if (found == committed().objections.end()) return std::nullopt;
  return found->second;
}

Preferences MemoryConsentStore::FindPreferences(const SubjectId& subject) const {
  const auto found = committed().preferences.find(subject);
  return found == committed().preferences.end() ? Preferences{.subject = subject} : found->second;
}

absl::StatusOr<std::vector<DecideObjectionFacts>> MemoryConsentStore::LoadFacts(
    pg::Tx&, std::span<const DecideObjection* const> asks) {
  std::vector<DecideObjectionFacts> facts;
  for (const DecideObjection* ask : asks) facts.push_back({FindObjection(ask->objection)});
  return facts;
}

absl::StatusOr<std::vector<UnsubscribeFacts>> MemoryConsentStore::LoadFacts(
    pg::Tx&, std::span<const Unsubscribe* const> asks) {
  std::vector<UnsubscribeFacts> facts(asks.size());
  for (size_t i = 0; i < asks.size(); ++i) {
    for (const auto& [id, one] : committed().objections) {
      const bool covers = one.marketing_scope == "all" ||
                          (one.marketing_scope == "email" && !asks[i]->every_channel);
      if (one.subject != asks[i]->subject || !covers) continue;
      if (!facts[i].latest || one.at > facts[i].latest->at) facts[i].latest = one;
    }
    for (const auto& [id, placed] : committed().consents) {
      const RecordedConsent& one = placed.value;
      const bool given =
          one.type == ConsentEventType::kGiven || one.type == ConsentEventType::kRenewed;
      if (one.subject != asks[i]->subject || !given) continue;
      std::optional<absl::Time>& latest = facts[i].latest_consent_given;
      if (!latest || one.at > *latest) latest = one.at;
    }
  }
  return facts;
}

absl::StatusOr<std::vector<UpdatePreferencesFacts>> MemoryConsentStore::LoadFacts(
    pg::Tx&, std::span<const UpdatePreferences* const> asks) {
  std::vector<UpdatePreferencesFacts> facts;
  for (const UpdatePreferences* ask : asks) facts.push_back({FindPreferences(ask->subject), {}});
  return facts;
}

absl::StatusOr<std::vector<AddSuppressionFacts>> MemoryConsentStore::LoadFacts(
    pg::Tx&, std::span<const AddSuppression* const> asks) {
  std::vector<AddSuppressionFacts> facts(asks.size());
  for (size_t i = 0; i < asks.size(); ++i) {
    const auto found = committed().suppressions.find(
        {asks[i]->identifier_type, asks[i]->address_hash, asks[i]->scope});
    if (found == committed().suppressions.end()) continue;
    facts[i] = {found->second.value, found->second.ledger_index};
  }
  return facts;
}

void MemoryConsentStore::Save(pg::Tx&, std::span<const Placed<RecordedConsent>> consents) {
  for (const auto& one : consents) {
    InsertNew(staged().consents, one.value->id, {*one.value, one.ledger_index});
  }
}

void MemoryConsentStore::Save(pg::Tx&, std::span<const Placed<ObjectionOutcome>> objections) {
  for (const auto& one : objections) {
    Objection& row = staged().objections[one.value->objection.id];
    // Of an objection that is there only the outcome changes.
    const Objection before = row;
    row = one.value->objection;
    row.ledger_index = one.ledger_index;
    if (before.id.IsNil()) continue;
    row.subject = before.subject;
    row.marketing_scope = before.marketing_scope;
    row.purposes = before.purposes;
    row.at = before.at;
    row.channel = before.channel;
  }
}

void MemoryConsentStore::Save(pg::Tx&, std::span<const Placed<Preferences>> preferences) {
  for (const auto& one : preferences) staged().preferences[one.value->subject] = *one.value;
}

void MemoryConsentStore::Save(pg::Tx&,
                              std::span<const Placed<AddSuppressionOutcome>> suppressions) {
  for (const auto& one : suppressions) {
    const AddSuppression& asked = one.value->suppression;
    InsertNew(staged().suppressions, {asked.identifier_type, asked.address_hash, asked.scope},
              {one.value->id, one.ledger_index});
  }
}

absl::StatusOr<std::vector<RecordedConsent>> MemoryConsentStore::ReadConsents(
    pg::Connection&, const SubjectId& subject, const std::string& purpose, const Uuid& after,
    int rows_max) {
  std::vector<RecordedConsent> page;
  const auto& all = committed().consents;
  for (auto at = all.upper_bound(after); at != all.end(); ++at) {
    if (static_cast<int>(page.size()) == rows_max) break;
    const RecordedConsent& one = at->second.value;
    if (one.subject != subject) continue;
    if (purpose.empty() || one.purpose.value() == purpose) page.push_back(one);
  }
  return page;
}

absl::StatusOr<std::optional<uint64_t>> MemoryConsentStore::ReadLedgerIndex(pg::Connection&,
                                                                            const Uuid& consent) {
  const auto found = committed().consents.find(consent);
  if (found == committed().consents.end()) return std::optional<uint64_t>();
  return std::optional<uint64_t>(found->second.ledger_index);
}

absl::StatusOr<std::optional<Objection>> MemoryConsentStore::ReadObjection(pg::Connection&,
                                                                           const Uuid& objection) {
  return FindObjection(objection);
}

absl::StatusOr<Preferences> MemoryConsentStore::ReadPreferences(pg::Connection&,
                                                                const SubjectId& subject) {
  return FindPreferences(subject);
}

absl::StatusOr<std::vector<bool>> MemoryConsentStore::ReadSuppressed(
    pg::Connection&, std::span<const Address> addresses) {
  std::vector<bool> suppressed;
  for (const Address& address : addresses) {
    const auto at =
        committed().suppressions.lower_bound({address.identifier_type, address.hash, ""});
    suppressed.push_back(at != committed().suppressions.end() &&
                         std::get<0>(at->first) == address.identifier_type &&
                         std::get<1>(at->first) == address.hash);
  }
  return suppressed;
}

}  // namespace varsam::consent
