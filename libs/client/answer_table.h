// The answers that Decisions keeps, by person and question. A look-up takes no lock and writes
// nothing: it reads one line of memory, and the version of the table before and after. One that
// meets a change tries again, and soon finds nothing instead, which is always safe: the service is
// asked.
//
// Look-ups are safe from every thread; Put, Erase and Clear are for one thread at a time.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "libs/base/ids.h"

namespace varsam::client {

struct AnswerText;

class AnswerTable {
 public:
  struct Kept {
    const AnswerText* text = nullptr;
    uint32_t until = 0;  // seconds since 1970: good before it
  };

  // Beyond so many an earlier answer goes for each new one.
  explicit AnswerTable(size_t answers_max);

  // Without a text: it is not known here.
  Kept Find(const SubjectId& subject, uint32_t question) const;
  // Once it returns, no look-up that begins finds what was there before. `text` outlives the table.
  void Put(const SubjectId& subject, uint32_t question, const Kept& kept);
  void Erase(const SubjectId& subject);  // whatever the question
  void Clear();

  size_t size() const { return size_.load(std::memory_order_relaxed); }

 private:
  // Two of them in a line of memory. Without a text it is free.
  struct alignas(32) Slot {
    std::atomic<uint64_t> id_high{0}, id_low{0};
    std::atomic<uint64_t> about{0};  // question, until
    std::atomic<const AnswerText*> text{nullptr};
  };
  // Every answer stands at the place of its person's hash or after it, with no free slot between.
  struct Slots {
    explicit Slots(size_t count) : mask(count - 1), all(std::make_unique<Slot[]>(count)) {}
    const size_t mask;
    const std::unique_ptr<Slot[]> all;
  };
  struct Id {
    uint64_t high, low;
    bool operator==(const Id&) const = default;
  };
  class Changing;

  static Id IdOf(const SubjectId& subject);
  static Id IdIn(const Slot& slot);
  static size_t PlaceOf(const Slots& slots, const Id& id);
  static void Move(const Slot& from, Slot& to);
  static Kept FindIn(const Slots& slots, const Id& id, uint32_t question);
  // The slot of the answer, or the free one where it belongs.
  static size_t SlotFor(const Slots& slots, const Id& id, uint32_t question);
  Slots& slots() { return *generations_.back(); }
  void EraseAt(size_t place);
  void Grow();

  const size_t answers_max_;
  std::atomic<uint64_t> version_{0};  // odd: it is being changed
  std::atomic<const Slots*> current_;
  std::atomic<size_t> size_{0};
  // The smaller ones before the current one stay for those who may still be reading them; together
  // they are no larger than it.
  std::vector<std::unique_ptr<Slots>> generations_;
};

}  // namespace varsam::client
