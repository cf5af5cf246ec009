#include "services/consent/store/links.h"

#include <algorithm>

namespace varsam::consent {

void Links::Apply(const SubjectLink& link, absl::Time recorded_at) {
  absl::MutexLock lock(&mutex_);
  if (link.undone_at) {
    for (const size_t place : of_[link.browser]) {
      if (links_[place].link.id != link.id) continue;
      links_[place].link.undone_at = link.undone_at;
      links_[place].undo_recorded_at = recorded_at;
    }
    return;
  }
  of_[link.browser].push_back(links_.size());
  of_[link.subject].push_back(links_.size());
  links_.push_back({link, recorded_at, std::nullopt});
  any_.store(true, std::memory_order_release);
}

bool Links::Holds(const Known& one, absl::Time at, absl::Time known) {
  if (one.recorded_at > known || one.link.at > at) return false;
  const bool undone = one.undo_recorded_at && *one.undo_recorded_at <= known;
  return !undone || at < *one.link.undone_at;
}

std::vector<SubjectId> Links::Touched(SubjectId subject) const {
  std::vector<SubjectId> touched;
  absl::ReaderMutexLock lock(&mutex_);
  const auto mine = of_.find(subject);
  if (mine == of_.end()) return touched;
  for (const size_t place : mine->second) {
    const SubjectLink& link = links_[place].link;
    touched.push_back(link.subject == subject ? link.browser : link.subject);
    if (link.subject == subject) continue;
    for (const size_t other : of_.find(link.subject)->second) {
      if (links_[other].link.browser != subject) touched.push_back(links_[other].link.browser);
    }
  }
  return touched;
}

std::vector<Links::Partner> Links::PartnersOf(SubjectId subject, absl::Time at,
                                              absl::Time known) const {
  std::vector<Partner> partners;
  absl::ReaderMutexLock lock(&mutex_);
  const auto mine = of_.find(subject);
  if (mine == of_.end()) return partners;
  for (const size_t place : mine->second) {
    const Known& one = links_[place];
    if (!Holds(one, at, known)) continue;
    if (one.link.subject == subject) {
      partners.push_back({one.link.browser, one.link.at});
      continue;
    }
    partners.push_back({one.link.subject, one.link.at});
    for (const size_t other : of_.find(one.link.subject)->second) {
      const Known& sibling = links_[other];
      if (other == place || !Holds(sibling, at, known)) continue;
      partners.push_back({sibling.link.browser, std::max(one.link.at, sibling.link.at)});
    }
  }
  return partners;
}

}  // namespace varsam::consent
