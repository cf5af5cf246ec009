// The table of kept answers: beside a plain map, and while it is being changed.
#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <map>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "libs/client/answer_table.h"
#include "libs/client/decisions.h"

namespace varsam::client {
namespace {

constexpr size_t kTexts = 16;

struct Suite {
  explicit Suite(size_t count) {
    for (size_t i = 0; i < count; ++i) people.emplace_back(NewUuidV4());
  }
  AnswerTable::Kept Kept(uint32_t until) const { return {&texts[until % kTexts], until}; }
  std::vector<SubjectId> people;
  std::array<AnswerText, kTexts> texts;
};

}  // namespace

TEST_CASE("the table answers as a map does, through growth and erasure") {
  const Suite suite(3000);
  AnswerTable table(1'000'000);
  std::map<std::pair<size_t, uint32_t>, uint32_t> model;
  std::mt19937 random(7);
  const auto check = [&](size_t person) {
    for (uint32_t question = 0; question < 3; ++question) {
      const auto kept = table.Find(suite.people[person], question);
      const auto known = model.find({person, question});
      REQUIRE((kept.text != nullptr) == (known != model.end()));
      if (kept.text == nullptr) continue;
      CHECK(kept.until == known->second);
      CHECK(kept.text == &suite.texts[kept.until % kTexts]);
    }
  };
  for (uint32_t step = 1; step <= 60'000; ++step) {
    const size_t person = random() % suite.people.size();
    if (random() % 5 == 0) {
      table.Erase(suite.people[person]);
      for (uint32_t question = 0; question < 3; ++question) model.erase({person, question});
    } else {
      const uint32_t question = random() % 3;
      table.Put(suite.people[person], question, suite.Kept(step));
      model[{person, question}] = step;
    }
    if (step % 16 == 0) check(random() % suite.people.size());
  }
  REQUIRE(table.size() == model.size());
  for (size_t person = 0; person < suite.people.size(); ++person) check(person);
  CHECK(table.Find(SubjectId(NewUuidV4()), 0).text == nullptr);
  table.Clear();
  model.clear();
  CHECK(table.size() == 0);
  for (size_t person = 0; person < suite.people.size(); ++person) check(person);
}

TEST_CASE("a full table drops an earlier answer for each new one") {
  const Suite suite(5000);
  AnswerTable table(1000);
  for (const SubjectId& person : suite.people) {
    table.Put(person, 0, suite.Kept(1));
    REQUIRE(table.Find(person, 0).text != nullptr);
  }
  CHECK(table.size() == 1000);
  size_t found = 0;
  for (const SubjectId& person : suite.people)
    found += table.Find(person, 0).text != nullptr ? 1 : 0;
  CHECK(found == 1000);
}

TEST_CASE(
    "whoever looks while the table changes finds a whole answer, never one that was dropped") {
  const Suite suite(600);
  AnswerTable table(100'000);
  std::vector<std::atomic<uint32_t>> floor(suite.people.size());  // older ones are gone
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> wrong{0}, found{0};
  std::vector<std::thread> readers;
  for (unsigned seed = 0; seed < 3; ++seed) {
    readers.emplace_back([&, seed] {
      std::mt19937 random(seed);
      while (!stop) {
        const size_t person = random() % suite.people.size();
        const uint32_t least = floor[person];
        const auto kept = table.Find(suite.people[person], 0);
        if (kept.text == nullptr) continue;
        ++found;
        if (kept.until < least || kept.text != &suite.texts[kept.until % kTexts]) ++wrong;
      }
    });
  }
  std::mt19937 random(99);
  for (uint32_t step = 1; step <= 300'000 || (found < 1000 && step < 30'000'000); ++step) {
    const size_t person = random() % suite.people.size();
    if (step % 3 == 0) {
      table.Erase(suite.people[person]);
      floor[person] = step + 1;
    } else {
      table.Put(suite.people[person], 0, suite.Kept(step));
      floor[person] = step;
    }
    if (step % 8 == 0) table.Put(SubjectId(NewUuidV4()), 0, suite.Kept(step));  // it grows, too
    if (step % 100'000 == 0) table.Clear();
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(found > 0);
  CHECK(wrong == 0);
}

}  // namespace varsam::client
