#include "libs/client/answer_table.h"

#include <algorithm>
#include <cstring>

#include "absl/hash/hash.h"

namespace varsam::client {
namespace {

constexpr size_t kSlotsMin = 1024;
constexpr int kTriesMax = 8;

// All that a slot holds is read with acquire and written with release: who sees a change sees that
// the version is odd, or another one.
constexpr auto kRead = std::memory_order_acquire;
constexpr auto kWrite = std::memory_order_release;

// Four fifths: close together is quicker than seldom side by side, as long as it is memory that
// takes the time.
bool IsFull(size_t answers, size_t slots) { return 5 * answers > 4 * slots; }

uint64_t About(uint32_t question, uint32_t until) { return uint64_t{question} << 32 | until; }
uint32_t QuestionIn(uint64_t about) { return static_cast<uint32_t>(about >> 32); }

}  // namespace

class AnswerTable::Changing {
 public:
  explicit Changing(AnswerTable& table) : version_(table.version_) {
    version_.store(version_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  ~Changing() { version_.store(version_.load(std::memory_order_relaxed) + 1, kWrite); }

 private:
  std::atomic<uint64_t>& version_;
};

AnswerTable::AnswerTable(size_t answers_max) : answers_max_(std::max<size_t>(1, answers_max)) {
  generations_.push_back(std::make_unique<Slots>(kSlotsMin));
  current_.store(generations_.back().get(), kWrite);
}

AnswerTable::Id AnswerTable::IdOf(const SubjectId& subject) {
  Id id;
  static_assert(sizeof(id) == sizeof(subject.value().bytes));
  std::memcpy(&id, subject.value().bytes.data(), sizeof(id));
  return id;
}

AnswerTable::Id AnswerTable::IdIn(const Slot& slot) {
  return {slot.id_high.load(kRead), slot.id_low.load(kRead)};
}

size_t AnswerTable::PlaceOf(const Slots& slots, const Id& id) {
  return absl::HashOf(id.high, id.low) & slots.mask;
}

AnswerTable::Kept AnswerTable::FindIn(const Slots& slots, const Id& id, uint32_t question) {
  size_t place = PlaceOf(slots, id);
  // A bound, because a table that is being changed may show no free slot.
  for (size_t seen = 0; seen <= slots.mask; ++seen, place = (place + 1) & slots.mask) {
    const Slot& slot = slots.all[place];
    const AnswerText* const text = slot.text.load(kRead);
    if (text == nullptr) break;
    const uint64_t about = slot.about.load(kRead);
    if (QuestionIn(about) == question && IdIn(slot) == id) {
      return {text, static_cast<uint32_t>(about)};
    }
  }
  return {};
}

AnswerTable::Kept AnswerTable::Find(const SubjectId& subject, uint32_t question) const {
  const Id id = IdOf(subject);
  for (int tries = 0; tries < kTriesMax; ++tries) {
    const uint64_t version = version_.load(std::memory_order_acquire);
    if (version % 2 != 0) continue;
    const Kept found = FindIn(*current_.load(std::memory_order_acquire), id, question);
    if (version_.load(std::memory_order_relaxed) == version) return found;
  }
  return {};
}

size_t AnswerTable::SlotFor(const Slots& slots, const Id& id, uint32_t question) {
  size_t place = PlaceOf(slots, id);
  while (slots.all[place].text.load(kRead) != nullptr &&
         !(QuestionIn(slots.all[place].about.load(kRead)) == question &&
           IdIn(slots.all[place]) == id)) {
    place = (place + 1) & slots.mask;
  }
  return place;
}

void AnswerTable::Move(const Slot& from, Slot& to) {
  to.id_high.store(from.id_high.load(kRead), kWrite);
  to.id_low.store(from.id_low.load(kRead), kWrite);
  to.about.store(from.about.load(kRead), kWrite);
  to.text.store(from.text.load(kRead), kWrite);
}

void AnswerTable::Put(const SubjectId& subject, uint32_t question, const Kept& kept) {
  const Id id = IdOf(subject);
  if (size() < answers_max_ && IsFull(size() + 1, slots().mask)) Grow();
  const Changing changing(*this);
  size_t place = SlotFor(slots(), id, question);
  if (slots().all[place].text.load(kRead) == nullptr) {
    if (size() >= answers_max_) {
      size_t other = PlaceOf(slots(), id);
      while (slots().all[other].text.load(kRead) == nullptr) other = (other + 1) & slots().mask;
      EraseAt(other);
      place = SlotFor(slots(), id, question);
    }
    size_.store(size() + 1, std::memory_order_relaxed);
  }
  Slot& slot = slots().all[place];
  slot.id_high.store(id.high, kWrite);
  slot.id_low.store(id.low, kWrite);
  slot.about.store(About(question, kept.until), kWrite);
  slot.text.store(kept.text, kWrite);
}

void AnswerTable::Erase(const SubjectId& subject) {
  const Id id = IdOf(subject);
  const Changing changing(*this);
  size_t place = PlaceOf(slots(), id);
  while (slots().all[place].text.load(kRead) != nullptr) {
    if (IdIn(slots().all[place]) == id) {
      EraseAt(place);  // another one may stand there now
    } else {
      place = (place + 1) & slots().mask;
    }
  }
}

// What follows moves up, as far as its own place allows: no mark of what was erased is left behind.
void AnswerTable::EraseAt(size_t place) {
  Slots& slots = this->slots();
  size_t free = place;
  for (size_t next = (free + 1) & slots.mask; slots.all[next].text.load(kRead) != nullptr;
       next = (next + 1) & slots.mask) {
    const size_t own = PlaceOf(slots, IdIn(slots.all[next]));
    if (((next - own) & slots.mask) < ((next - free) & slots.mask)) continue;
    Move(slots.all[next], slots.all[free]);
    free = next;
  }
  slots.all[free].text.store(nullptr, kWrite);
  size_.store(size() - 1, std::memory_order_relaxed);
}

void AnswerTable::Clear() {
  const Changing changing(*this);
  for (size_t place = 0; place <= slots().mask; ++place) {
    slots().all[place].text.store(nullptr, kWrite);
  }
  size_.store(0, std::memory_order_relaxed);
}

// Look-ups go on in the smaller one until the next change.
void AnswerTable::Grow() {
  auto larger = std::make_unique<Slots>(2 * (slots().mask + 1));
  for (size_t place = 0; place <= slots().mask; ++place) {
    const Slot& slot = slots().all[place];
    if (slot.text.load(kRead) == nullptr) continue;
    Move(slot, larger->all[SlotFor(*larger, IdIn(slot), QuestionIn(slot.about.load(kRead)))]);
  }
  current_.store(larger.get(), kWrite);
  generations_.push_back(std::move(larger));
}

}  // namespace varsam::client
