// The replay list: what is written is read back; whatever is changed in it is found.
#include "libs/ledger/replay_list.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "libs/base/error.h"

namespace varsam::ledger {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'795'600'000);
const std::string kKey(kReplayKeyBytes, '\x21');

struct File {
  File() : path(absl::StrCat("/tmp/varsam-test-list-", getpid(), "-", ++number)) {}
  ~File() { unlink(path.c_str()); }
  std::string Read() const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void Write(const std::string& text) const { std::ofstream(path, std::ios::binary) << text; }

  static inline int number = 0;
  const std::string path;
};

ListedEntry Entry(uint64_t index) {
  return {index, "hold_placed", kNow + absl::Hours(static_cast<int64_t>(index)),
          std::string("pay\0load\n\t", 10) + std::to_string(index)};
}

std::vector<ListedEntry> All(const ReplayList& list) {
  std::vector<ListedEntry> all;
  REQUIRE(list.Scan([&](const ListedEntry& one) {
                all.push_back(one);
                return absl::OkStatus();
              }).ok());
  return all;
}

std::string ReasonOfScan(const std::string& path) {
  return std::string(ReasonOf(ReplayList(path, kKey).Scan().status()));
}

}  // namespace

TEST_CASE("what is appended is read back, by other readers and writers too") {
  File file;
  ReplayList list(file.path, kKey), other(file.path, kKey);
  CHECK(list.Scan()->bytes == 0);
  const ListedEntry first[] = {Entry(3), Entry(5)}, second[] = {Entry(9)};
  REQUIRE(list.Append(first, 8).ok());
  REQUIRE(other.Append(second, 10).ok());
  REQUIRE(list.Append({}, 300).ok());
  const auto state = list.Scan();
  REQUIRE(state.ok());
  CHECK(state->next == 300);
  CHECK(state->entries == 3);
  const auto all = All(other);
  REQUIRE(all.size() == 3);
  CHECK(all[1].payload == Entry(5).payload);
  CHECK(all[2].index == 9);
  CHECK(all[2].at == Entry(9).at);
  REQUIRE(other.Append({}, 300).ok());
  REQUIRE(list.AppendRestored(7, kNow).ok());
  CHECK(other.Scan()->next == 7);
  // Who copies the ledger learns that it must begin again, once.
  CHECK(ReasonOf(other.Append(second, 301)) == "REPLAY_LIST_FORKED");
  CHECK(other.Append({}, 7).ok());
  CHECK(All(list).size() == 3);  // what was put back once may be asked for again
}

TEST_CASE("a line that is changed, moved or taken out breaks the list") {
  File file;
  ReplayList list(file.path, kKey);
  const ListedEntry entries[] = {Entry(1), Entry(2), Entry(3)};
  REQUIRE(list.Append(entries, 4).ok());
  const std::string whole = file.Read();
  std::vector<std::string> lines;
  for (size_t at = 0; at < whole.size();) {
    const size_t end = whole.find('\n', at) + 1;
    lines.push_back(whole.substr(at, end - at));
    at = end;
  }
  REQUIRE(lines.size() == 4);
  std::string changed = whole;
  changed[changed.find("hold_placed")] = 'b';
  file.Write(changed);
  CHECK(ReasonOfScan(file.path) == "REPLAY_LIST_BROKEN");
  file.Write(lines[0] + lines[2] + lines[3]);
  CHECK(ReasonOfScan(file.path) == "REPLAY_LIST_BROKEN");
  file.Write(lines[1] + lines[0] + lines[2] + lines[3]);
  CHECK(ReasonOfScan(file.path) == "REPLAY_LIST_BROKEN");
  file.Write(whole);
  CHECK(ReplayList(file.path, std::string(kReplayKeyBytes, '\x22')).Scan().status().code() ==
        absl::StatusCode::kDataLoss);
  CHECK(All(list).size() == 3);
}

TEST_CASE("a line cut by a crash was never acknowledged and makes room") {
  File file;
  ReplayList list(file.path, kKey);
  const ListedEntry entries[] = {Entry(1)};
  REQUIRE(list.Append(entries, 2).ok());
  file.Write(file.Read() + "{\"index\":2,\"kin");
  CHECK(All(list).size() == 1);
  const ListedEntry more[] = {Entry(2)};
  REQUIRE(list.Append(more, 3).ok());
  CHECK(All(list).size() == 2);
}

TEST_CASE("old entries are forgotten, how far the ledger was read is not") {
  File file;
  ReplayList list(file.path, kKey), other(file.path, kKey);
  const ListedEntry entries[] = {Entry(1), Entry(2), Entry(50)};
  REQUIRE(list.Append(entries, 51).ok());
  CHECK(*list.Forget(kNow + absl::Hours(10)) == 2);
  CHECK(*list.Forget(kNow + absl::Hours(10)) == 0);
  const ListedEntry more[] = {Entry(60)};
  REQUIRE(other.Append(more, 61).ok());
  const auto all = All(list);
  REQUIRE(all.size() == 2);
  CHECK(all[0].index == 50);
  CHECK(list.Scan()->next == 61);
}

}  // namespace varsam::ledger
