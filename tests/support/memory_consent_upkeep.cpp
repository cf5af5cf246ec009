// The twin's links, confirmations, reviews and the end of proofs.
#include <algorithm>

#include "tests/support/memory_consent_store.h"

namespace varsam::consent {
namespace {

bool Gives(const RecordedConsent& one) {
  return one.type == ConsentEventType::kGiven || one.type == ConsentEventType::kRenewed;
}

bool Stops(const RecordedConsent& one) {
  return one.type == ConsentEventType::kRefused || one.type == ConsentEventType::kWithdrawn ||
         one.type == ConsentEventType::kInvalidated;
}

auto KindOf(const RecordedConsent& one) {
  return std::tuple(one.purpose.value(), one.recipient, one.type, one.actor, one.verified,
                    one.mechanism, one.notice.id.empty(), one.evidence_reference.empty());
}

absl::Time AddedAt(const Uuid& id) {  // version 7
  int64_t millis = 0;
  for (int i = 0; i < 6; ++i) millis = millis << 8 | id.bytes[i];
  return absl::FromUnixMillis(millis);
}

}  // namespace

absl::StatusOr<std::vector<LinkSubjectsFacts>> MemoryConsentStore::LoadFacts(
    pg::Tx&, std::span<const LinkSubjects* const> asks) {
  std::vector<LinkSubjectsFacts> facts(asks.size());
  for (size_t i = 0; i < asks.size(); ++i) {
    for (const auto& [id, link] : committed().links) {
      if (link.undone_at) continue;
      if (link.browser == asks[i]->browser) facts[i].standing = link;
      facts[i].browser_is_person |= link.subject == asks[i]->browser;
      facts[i].person_is_browser |= link.browser == asks[i]->subject;
    }
  }
  return facts;
}

absl::StatusOr<std::vector<UndoLinkFacts>> MemoryConsentStore::LoadFacts(
    pg::Tx&, std::span<const UndoLink* const> asks) {
  std::vector<UndoLinkFacts> facts(asks.size());
  for (size_t i = 0; i < asks.size(); ++i) {
    const auto found = committed().links.find(asks[i]->link);
    if (found != committed().links.end()) facts[i].link = found->second;
  }
  return facts;
}

absl::StatusOr<std::vector<ConfirmConsentFacts>> MemoryConsentStore::LoadFacts(
    pg::Tx&, std::span<const ConfirmConsent* const> asks) {
  std::vector<ConfirmConsentFacts> facts(asks.size());
  for (size_t i = 0; i < asks.size(); ++i) {
    const auto found = committed().consents.find(asks[i]->requested);
    if (found == committed().consents.end()) continue;
    const RecordedConsent& requested = found->second.value;
    facts[i].requested = requested;
    facts[i].confirmed = committed().confirmations.contains(requested.id);
    for (const auto& [id, one] : committed().consents) {
      facts[i].stopped_since |= one.value.subject == requested.subject &&
                                one.value.purpose == requested.purpose && Stops(one.value) &&
                                one.value.at >= requested.at;
    }
    for (const auto& [id, one] : committed().objections) {
      facts[i].stopped_since |= one.subject == requested.subject && !one.marketing_scope.empty() &&
                                one.at >= requested.at;
    }
    const Preferences preferences = FindPreferences(requested.subject);
    facts[i].stopped_since |= preferences.global_stop && preferences.global_stop_at &&
                              *preferences.global_stop_at >= requested.at;
  }
  return facts;
}

absl::StatusOr<std::vector<ReviewSuppressionFacts>> MemoryConsentStore::LoadFacts(
    pg::Tx&, std::span<const ReviewSuppression* const> asks) {
  std::vector<ReviewSuppressionFacts> facts(asks.size());
  for (size_t i = 0; i < asks.size(); ++i) {
    for (const auto& [key, one] : committed().suppressions) {
      if (one.value == asks[i]->id) facts[i].ledger_index = one.ledger_index;
    }
  }
  return facts;
}

absl::StatusOr<std::vector<ForgetProofsFacts>> MemoryConsentStore::LoadFacts(
    pg::Tx&, std::span<const ForgetProofs* const> asks) {
  std::vector<ForgetProofsFacts> facts(asks.size());
  for (size_t i = 0; i < asks.size(); ++i) {
    for (const ProofHistory& history : asks[i]->histories) {
      ForgetProofsFacts::Found& found = facts[i].each.emplace_back();
      for (const auto& [id, one] : committed().consents) {
        if (one.value.subject != history.subject || one.value.purpose.value() != history.purpose) {
          continue;
        }
        found.consents.push_back(id);
        found.ledger_indexes.push_back(one.ledger_index);
        found.newer |= one.value.at >= asks[i]->before;
      }
    }
  }
  return facts;
}

void MemoryConsentStore::Save(pg::Tx&, std::span<const Placed<SubjectLink>> links) {
  for (const auto& one : links) staged().links[one.value->id] = *one.value;
}

void MemoryConsentStore::SaveConfirmations(pg::Tx&, std::span<const RecordedConsent* const> given) {
  for (const RecordedConsent* one : given) {
    InsertNew(staged().confirmations, *one->confirms, one->id);
  }
}

void MemoryConsentStore::Save(pg::Tx&, std::span<const ForgetProofsOutcome* const> outcomes) {
  for (const ForgetProofsOutcome* outcome : outcomes) {
    for (const Uuid& id : outcome->consents) {
      staged().consents.erase(id);
      std::erase_if(staged().confirmations,
                    [&](const auto& one) { return one.first == id || one.second == id; });
    }
  }
}

void MemoryConsentStore::Save(pg::Tx&, std::span<const ReviewSuppressionOutcome* const> outcomes) {
  for (const ReviewSuppressionOutcome* one : outcomes) {
    staged().reviewed[one->id] = one->at;
    if (one->keep) continue;
    std::erase_if(staged().suppressions,
                  [&](const auto& known) { return known.second.value == one->id; });
  }
}

absl::StatusOr<std::vector<RecordedConsent>> MemoryConsentStore::ReadLatestConsents(
    pg::Connection&, const SubjectId& subject, const std::string& purpose) {
  std::map<decltype(KindOf(RecordedConsent{})), RecordedConsent> latest;
  for (const auto& [id, placed] : committed().consents) {
    const RecordedConsent& one = placed.value;
    if (one.subject != subject || (!purpose.empty() && one.purpose.value() != purpose)) continue;
    const auto [at, fresh] = latest.emplace(KindOf(one), one);
    if (!fresh && one.at >= at->second.at) at->second = one;
  }
  std::vector<RecordedConsent> all;
  for (const auto& [kind, one] : latest) all.push_back(one);
  return all;
}

absl::StatusOr<std::optional<RecordedConsent>> MemoryConsentStore::ReadConsent(
    pg::Connection&, const Uuid& consent) {
  const auto found = committed().consents.find(consent);
  if (found == committed().consents.end()) return std::optional<RecordedConsent>();
  return std::optional<RecordedConsent>(found->second.value);
}

absl::StatusOr<ConsentStore::EndedProofs> MemoryConsentStore::ReadEndedProofs(
    pg::Connection&, std::span<const std::string> purposes, absl::Time before,
    const ProofPlace& after) {
  std::map<ProofPlace, std::pair<SubjectId, std::string>> places;
  for (const auto& [id, placed] : committed().consents) {
    const RecordedConsent& one = placed.value;
    const ProofPlace place{Gives(one) ? one.expires_at.value_or(absl::InfiniteFuture()) : one.at,
                           id};
    if (place.ends < before && after < place) {
      places[place] = {one.subject, one.purpose.value()};
    }
  }
  EndedProofs ended;
  std::set<std::pair<SubjectId, std::string>> concerned;
  int seen = 0;
  for (const auto& [place, key] : places) {
    if (std::find(purposes.begin(), purposes.end(), key.second) != purposes.end()) {
      concerned.insert(key);
    }
    if (++seen < kProofsPerTickMax) continue;
    ended.next = place;
    break;
  }
  ended.histories = Ended(concerned, before);
  return ended;
}

std::vector<ProofHistory> MemoryConsentStore::Ended(
    const std::set<std::pair<SubjectId, std::string>>& concerned, absl::Time before) const {
  struct History {
    absl::Time last = absl::InfinitePast(), given = last, stopped = last, ends = last;
  };
  std::map<std::pair<SubjectId, std::string>, History> all;
  for (const auto& [id, placed] : committed().consents) {
    const RecordedConsent& one = placed.value;
    if (!concerned.contains({one.subject, one.purpose.value()})) continue;
    History& history = all[{one.subject, one.purpose.value()}];
    history.last = std::max(history.last, one.at);
    if (Stops(one) && one.recipient.empty()) history.stopped = std::max(history.stopped, one.at);
    if (!Gives(one)) continue;
    history.given = std::max(history.given, one.at);
    history.ends = std::max(history.ends, one.expires_at.value_or(absl::InfiniteFuture()));
  }
  std::vector<ProofHistory> ended;
  for (const auto& [key, history] : all) {
    const bool linked =
        std::any_of(committed().links.begin(), committed().links.end(), [&](const auto& link) {
          return link.second.subject == key.first || link.second.browser == key.first;
        });
    const bool stopped = history.stopped >= history.given;
    if (linked || history.last >= before || (!stopped && history.ends >= before)) continue;
    ended.push_back(
        {key.first, key.second, stopped ? history.last : std::max(history.last, history.ends)});
  }
  return ended;
}

absl::StatusOr<std::optional<SubjectLink>> MemoryConsentStore::ReadLink(pg::Connection&,
                                                                        const Uuid& link) {
  const auto found = committed().links.find(link);
  if (found == committed().links.end()) return std::optional<SubjectLink>();
  return std::optional<SubjectLink>(found->second);
}

absl::StatusOr<std::vector<ConsentStore::Review>> MemoryConsentStore::ReadReviews(pg::Connection&,
                                                                                  absl::Time before,
                                                                                  const Uuid& after,
                                                                                  int rows_max) {
  std::vector<Review> due;
  for (const auto& [key, one] : committed().suppressions) {
    const auto reviewed = committed().reviewed.find(one.value);
    const absl::Time since =
        reviewed == committed().reviewed.end() ? AddedAt(one.value) : reviewed->second;
    if (since < before && one.value > after) due.push_back({one.value, std::get<2>(key), since});
  }
  std::sort(due.begin(), due.end(), [](const Review& a, const Review& b) { return a.id < b.id; });
  if (static_cast<int>(due.size()) > rows_max) due.resize(rows_max);
  return due;
}

}  // namespace varsam::consent
